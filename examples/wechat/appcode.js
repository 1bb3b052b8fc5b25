// 核验接口调用示例：微信小程序，AppCode 认证。需要：微信开发者工具，不用第三方库。
//
// 只需把 YOUR_APPCODE 换成您的 AppCode（控制台“凭证”页）。
// 示例中的人是虚构的：持测试凭证调用得到 state 1，持正式凭证得到 10015，都不扣次数。
// 正式调用请换成真实的信息，并先取得本人授权；这些信息不要打印，也不要写入日志。
//
// 注意：用户拿得到客户端里的一切，AppCode 也是密钥。真实产品请由您自己的服务器
// 调用本接口，客户端只调用您的服务器。此文件仅供联调。

const BASE_URL = 'https://api.example.com'; // 需在小程序后台加入 request 合法域名
const PATH = '/communication/personal/1887';
const APP_CODE = 'YOUR_APPCODE';
const TIMEOUT_MS = 15000; // 服务端最多用 10 秒，这里多等几秒

const FORM = {
  name: '郑天辉',
  idcard: '23060220060102795X',
  acc_no: '6200000000000000018',
  mobile: '13952034809',
};
const HEADERS = {
  'Accept': 'application/json',
  'Content-Type': 'application/x-www-form-urlencoded; charset=UTF-8',
};

Page({
  onLoad() {
    verify();
  },
});

function verify() {
  wx.request({
    url: BASE_URL + PATH,
    method: 'POST',
    header: Object.assign({ Authorization: `APPCODE ${APP_CODE}` }, HEADERS),
    data: Object.keys(FORM).map((name) => `${name}=${encodeURIComponent(FORM[name])}`).join('&'),
    timeout: TIMEOUT_MS,
    success(response) {
      if (response.statusCode !== 200) {
        // 来自网关的应答：没有报文，原因在响应头里，不扣次数
        const reason = headerOf(response, 'X-Ca-Error-Message');
        console.error(`网关拒绝：HTTP ${response.statusCode} ${reason}`);
        return;
      }
      const answer = response.data; // wx.request 已解析 JSON
      if (answer.code === '10000') {
        // state：1 一致，2 不一致，3 异常
        console.log(`code=${answer.code} state=${answer.data.state} seqNo=${answer.seqNo}`);
      } else {
        // 没有结论，不扣次数
        console.log(`code=${answer.code} message=${answer.message} seqNo=${answer.seqNo}`);
      }
    },
    fail(error) {
      // 超时或网络故障：无法确定是否已扣次数。要能放心重试，请为每笔业务加上自己的请求头 Idempotency-Key
      console.error(`没有得到应答：${error.errMsg}`);
    },
  });
}

// 响应头名称的大小写因机型而异。
function headerOf(response, wanted) {
  const name = Object.keys(response.header).find((key) => key.toLowerCase() === wanted.toLowerCase());
  return name ? response.header[name] : '';
}
