package simulator_test

import (
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/md5"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"hash"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// message is a request before it is sent.
type message struct {
	method, target string
	header         map[string]string
	body           string
}

// asked is whom a message asks about.
type asked struct{ name, id, card, mobile, order string }

// speaker writes requests of a dialect as a buyer does.
type speaker func(secrets map[string]string, a asked, host string, now time.Time) message

func speakers() map[string]speaker {
	return map[string]speaker{
		"acme": speakAcme, "cftg": speakCftg, "chuanglan": speakChuanglan, "direct": speakDirect,
		"haoservice": speakHaoservice, "juhe": speakJuhe, "jumdata": speakJumdata, "lfv2": speakLfv2,
		"lundear": speakLundear, "market": speakMarket, "onecloudsp": speakOnecloudsp, "payease": speakPayease,
		"qiniu": speakQiniu, "shumaidata": speakShumaidata, "submail": speakSubmail,
		"tencentmarket": speakTencentmarket, "yunzhanghu": speakYunzhanghu,
	}
}

func sum(h hash.Hash, text string) string {
	h.Write([]byte(text))
	return hex.EncodeToString(h.Sum(nil))
}

func form(target string, header map[string]string, fields ...string) message {
	all := map[string]string{"Content-Type": "application/x-www-form-urlencoded"}
	maps.Copy(all, header)
	return message{"POST", target, all, values(fields).Encode()}
}

func query(fields ...string) message {
	return message{method: "GET", target: "/verify?" + values(fields).Encode()}
}

func values(fields []string) url.Values {
	v := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		v.Set(fields[i], fields[i+1])
	}
	return v
}

func speakMarket(s map[string]string, a asked, _ string, _ time.Time) message {
	return form("/communication/personal/1887", map[string]string{"Authorization": "APPCODE " + s["appcode"]},
		"name", a.name, "idcard", a.id, "acc_no", a.card, "mobile", a.mobile)
}

func speakDirect(s map[string]string, a asked, _ string, _ time.Time) message {
	return form("/communication/personal/1887", nil,
		"key", s["key"], "name", a.name, "idcard", a.id, "acc_no", a.card, "mobile", a.mobile)
}

func speakAcme(s map[string]string, a asked, _ string, now time.Time) message {
	stamp := strconv.FormatInt(now.UnixMilli(), 10)
	text := "card_no=" + a.card + "&id_no=" + a.id + "&mobile=" + a.mobile + "&name=" + a.name +
		"&order_no=" + a.order + "&time=" + stamp
	return jsonMessage("/v1/verify", map[string]any{
		"card_no": a.card, "id_no": a.id, "mobile": a.mobile, "name": a.name, "order_no": a.order,
	}, map[string]string{
		"X-Acme-Key": s["app_key"], "X-Acme-Time": stamp, "X-Acme-Sign": sum(hmac.New(sha256.New, []byte(s["app_secret"])), text),
	})
}

func jsonMessage(target string, body map[string]any, header map[string]string) message {
	text, _ := json.Marshal(body)
	header["Content-Type"] = "application/json"
	return message{"POST", target, header, string(text)}
}

func speakShumaidata(s map[string]string, a asked, _ string, _ time.Time) message {
	return query("key", s["key"], "name", a.name, "idcard", a.id, "bankcard", a.card, "mobile", a.mobile)
}

func speakHaoservice(s map[string]string, a asked, _ string, _ time.Time) message {
	return query("key", s["key"], "name", a.name, "idCardCode", a.id, "accountNo", a.card)
}

func speakJuhe(s map[string]string, a asked, _ string, _ time.Time) message {
	return query("key", s["key"], "realname", a.name, "idcard", a.id, "bankcard", a.card, "mobile", a.mobile, "uorderid", a.order)
}

func speakTencentmarket(s map[string]string, a asked, _ string, now time.Time) message {
	m := query("realname", a.name, "idcard", a.id, "bankcard", a.card, "mobile", a.mobile, "uorderid", a.order)
	date := now.UTC().Format(http.TimeFormat)
	mac := hmac.New(sha1.New, []byte(s["secret_key"]))
	mac.Write([]byte("x-date: " + date + "\nx-source: market"))
	m.header = map[string]string{
		"x-date": date, "x-source": "market",
		"Authorization": fmt.Sprintf(`hmac id="%s", algorithm="hmac-sha1", headers="x-date x-source", signature="%s"`,
			s["secret_id"], base64.StdEncoding.EncodeToString(mac.Sum(nil))),
	}
	return m
}

func speakLundear(s map[string]string, a asked, _ string, _ time.Time) message {
	return form("/verify", map[string]string{"Authorization": "APPCODE " + s["appcode"]},
		"name", a.name, "idcard", a.id, "cardno", a.card, "mobile", a.mobile)
}

