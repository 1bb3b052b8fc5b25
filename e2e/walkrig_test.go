package e2e_test

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"strconv"
	"testing"
	"time"

	"quartet/internal/pay/paytest"
	"quartet/internal/paysim"
)

// walk is a shop and all who deal with it. What is remembered between steps is what people
// would remember.
type walk struct {
	t          *testing.T
	dir        string
	env        []string
	node       *node
	before     *buffer // log of the node that was killed last
	mail       *mailbox
	alipay     *paysim.Alipay
	wechat     *paysim.WeChat
	people     []person
	kills, cut int

	zhang, chen, li, zhao, wang *operator // two administrators, two treasurers, support
	buyer, second               *customer
	appcode                     string
	calls                       int
	bank                        string           // the account of the house
	transfers                   map[string]int64 // fen that came there, by the code of the order
	paidOut                     int64            // fen that people paid back there
	orders, grants              map[string]string
	payments                    map[string]string
	refunds                     map[string]string
	old                         []noticeOf // as they were sent first
	refusals                    int        // of notices
}

// noticeOf is a notice on its way.
type noticeOf struct {
	provider string
	paysim.Delivery
}

const (
	walkSeed   = 11
	walkPeople = 30
)

func newWalk(t *testing.T, env []string) *walk {
	t.Helper()
	w := &walk{
		t: t, dir: folder(t), mail: openMailbox(t), people: invent(t, walkPeople, walkSeed),
		orders: map[string]string{}, grants: map[string]string{}, payments: map[string]string{}, refunds: map[string]string{}, transfers: map[string]int64{},
	}
	w.env = append(append(env, w.providers()...),
		"QUARTET_MAIL_HOST=127.0.0.1", "QUARTET_MAIL_PORT="+strconv.Itoa(w.mail.port()), "QUARTET_MAIL_SECURITY=none", "QUARTET_MAIL_FROM=shop@example.com")
	must(t, w.env, "account", "add", "House", "--data", w.dir) // makes the folder
	must(t, w.env, "registry", "synth", "--count", strconv.Itoa(walkPeople), "--seed", strconv.Itoa(walkSeed), "--data", w.dir)
	w.start()
	w.zhang, w.chen, w.li, w.zhao, w.wang = w.operator("zhang"), w.operator("chen"), w.operator("li"), w.operator("zhao"), w.operator("wang")
	w.buyer, w.second = w.customer("buyer"), w.customer("second")
	return w
}

func (w *walk) start() {
	if w.node != nil {
		w.before = w.node.log
	}
	w.node = startServe(w.t, w.dir, w.env)
}

// providers starts the simulators and gives the settings by which they are reached.
func (w *walk) providers() []string {
	own, theirs, stranger, merchant := paytest.Key(w.t), paytest.Key(w.t), paytest.Key(w.t), paytest.Key(w.t)
	certificate, err := paysim.SelfSigned(merchant, "merchant", 77)
	if err != nil {
		w.t.Fatal(err)
	}
	const app, seller, wxApp, wxMerchant, key, secret = "2021000000000001", "2088000000000009", "wx0000000000000001", "1900000001", "PUB_KEY_ID_0119000000012026010100000000", "0123456789abcdef0123456789abcdef"
	w.alipay = paysim.NewAlipay(time.Now, app, seller, theirs, stranger, &own.PublicKey)
	w.t.Cleanup(w.alipay.Stop)
	w.wechat = paysim.NewWeChat(time.Now, wxApp, wxMerchant, paysim.WeChatKeys{Key: theirs, PublicKeyID: key, Stranger: stranger, Own: certificate, Secret: secret})
	w.t.Cleanup(w.wechat.Stop)
	return []string{
		"QUARTET_PAY_NOTIFY=https://shop.example",
		"QUARTET_PAY_ALIPAY_APP_ID=" + app, "QUARTET_PAY_ALIPAY_SELLER=" + seller, "QUARTET_PAY_ALIPAY_GATEWAY=" + w.alipay.URL(),
		"QUARTET_PAY_ALIPAY_PRIVATE_KEY_FILE=" + w.private(own), "QUARTET_PAY_ALIPAY_PUBLIC_KEY_FILE=" + w.public(theirs),
		"QUARTET_PAY_WECHAT_APP_ID=" + wxApp, "QUARTET_PAY_WECHAT_MERCHANT=" + wxMerchant, "QUARTET_PAY_WECHAT_GATEWAY=" + w.wechat.URL(),
		"QUARTET_PAY_WECHAT_PRIVATE_KEY_FILE=" + w.private(merchant), "QUARTET_PAY_WECHAT_CERTIFICATE_FILE=" + w.certificate(certificate),
		"QUARTET_PAY_WECHAT_API_V3_KEY_FILE=" + paytest.File(w.t, "apiv3", []byte(secret)),
		"QUARTET_PAY_WECHAT_PUBLIC_KEY_ID=" + key, "QUARTET_PAY_WECHAT_PUBLIC_KEY_FILE=" + w.public(theirs),
	}
}

func (w *walk) private(key *rsa.PrivateKey) string {
	return paytest.File(w.t, "private.pem", paytest.PrivatePEM(w.t, key))
}

func (w *walk) public(key *rsa.PrivateKey) string {
	return paytest.File(w.t, "public.pem", paytest.PublicPEM(w.t, key))
}

func (w *walk) certificate(c *x509.Certificate) string {
	return paytest.File(w.t, "certificate.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}))
}
