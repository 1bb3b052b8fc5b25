package console_test

import (
	"flag"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"quartet"
	"quartet/internal/console"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// serve is the previews on a server of their own.
func serve(t *testing.T) *httptest.Server {
	t.Helper()
	h, err := console.Preview()
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

func get(t *testing.T, url string) string {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s: %s", url, resp.Status, b)
	}
	return string(b)
}

func names(t *testing.T, s *httptest.Server) (list []string) {
	t.Helper()
	for _, m := range regexp.MustCompile(`<li><a href="/([^"]+)"`).FindAllStringSubmatch(get(t, s.URL+"/"), -1) {
		list = append(list, m[1])
	}
	if len(list) == 0 {
		t.Fatal("there are no previews")
	}
	return list
}

// hashed is what changes in the names of static files with their content.
var hashed = regexp.MustCompile(`(/static/[a-zA-Z0-9/_-]+(?:\.[a-zA-Z]+)*?)\.[0-9a-f]{12}\.`)

func TestPages_LookAsInTheirGoldenFiles(t *testing.T) {
	s := serve(t)
	for _, name := range names(t, s) {
		for _, lang := range []string{"zh", "en"} {
			t.Run(name+" "+lang, func(t *testing.T) {
				got := hashed.ReplaceAllString(get(t, s.URL+"/"+name+"?lang="+lang), "$1.")
				file := filepath.Join("testdata", "pages", name+"."+lang+".golden.html")
				if *update {
					if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
						t.Fatal(err)
					}
					if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
						t.Fatal(err)
					}
					return
				}
				want, err := os.ReadFile(file)
				if err != nil {
					t.Fatalf("%v; run go test ./internal/console -update", err)
				}
				if got != string(want) {
					t.Errorf("the page differs from %s; look at it, then run go test ./internal/console -update", file)
				}
			})
		}
	}
}

// program is sample code, whose comments are Chinese in every language.
var program = regexp.MustCompile(`(?s)<pre class="code[^>]* lang="zh"[^>]*>.*?</pre>`)

// han is a Chinese character.
var han = regexp.MustCompile(`\p{Han}`)

func TestEnglishPages_HaveNoChineseButWhatPeopleWrote(t *testing.T) {
	s := serve(t)
	for _, name := range names(t, s) {
		if strings.HasPrefix(name, "document-") {
			continue // they tell the Chinese names of things, and show people's
		}
		page := program.ReplaceAllString(get(t, s.URL+"/"+name+"?lang=en"), "")
		for line := range strings.SplitSeq(page, "\n") {
			line = written.ReplaceAllString(line, "")
			if han.MatchString(line) {
				t.Errorf("%s in English: %s", name, strings.TrimSpace(line))
			}
		}
	}
}

