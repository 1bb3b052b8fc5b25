package seal_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"quartet"
	"quartet/internal/seal"
)

func newRing(tb testing.TB) (*seal.Keyring, string) {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "keyring.json")
	ring, err := seal.Create(path)
	if err != nil {
		tb.Fatal(err)
	}
	return ring, path
}

func TestCreate_WritesAFileForItsOwnerAlone(t *testing.T) {
	_, path := newRing(t)
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, want 0600", info.Mode().Perm())
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 1 {
		t.Errorf("%d files left in the folder, want the keyring alone", len(entries))
	}
}

func TestCreate_RefusesToOverwrite(t *testing.T) {
	ring, path := newRing(t)
	if _, err := seal.Create(path); quartet.CodeOf(err) != quartet.ErrConflict {
		t.Fatalf("got %v, want a conflict", err)
	}
	again, err := seal.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if again.ID() != ring.ID() || again.Key("x") != ring.Key("x") {
		t.Error("the refused creation changed the keyring")
	}
}

func TestOpen_RefusesWhatOthersMayUse(t *testing.T) {
	_, path := newRing(t)
	for _, mode := range []os.FileMode{0o640, 0o604, 0o620, 0o602, 0o644, 0o666, 0o700} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if _, err := seal.Open(path); quartet.CodeOf(err) != quartet.ErrForbidden {
			t.Errorf("mode %04o: got %v, want forbidden", mode, err)
		}
	}
	if err := os.Chmod(path, 0o400); err != nil {
		t.Fatal(err)
	}
	if _, err := seal.Open(path); err != nil {
		t.Errorf("mode 0400 is narrower and must do: %v", err)
	}
}

func TestOpen_SaysWhatIsWrong(t *testing.T) {
	key := base64.StdEncoding.EncodeToString(make([]byte, 32))
	cases := []struct{ name, text, want string }{
		{"not JSON", `{"version":`, "JSON"},
		{"a later version", `{"version":2}`, "version 2"},
		{"no keys", `{"version":1,"active":"00000000"}`, "active"},
		{"a short secret", `{"version":1,"active":"00000000","keys":[{"id":"00000000","secret":"c2VjcmV0"}]}`, "secret of key 1"},
		{"a bad id", `{"version":1,"active":"k","keys":[{"id":"k","secret":"` + key + `"}]}`, "id of key 1"},
		{"a key twice", `{"version":1,"active":"00000000","keys":[{"id":"00000000","secret":"` + key + `"},{"id":"00000000","secret":"` + key + `"}]}`, "twice"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "keyring.json")
			if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := seal.Open(path)
			if quartet.CodeOf(err) != quartet.ErrInvalid || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want invalid with %q", err, c.want)
			}
			if strings.Contains(fmt.Sprint(err), "c2VjcmV0") {
				t.Error("the error shows a secret")
			}
		})
	}
	if _, err := seal.Open(filepath.Join(t.TempDir(), "none")); quartet.CodeOf(err) != quartet.ErrNotFound {
		t.Errorf("no file: got %v, want not found", err)
	}
}

func TestKey_DiffersByLabelAndSurvivesReopening(t *testing.T) {
	ring, path := newRing(t)
	if ring.Key("a") == ring.Key("b") {
		t.Error("two labels share a subkey")
	}
	again, err := seal.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if again.Key("a") != ring.Key("a") {
		t.Error("the subkey changed with reopening")
	}
	if !regexp.MustCompile(`^[0-9a-f]{8}$`).MatchString(ring.ID()) {
		t.Errorf("id %q is not eight hex digits", ring.ID())
	}
	same, ok := ring.KeyOf(ring.ID(), "a")
	if !ok || same != ring.Key("a") {
		t.Error("KeyOf of the active key is not Key")
	}
	if _, ok := ring.KeyOf("ffffffff", "a"); ok && ring.ID() != "ffffffff" {
		t.Error("KeyOf knows a key that the ring does not hold")
	}
}

func TestUnseal_OpensOnlyTheRecordItWasSealedFor(t *testing.T) {
	ring, _ := newRing(t)
	for _, plain := range []string{"", "s", strings.Repeat("long ", 1000)} {
		sealed := ring.Seal([]byte(plain), "credential/7")
		if plain != "" && len(plain) > 1 && bytes.Contains(sealed, []byte(plain)) {
			t.Error("the secret is in clear")
		}
		got, err := ring.Unseal(sealed, "credential/7")
		if err != nil || string(got) != plain {
			t.Fatalf("got %q, %v", got, err)
		}
		if _, err := ring.Unseal(sealed, "credential/8"); quartet.CodeOf(err) != quartet.ErrInvalid {
			t.Errorf("another record: got %v, want invalid", err)
		}
		for i := range sealed {
			bad := bytes.Clone(sealed)
			bad[i] ^= 1
			if _, err := ring.Unseal(bad, "credential/7"); err == nil {
				t.Fatalf("a bit of byte %d was changed and it still opened", i)
			}
			if i > 64 {
				break
			}
		}
	}
	if bytes.Equal(ring.Seal([]byte("x"), "r"), ring.Seal([]byte("x"), "r")) {
		t.Error("two seals of one secret are equal")
	}
}

