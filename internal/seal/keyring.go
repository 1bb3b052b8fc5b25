package seal

import (
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"sync"

	"quartet"
)

const (
	keyLen   = 32
	idLen    = 4       // bytes of a key id; its text is twice as long
	maxFile  = 1 << 20 // a keyring of this size holds thousands of keys
	fileMode = 0o600
)

// Keyring is the set of master keys in one file. Safe for concurrent use. It prints as
// a constant.
type Keyring struct {
	path string

	mu     sync.RWMutex
	active string
	keys   map[string]masterKey
	order  []string // oldest first
}

type masterKey struct {
	secret  [keyLen]byte
	sealing cipher.AEAD // under the subkey of Seal, made once
}

// Create makes a keyring file with one new key. It is ErrConflict when the file exists:
// overwriting it would make everything under the old keys unreadable.
func Create(path string) (*Keyring, error) {
	k := &Keyring{path: path, keys: map[string]masterKey{}}
	if err := k.add(); err != nil {
		return nil, err
	}
	if err := createFile(path, k.encode()); err != nil {
		if errors.Is(err, fs.ErrExist) {
			return nil, &quartet.Error{
				Code: quartet.ErrConflict, Cause: err,
				Message: fmt.Sprintf("the keyring %s exists already; it is never overwritten", path),
			}
		}
		return nil, &quartet.Error{
			Code: quartet.ErrInternal, Cause: err,
			Message: fmt.Sprintf("cannot create the keyring %s: %v", path, err),
		}
	}
	return k, nil
}

// Open reads a keyring file. It is ErrNotFound when there is none, ErrForbidden when
// others than its owner may read or write it, ErrInvalid when its content is damaged.
func Open(path string) (*Keyring, error) {
	data, err := readFile(path)
	if err != nil {
		return nil, err
	}
	k := &Keyring{path: path}
	if err := k.decode(data); err != nil {
		return nil, &quartet.Error{
			Code:    quartet.ErrInvalid,
			Message: fmt.Sprintf("the keyring %s is damaged: %v; restore it from its backup", path, err),
		}
	}
	return k, nil
}

// Rotate adds a new key, makes it the active one and writes the file. Whatever the old
// keys sealed still opens. Fingerprints of the active key change, so their holders must
// build them anew (a registry does it as a new generation).
func (k *Keyring) Rotate() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	before, order := k.active, k.order
	if err := k.add(); err != nil {
		return err
	}
	if err := replaceFile(k.path, k.encode()); err != nil {
		delete(k.keys, k.active)
		k.active, k.order = before, order
		return &quartet.Error{
			Code: quartet.ErrInternal, Cause: err,
			Message: fmt.Sprintf("cannot write the keyring %s: %v; the old one stays in force", k.path, err),
		}
	}
	return nil
}

// ID is the id of the active key: eight hex digits.
func (k *Keyring) ID() string {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.active
}

// IDs lists the ids of all keys, oldest first.
func (k *Keyring) IDs() []string {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return append([]string(nil), k.order...)
}

// Key derives the subkey of the active key for one use. Labels are constants of the
// program; two uses never share one.
func (k *Keyring) Key(label string) [32]byte {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return derive(k.keys[k.active].secret, label)
}

// KeyOf derives the subkey of one key of the ring, for whoever keeps the id beside what
// it made. It is false when the ring does not hold that key.
func (k *Keyring) KeyOf(id, label string) ([32]byte, bool) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	key, ok := k.keys[id]
	if !ok {
		return [32]byte{}, false
	}
	return derive(key.secret, label), true
}

// Format hides the keys from every verb.
func (*Keyring) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("[keyring]")) }

// MarshalJSON hides the keys.
func (*Keyring) MarshalJSON() ([]byte, error) { return []byte(`"[keyring]"`), nil }

func (k *Keyring) add() error {
	var (
		secret [keyLen]byte
		id     [idLen]byte
	)
	_, _ = rand.Read(secret[:]) // never fails: it ends the process instead
	for {
		_, _ = rand.Read(id[:])
		if _, taken := k.keys[hex.EncodeToString(id[:])]; !taken {
			break
		}
	}
	k.put(hex.EncodeToString(id[:]), secret)
	k.active = hex.EncodeToString(id[:])
	return nil
}

func (k *Keyring) put(id string, secret [keyLen]byte) {
	k.keys[id] = masterKey{secret: secret, sealing: gcm(derive(secret, "seal"))}
	k.order = append(slices.Clip(k.order), id)
}

func derive(secret [keyLen]byte, label string) [keyLen]byte {
	out, err := hkdf.Key(sha256.New, secret[:], nil, "quartet/"+label, keyLen)
	if err != nil { // cannot happen: the lengths are constants
		panic(err)
	}
	return [keyLen]byte(out)
}

// file is the text of a keyring on disk.
type file struct {
	Version int       `json:"version"`
	Active  string    `json:"active"`
	Keys    []fileKey `json:"keys"` // oldest first
}

type fileKey struct {
	ID     string `json:"id"`
	Secret string `json:"secret"` // base64
}

func (k *Keyring) encode() []byte {
	f := file{Version: 1, Active: k.active}
	for _, id := range k.order {
		secret := k.keys[id].secret
		f.Keys = append(f.Keys, fileKey{ID: id, Secret: base64.StdEncoding.EncodeToString(secret[:])})
	}
	data, err := json.MarshalIndent(f, "", "  ")
	if err != nil { // cannot happen: strings and a number
		panic(err)
	}
	return append(data, '\n')
}

// decode reports what is wrong by position, never by content.
func (k *Keyring) decode(data []byte) error {
	var f file
	if err := json.Unmarshal(data, &f); err != nil {
		return errors.New("it is not the JSON that was written")
	}
	if f.Version != 1 {
		return fmt.Errorf("version %d is not known here", f.Version)
	}
	k.keys = make(map[string]masterKey, len(f.Keys))
	for i, fk := range f.Keys {
		id, err := hex.DecodeString(fk.ID)
		if err != nil || len(id) != idLen || hex.EncodeToString(id) != fk.ID {
			return fmt.Errorf("the id of key %d is not eight hex digits", i+1)
		}
		secret, err := base64.StdEncoding.DecodeString(fk.Secret)
		if err != nil || len(secret) != keyLen {
			return fmt.Errorf("the secret of key %d is not %d bytes in base64", i+1, keyLen)
		}
		if _, twice := k.keys[fk.ID]; twice {
			return fmt.Errorf("key %d appears twice", i+1)
		}
		k.put(fk.ID, [keyLen]byte(secret))
	}
	if _, ok := k.keys[f.Active]; !ok {
		return errors.New("the active key is not among its keys")
	}
	k.active = f.Active
	return nil
}
