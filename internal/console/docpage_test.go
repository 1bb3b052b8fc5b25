package console_test

import "testing"

func TestDocs_TellOfWebhooksWithTheirLists(t *testing.T) {
	(&fake{}).look(t, "/docs/webhooks").says(t, "<ol>\n<li>先对收到的原始字节验证签名", "<pre><code>func verify(header, body, secret string", "<code>Quartet-Signature</code>", "but not", "```", "<p>1. ")
}