func TestRotate_KeepsOldSecretsReadable(t *testing.T) {
	ring, path := newRing(t)
	old, oldKey := ring.ID(), ring.Key("a")
	before := ring.Seal([]byte("before"), "r")
	if err := ring.Rotate(); err != nil {
		t.Fatal(err)
	}
	after := ring.Seal([]byte("after"), "r")
	again, err := seal.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range []*seal.Keyring{ring, again} {
		if k.ID() == old || k.Key("a") == oldKey {
			t.Error("the old key is still the active one")
		}
		if got, ok := k.KeyOf(old, "a"); !ok || got != oldKey {
			t.Error("the old subkey is lost")
		}
		if got, err := k.Unseal(before, "r"); err != nil || string(got) != "before" {
			t.Errorf("old secret: %q, %v", got, err)
		}
		if got, err := k.Unseal(after, "r"); err != nil || string(got) != "after" {
			t.Errorf("new secret: %q, %v", got, err)
		}
		if ids := k.IDs(); len(ids) != 2 || ids[0] != old || ids[1] != k.ID() {
			t.Errorf("ids %v, want the old one first", ids)
		}
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("after rotation: %v, %v", info.Mode(), err)
	}
	other, _ := newRing(t)
	if _, err := other.Unseal(before, "r"); quartet.CodeOf(err) != quartet.ErrNotFound {
		t.Errorf("a ring without the key: got %v, want not found", err)
	}
}

func TestRotate_LeavesTheOldKeyringWhenItCannotWrite(t *testing.T) {
	ring, path := newRing(t)
	old := ring.ID()
	if err := os.RemoveAll(filepath.Dir(path)); err != nil {
		t.Fatal(err)
	}
	if err := ring.Rotate(); err == nil {
		t.Fatal("rotation succeeded without a folder")
	}
	if ring.ID() != old || len(ring.IDs()) != 1 {
		t.Error("the failed rotation changed the ring")
	}
}

func TestKeyring_PrintsNothing(t *testing.T) {
	ring, path := newRing(t)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	secret := regexp.MustCompile(`"secret": "([^"]+)"`).FindStringSubmatch(string(data))[1]
	raw, err := base64.StdEncoding.DecodeString(secret)
	if err != nil {
		t.Fatal(err)
	}
	hasher := seal.NewHasher(ring.Key("x"))
	asJSON, err := json.Marshal(map[string]any{"ring": ring})
	if err != nil {
		t.Fatal(err)
	}
	out := string(asJSON)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
		out += fmt.Sprintf(verb, ring) + fmt.Sprintf(verb, hasher)
		out += fmt.Sprintf(verb, struct{ K *seal.Keyring }{ring})
	}
	key := ring.Key("x")
	for _, leak := range []string{secret, string(raw), fmt.Sprintf("%x", raw), fmt.Sprintf("%d", raw[:4]), fmt.Sprintf("%d", key[:4])} {
		if strings.Contains(out, strings.Trim(leak, "[]")) {
			t.Errorf("a key is printed: %s", out)
		}
	}
}

func TestSum_IsHMACOverLengthPrefixedParts(t *testing.T) {
	key := [32]byte{1, 2, 3}
	h := seal.NewHasher(key)
	mac := hmac.New(sha256.New, key[:])
	mac.Write([]byte("\x02ab\x00\x01c"))
	if got, want := h.Sum("ab", "", "c"), quartet.Fingerprint(mac.Sum(nil)[:16]); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
	long := strings.Repeat("x", 300)
	if h.Sum("a", "bc") == h.Sum("ab", "c") || h.Sum("a") == h.Sum("a", "") || h.Sum(long) == h.Sum(long[1:]) {
		t.Error("different parts have one sum")
	}
	if h.Sum("a") == seal.NewHasher([32]byte{4}).Sum("a") {
		t.Error("the key does not matter")
	}
}

func TestSum_IsSafeForConcurrentUse(t *testing.T) {
	h := seal.NewHasher([32]byte{7})
	want := make([]quartet.Fingerprint, 64)
	for i := range want {
		want[i] = h.Sum("n", fmt.Sprint(i))
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for i := range 5000 {
				if h.Sum("n", fmt.Sprint(i%64)) != want[i%64] {
					t.Error("a sum changed under concurrency")
					return
				}
			}
		})
	}
	wg.Wait()
}

func FuzzUnseal(f *testing.F) {
	ring, _ := newRing(f)
	sealed := ring.Seal([]byte("secret"), "r")
	f.Add(sealed, "r")
	f.Add(sealed[:20], "r")
	f.Add([]byte{}, "")
	f.Add([]byte{1, 0, 0, 0, 0}, "r")
	f.Fuzz(func(t *testing.T, data []byte, ad string) {
		plain, err := ring.Unseal(data, ad)
		if err == nil && (!bytes.Equal(data, sealed) || ad != "r") {
			t.Errorf("foreign bytes opened: %q", plain)
		}
		if err != nil && quartet.CodeOf(err) != quartet.ErrInvalid && quartet.CodeOf(err) != quartet.ErrNotFound {
			t.Errorf("unexpected kind of error: %v", err)
		}
	})
}

func BenchmarkSum(b *testing.B) {
	h := seal.NewHasher([32]byte{7})
	b.ReportAllocs()
	for b.Loop() {
		h.Sum("a7c1b2", "6200000000000000019", "13800000000")
	}
}