// written is what is Chinese in every language: names, what people typed, and the word for it
// in the switch of languages.
var written = regexp.MustCompile(strings.Join([]string{
	// the house's own pages of money
	`已核对回单|买家要求退回|买家改为支付订单|货款|示例银行福州支行|故障补偿|数量不对|已向支付宝核实，次日入账|没有找到表头|账号为 6 到 40 位数字|没有这个订单|与先登记的流水号不一致，请到银行核对；先登记的有误请先撤销|请填写赠送的次数|税收分类编码为 19 位数字|\*信息技术服务\*数据核验服务|业务调整，用不完|重复支付|买多了|已超过约定期限|发票号码为 20 位数字`,
	`示例数据服务|测试贸易有限公司|林晓|中文|正式环境|账号或密码不对`,
	// sample code
	`联调 · 测试|银行卡[三四]要素核验`,
	// the shop and credentials
	`银行卡四要素核验|\d+元/\d+次|免费测试|有限公司|示例银行海淀支行|剩余次数不足|3 月 8 日 02:00 例行维护|有 20 个订单待支付，请先支付或取消其中一个再下单|感谢支持，我们会继续改进。`,
	`接口稳定，文档清楚。|项目取消|这个订单已有退款在处理中|买错了|请说明具体原因|请打 1 到 5 星|很好用|每月 1 到 10 个订单|风控系统|联调|192.0.2.1/24 在前缀长度之后还有位；请写成 192.0.2.0/24，或只写该地址`,
	// tokens
	`夜间对账|批量任务|试用|审计外送|网段写成 192.0.2.0/24 或 2001:db8::/32，单个地址写成 192.0.2.7`,
	// usage and alerts
	`结束时间须晚于开始时间|次数和比例只填一项|必须以 https:// 开头|额度不足提醒|已自动下单|回调地址|维护预告|例行维护|产品 1887的可用额度.*调用。|套餐 3000元/10000次 的订单已生成，请在 7 天内支付。|连续 3 天未能接收.*重发。|已停用|3 月 8 日.*不扣费。`,
	// invoices and support
	`\*信息技术服务\*数据核验服务|上海分公司|福州市示例路 1 号|抬头与认证企业不符.*重新申请|请写明原因|请填写接收开票通知的邮箱|请填写金额，如 500 或 500.50|不是有效的统一社会信用代码.*选项`,
	`<span class="said-text">[^<]*|^是渠道的问题吗.*|<h1 class="page-title text-break">[^<]*|客服小周|调用日志.txt|回复很快|周一至周五|<p class="mb-0" lang="zh">.*</p>|请写点内容|文件须是.*csv）`,
	`<span class="text-break">[^<]*|value="(?:调用 .* 返回 \d+|超时)"`,
	// the product and the door
	`验证码不对|地址不正确|密码太短|示例物流有限公司|虚构租赁有限公司|接入只花了半天，响应很快。|感谢支持！`,
	`银行卡[四三]要素核验|"message":"成功"|name=郑天辉`, founding(),
	// batches
	`三月工资核对.xlsx|<td data-label="Heading" class="text-break">[^<]*|<div>某+</div>|还缺少 手机号，请指定所在的列|表头下面没有数据|请删去第 5 列.*不得提交`,
	// operators' pages
	`虚构租赁有限公司|已有账户用了这个名称，请换一个|请说明原因，4 到 200 字|请写明原因|没有人用这个地址登录|刚才这次调用.*|该调用在时限内.*重试。|请求缺少必填参数.*扣次。|太长|调用返回 10003，请帮忙排查|Java 签名一直返回 A401IS|专用发票什么时候能开好？|对公转账后多久到账|更换管理员手机号`,
	// the debug tool
	// people, the firm, the audit
	`张三丰|王芳|请输入邮箱或 11 位手机号|发放工资前核对收款人的银行卡|营业执照照片不清晰，请重新上传。|统一社会信用代码为 18 位.*、Z`,
	`郑天辉|&#34;成功&#34;|请求头 Cookie 由工具填写，请删去`,
	// what operators write and read
	`套餐价格调整|自 2026 年 3 月 20 日起，.*|已购买的次数和有效期不变。.*|异常结果开始计费。|[不一致异常]+扣 \d 次|变化须至少提前 .*公告，最早|核对联系人手机号|登录名最多 64 个.*开头`,
	// sources and the registry
	`须同时填写每秒上限|请填写金额，如 0.22|渠道编号为 1 到 32 个.*开头|请选择文件`,
	`部分调用失败|部分调用没有得到结论，正在查明原因。|调用已恢复正常，继续观察。|维护期间无法调用，请提前安排。|有账户持有该产品的次数，.*生效|>(?:计费调整|计划维护)(?: |</)`,
}, "|"))

// founding matches what the founding page of a product says.
func founding() string {
	page := quartet.FoundingPage()
	words := append(strings.Split(page.Description, "\n"), page.Coverage)
	words = append(words, page.Scenes...)
	for _, q := range page.Questions {
		words = append(words, q.Ask, q.Answer)
	}
	for i := range words {
		words[i] = regexp.QuoteMeta(words[i])
	}
	return strings.Join(words, "|")
}
