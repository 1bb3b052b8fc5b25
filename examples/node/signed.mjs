// 核验接口调用示例：Node.js，签名认证（AppKey 和 AppSecret）。需要：Node.js 18 及以上，不用第三方库。
//
// 只需把 YOUR_APPKEY 和 YOUR_APPSECRET 换成您的 AppKey 和 AppSecret（控制台“凭证”页）。
// 示例中的人是虚构的：持测试凭证调用得到 state 1，持正式凭证得到 10015，都不扣次数。
// 正式调用请换成真实的信息，并先取得本人授权；这些信息不要打印，也不要写入日志。
import { createHmac, randomUUID } from 'node:crypto';

const BASE_URL = 'https://api.example.com';
const PATH = '/communication/personal/1887';
const APP_KEY = 'YOUR_APPKEY';
const APP_SECRET = 'YOUR_APPSECRET';
const TIMEOUT_MS = 15_000; // 服务端最多用 10 秒，这里多等几秒

const form = {
  name: '郑天辉',
  idcard: '23060220060102795X',
  acc_no: '6200000000000000018',
  mobile: '13952034809',
};
const headers = {
  'Accept': 'application/json',
  'Content-Type': 'application/x-www-form-urlencoded; charset=UTF-8',
};

/** 给出加上签名的请求头。 */
function sign(headers, form) {
  const signed = { // 按名称排序
    'X-Ca-Key': APP_KEY,
    'X-Ca-Nonce': randomUUID(), // 每次调用都不同
    'X-Ca-Timestamp': String(Date.now()), // 毫秒，15 分钟内有效
  };
  // 待签名串：方法和四个请求头各占一行（没有的留空行），然后是参与签名的请求头，
  // 最后是路径和按名称排序的参数（用原文，不编码），末尾不换行
  const text = [
    'POST',
    ...['Accept', 'Content-MD5', 'Content-Type', 'Date'].map((name) => headers[name] ?? ''),
    ...Object.entries(signed).map(([name, value]) => `${name}:${value}`),
    PATH + '?' + Object.keys(form).sort().map((name) => `${name}=${form[name]}`).join('&'),
  ].join('\n');
  return {
    ...headers,
    ...signed,
    'X-Ca-Signature-Headers': Object.keys(signed).join(','),
    'X-Ca-Signature': createHmac('sha256', APP_SECRET).update(text).digest('base64'),
  };
}

let response, body;
try {
  response = await fetch(BASE_URL + PATH, {
    method: 'POST',
    headers: sign(headers, form),
    body: new URLSearchParams(form).toString(),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  body = await response.text();
} catch (e) {
  // 超时或网络故障：无法确定是否已扣次数。要能放心重试，请为每笔业务加上自己的请求头 Idempotency-Key
  console.error(`没有得到应答：${e.cause?.code ?? e.message}`);
  process.exit(1);
}

if (response.status !== 200) {
  // 来自网关的应答：没有报文，原因在响应头里，不扣次数
  // 签名不符时，逗号之后是服务端的待签名串，含有个人信息，不要打印
  const reason = (response.headers.get('X-Ca-Error-Message') ?? '').split(', Server StringToSign:')[0];
  console.error(`网关拒绝：HTTP ${response.status} ${reason}`);
  process.exit(1);
}

const { code, message, data, seqNo } = JSON.parse(body);
if (code === '10000') {
  console.log(`code=${code} state=${data.state} seqNo=${seqNo}`); // state：1 一致，2 不一致，3 异常
} else {
  console.log(`code=${code} message=${message} seqNo=${seqNo}`); // 没有结论，不扣次数
}
