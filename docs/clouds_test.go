package docs_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestClouds_ExplainEverySettingAndCredential compares the tables of clouds.md with the keys
// that the code of each cloud reads.
func TestClouds_ExplainEverySettingAndCredential(t *testing.T) {
	page := read(t, "clouds.md")
	for kind, heading := range map[string]string{"tencent": "## Tencent", "aliyun": "## Alibaba"} {
		code := read(t, "../internal/source/"+kind+"/"+kind+".go")
		var known []string
		for _, m := range regexp.MustCompile("`yaml:\"(\\w+)\"`").FindAllStringSubmatch(code, -1) {
			known = append(known, m[1])
		}
		slots := regexp.MustCompile(`CheckCredentials\(\w+, (.+)\);`).FindStringSubmatch(code)
		if slots == nil || len(known) < 5 {
			t.Fatalf("%s: of the code nothing was understood", kind)
		}
		for slot := range strings.SplitSeq(slots[1], ", ") {
			known = append(known, strings.Trim(slot, `"`))
		}
		_, section, _ := strings.Cut(page, heading)
		section, _, _ = strings.Cut(section, "\n## ")
		var told []string
		word := regexp.MustCompile("`([^`]+)`")
		for _, row := range regexp.MustCompile("(?m)^\\| (`[^|]+) \\|").FindAllStringSubmatch(section, -1) {
			for _, m := range word.FindAllStringSubmatch(row[1], -1) {
				told = append(told, m[1])
			}
		}
		slices.Sort(known)
		slices.Sort(told)
		if !slices.Equal(known, told) {
			t.Errorf("clouds.md tells of %s\n%v\nread are\n%v", kind, told, known)
		}
		for _, m := range regexp.MustCompile(`"([\w.-]+\.(?:com|cn)|cn-\w+|AES-\S+|SM4-\S+)"`).FindAllStringSubmatch(code, -1) {
			if !strings.Contains(section, "`"+m[1]+"`") {
				t.Errorf("clouds.md does not name %s, which %s takes by itself", m[1], kind)
			}
		}
	}
}