func speakSubmail(s map[string]string, a asked, _ string, _ time.Time) message {
	text := "appkey=" + s["appkey"] + "&cardNumber=" + a.card + "&idNo=" + a.id + "&mobile=" + a.mobile + "&name=" + url.QueryEscape(a.name)
	return form("/verify", nil, "appid", s["appid"], "name", a.name, "idNo", a.id, "cardNumber", a.card, "mobile", a.mobile,
		"signature", sum(sha256.New(), text))
}

func speakJumdata(s map[string]string, a asked, _ string, now time.Time) message {
	stamp := strconv.FormatInt(now.UnixMilli(), 10)
	return form("/verify", nil, "appId", s["app_id"], "timestamp", stamp,
		"sign", sum(sha256.New(), s["app_id"]+s["app_secret"]+stamp),
		"name", a.name, "idcard", a.id, "bankcard", a.card, "mobile", a.mobile)
}

func speakLfv2(s map[string]string, a asked, _ string, now time.Time) message {
	stamp := strconv.FormatInt(now.UnixMilli(), 10)
	m := query("name", a.name, "idcard", a.id, "bankcard", a.card, "mobile", a.mobile)
	m.header = map[string]string{
		"appId": s["app_id"], "timestamp": stamp, "sign": sum(sha256.New(), s["app_id"]+stamp+s["app_key"]),
	}
	return m
}

func speakQiniu(s map[string]string, a asked, host string, _ time.Time) message {
	m := jsonMessage("/verify", map[string]any{"cert_name": a.name, "cert_no": a.id, "bank_card": a.card, "mobile": a.mobile}, map[string]string{})
	mac := hmac.New(sha1.New, []byte(s["secret_key"]))
	mac.Write([]byte("POST /verify\nHost: " + host + "\nContent-Type: application/json\n\n" + m.body))
	m.header["Authorization"] = "Qiniu " + s["access_key"] + ":" + base64.URLEncoding.EncodeToString(mac.Sum(nil))
	return m
}

func speakCftg(s map[string]string, a asked, _ string, now time.Time) message {
	stamp := strconv.FormatInt(now.UnixMilli(), 10)
	return jsonMessage("/verify", map[string]any{
		"meta": map[string]any{
			"service_code": "bank4", "request_sn": a.order, "app_id": s["app_id"], "timestamp": stamp,
			"sign": sum(md5.New(), s["app_id"]+a.order+stamp+s["app_secret"]),
		},
		"params": map[string]any{"name": a.name, "idcard": a.id, "bankcard": a.card, "mobile": a.mobile},
	}, map[string]string{})
}

func speakChuanglan(s map[string]string, a asked, _ string, _ time.Time) message {
	return form("/verify", nil, "appId", s["app_id"], "appKey", s["app_key"],
		"name", a.name, "idNum", a.id, "cardNo", a.card, "mobile", a.mobile)
}

func speakOnecloudsp(s map[string]string, a asked, _ string, _ time.Time) message {
	return form("/verify", nil, "accesskey", s["accesskey"], "secret", s["secret"],
		"realname", a.name, "idcard", a.id, "bankcard", a.card, "mobile", a.mobile)
}

func speakPayease(s map[string]string, a asked, _ string, _ time.Time) message {
	text := s["merchant_id"] + a.order + a.name + a.id + a.card + a.mobile
	return form("/verify", nil, "merchantId", s["merchant_id"], "requestId", a.order,
		"name", a.name, "idCard", a.id, "bankCard", a.card, "mobile", a.mobile,
		"hmac", sum(hmac.New(md5.New, []byte(s["hmac_key"])), text))
}

func speakYunzhanghu(s map[string]string, a asked, _ string, now time.Time) message {
	plain, _ := json.Marshal(map[string]string{"real_name": a.name, "id_card": a.id, "card_no": a.card, "mobile": a.mobile})
	padding := aes.BlockSize - len(plain)%aes.BlockSize
	plain = append(plain, strings.Repeat(string(rune(padding)), padding)...)
	block, _ := aes.NewCipher([]byte(s["aes_key"]))
	cipher.NewCBCEncrypter(block, []byte(s["aes_key"][:16])).CryptBlocks(plain, plain)
	data, stamp := base64.StdEncoding.EncodeToString(plain), strconv.FormatInt(now.Unix(), 10)
	digest := sha256.Sum256([]byte("data=" + data + "&mess=word&timestamp=" + stamp + "&key=" + s["app_key"]))
	der, _ := pem.Decode([]byte(s["private_key"]))
	key, _ := x509.ParsePKCS8PrivateKey(der.Bytes)
	sign, _ := rsa.SignPKCS1v15(rand.Reader, key.(*rsa.PrivateKey), crypto.SHA256, digest[:])
	return form("/verify", map[string]string{"dealer-id": s["dealer_id"], "request-id": a.order},
		"data", data, "mess", "word", "timestamp", stamp, "sign", base64.StdEncoding.EncodeToString(sign))
}
