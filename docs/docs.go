// Package docs gives the documents that pages show as well, so that what buyers read in a
// browser is what stands here. Those in Chinese say what those in English say; a test compares
// whatever both must have in common.
package docs

import "embed"

// Files are the documents for callers, NAME.md in English and NAME.zh-CN.md in Chinese.
//
//go:embed api.md api.zh-CN.md elements.md elements.zh-CN.md webhooks.md webhooks.zh-CN.md
var Files embed.FS
