// 核验接口调用示例：Go，AppCode 认证。需要：Go 1.21 及以上，不用第三方库。
//
// 只需把 YOUR_APPCODE 换成您的 AppCode（控制台“凭证”页）。
// 示例中的人是虚构的：持测试凭证调用得到 state 1，持正式凭证得到 10015，都不扣次数。
// 正式调用请换成真实的信息，并先取得本人授权；这些信息不要打印，也不要写入日志。
package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"
)

const (
	baseURL = "https://api.example.com"
	path    = "/communication/personal/1887"
	appCode = "YOUR_APPCODE"

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
	request.Header.Set("Authorization", "APPCODE "+appCode)

	client := http.Client{Timeout: timeout}
	response, err := client.Do(request)
	if err != nil {
		// 超时或网络故障：无法确定是否已扣次数。要能放心重试，请为每笔业务加上自己的请求头 Idempotency-Key
		return a, fmt.Errorf("没有得到应答：%w", err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		// 来自网关的应答：没有报文，原因在响应头里，不扣次数
		return a, fmt.Errorf("网关拒绝：HTTP %d %s", response.StatusCode, response.Header.Get("X-Ca-Error-Message"))
	}
	if err := json.NewDecoder(response.Body).Decode(&a); err != nil {
		return a, fmt.Errorf("没有得到完整的应答：%w", err)
	}
	return a, nil
}
