// 核验接口调用示例：Go，签名认证（AppKey 和 AppSecret）。需要：Go 1.21 及以上，不用第三方库。
//
// 只需把 YOUR_APPKEY 和 YOUR_APPSECRET 换成您的 AppKey 和 AppSecret（控制台“凭证”页）。
// 示例中的人是虚构的：持测试凭证调用得到 state 1，持正式凭证得到 10015，都不扣次数。
// 正式调用请换成真实的信息，并先取得本人授权；这些信息不要打印，也不要写入日志。
package main

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"sort"
	"strconv"
	"strings"
	"time"
)

const (
	baseURL = "https://api.example.com"
	path    = "/communication/personal/1887"

	appKey    = "YOUR_APPKEY"
	appSecret = "YOUR_APPSECRET"

	timeout = 15 * time.Second // 服务端最多用 10 秒，这里多等几秒
)

// answer 是接口的应答。
type answer struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Data    struct {
		State string `json:"state"` // 1 一致，2 不一致，3 异常
	} `json:"data"`
	SeqNo string `json:"seqNo"` // 联系客服时请提供
}

func main() {
	form := url.Values{}
	form.Set("name", "郑天辉")
	form.Set("idcard", "23060220060102795X")
	form.Set("acc_no", "6200000000000000018")
	form.Set("mobile", "13952034809")

	a, err := call(form)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if a.Code == "10000" {
		fmt.Printf("code=%s state=%s seqNo=%s\n", a.Code, a.Data.State, a.SeqNo)
	} else { // 没有结论，不扣次数
		fmt.Printf("code=%s message=%s seqNo=%s\n", a.Code, a.Message, a.SeqNo)
	}
}

func call(form url.Values) (a answer, err error) {
	request, err := http.NewRequest(http.MethodPost, baseURL+path, strings.NewReader(form.Encode()))
	if err != nil {
		return a, err
	}
	request.Header.Set("Accept", "application/json")
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8")
	sign(request.Header, form)

	client := http.Client{Timeout: timeout}
	response, err := client.Do(request)
	if err != nil {
		// 超时或网络故障：无法确定是否已扣次数。要能放心重试，请为每笔业务加上自己的请求头 Idempotency-Key
		return a, fmt.Errorf("没有得到应答：%w", err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		// 来自网关的应答：没有报文，原因在响应头里，不扣次数
		// 签名不符时，逗号之后是服务端的待签名串，含有个人信息，不要打印
		reason, _, _ := strings.Cut(response.Header.Get("X-Ca-Error-Message"), ", Server StringToSign:")
		return a, fmt.Errorf("网关拒绝：HTTP %d %s", response.StatusCode, reason)
	}
	if err := json.NewDecoder(response.Body).Decode(&a); err != nil {
		return a, fmt.Errorf("没有得到完整的应答：%w", err)
	}
	return a, nil
}

// sign 为请求头加上签名。
func sign(header http.Header, form url.Values) {
	nonce := make([]byte, 16) // 每次调用都不同
	_, _ = rand.Read(nonce)
	signed := []string{"X-Ca-Key", "X-Ca-Nonce", "X-Ca-Timestamp"} // 按名称排序
	header.Set("X-Ca-Key", appKey)
	header.Set("X-Ca-Nonce", hex.EncodeToString(nonce))
	header.Set("X-Ca-Timestamp", strconv.FormatInt(time.Now().UnixMilli(), 10)) // 毫秒，15 分钟内有效

	// 待签名串：方法和四个请求头各占一行（没有的留空行），然后是参与签名的请求头，
	// 最后是路径和按名称排序的参数（用原文，不编码），末尾不换行
	lines := []string{http.MethodPost, header.Get("Accept"), header.Get("Content-MD5"), header.Get("Content-Type"), header.Get("Date")}
	for _, name := range signed {
		lines = append(lines, name+":"+header.Get(name))
	}
	var names, params []string
	for name := range form {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		params = append(params, name+"="+form.Get(name))
	}
	lines = append(lines, path+"?"+strings.Join(params, "&"))

	mac := hmac.New(sha256.New, []byte(appSecret))
	mac.Write([]byte(strings.Join(lines, "\n")))
	header.Set("X-Ca-Signature-Headers", strings.Join(signed, ","))
	header.Set("X-Ca-Signature", base64.StdEncoding.EncodeToString(mac.Sum(nil)))
}
