package simulator_test

import "slices"

// withoutClouds leaves out the dialects that have tests of their own, since they charge by
// other rules and hold keys that only some questions need.
func withoutClouds(dialects []string) []string {
	return slices.DeleteFunc(dialects, func(d string) bool { return d == "aliyun" || d == "tencent" })
}
