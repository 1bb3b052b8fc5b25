// 核验接口调用示例：微信小程序，签名认证（AppKey 和 AppSecret）。需要：微信开发者工具，不用第三方库。
//
// 只需把 YOUR_APPKEY 和 YOUR_APPSECRET 换成您的 AppKey 和 AppSecret（控制台“凭证”页）。
// 示例中的人是虚构的：持测试凭证调用得到 state 1，持正式凭证得到 10015，都不扣次数。
// 正式调用请换成真实的信息，并先取得本人授权；这些信息不要打印，也不要写入日志。
//
// 注意：用户拿得到客户端里的一切。真实产品绝不能把 AppSecret 放在客户端：
// 请由您自己的服务器签名并调用本接口，客户端只调用您的服务器。此文件仅供联调。

const BASE_URL = 'https://api.example.com'; // 需在小程序后台加入 request 合法域名
const PATH = '/communication/personal/1887';
const APP_KEY = 'YOUR_APPKEY';
const APP_SECRET = 'YOUR_APPSECRET';
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
    header: sign(HEADERS, FORM),
    data: Object.keys(FORM).map((name) => `${name}=${encodeURIComponent(FORM[name])}`).join('&'),
    timeout: TIMEOUT_MS,
    success(response) {
      if (response.statusCode !== 200) {
        // 来自网关的应答：没有报文，原因在响应头里，不扣次数
        // 签名不符时，逗号之后是服务端的待签名串，含有个人信息，不要打印
        const reason = headerOf(response, 'X-Ca-Error-Message').split(', Server StringToSign:')[0];
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

// 给出加上签名的请求头。
function sign(headers, form) {
  const signed = { // 按名称排序
    'X-Ca-Key': APP_KEY,
    'X-Ca-Nonce': `${Date.now()}-${Math.random().toString(36).slice(2)}`, // 每次调用都不同
    'X-Ca-Timestamp': String(Date.now()), // 毫秒，15 分钟内有效
  };
  // 待签名串：方法和四个请求头各占一行（没有的留空行），然后是参与签名的请求头，
  // 最后是路径和按名称排序的参数（用原文，不编码），末尾不换行
  const text = ['POST']
    .concat(['Accept', 'Content-MD5', 'Content-Type', 'Date'].map((name) => headers[name] || ''))
    .concat(Object.keys(signed).map((name) => `${name}:${signed[name]}`))
    .concat(PATH + '?' + Object.keys(form).sort().map((name) => `${name}=${form[name]}`).join('&'))
    .join('\n');
  return Object.assign({}, headers, signed, {
    'X-Ca-Signature-Headers': Object.keys(signed).join(','),
    'X-Ca-Signature': base64(hmac(utf8(APP_SECRET), utf8(text))),
  });
}

// 小程序没有内置的摘要函数，以下用 JavaScript 实现 HMAC-SHA256 和 Base64，均以字节数组为输入。

function utf8(text) {
  const bytes = [];
  encodeURIComponent(text).replace(/%(..)|(.)/g, (all, hex, char) => bytes.push(hex ? parseInt(hex, 16) : char.charCodeAt(0)));
  return bytes;
}

function hmac(key, message) {
  const block = (key.length > 64 ? sha256(key) : key).slice();
  while (block.length < 64) block.push(0);
  const inner = sha256(block.map((b) => b ^ 0x36).concat(message));
  return sha256(block.map((b) => b ^ 0x5c).concat(inner));
}

function sha256(message) {
  const k = [
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
  ];
  let h = [
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
  ];
  const bytes = message.concat(0x80);
  while (bytes.length % 64 !== 56) bytes.push(0);
  for (let shift = 56; shift >= 0; shift -= 8) bytes.push(Math.floor(message.length * 8 / Math.pow(2, shift)) & 0xff);
  const rotate = (x, n) => (x >>> n) | (x << (32 - n));
  for (let at = 0; at < bytes.length; at += 64) {
    const w = [];
    for (let i = 0; i < 64; i++) {
      if (i < 16) {
        const p = at + i * 4;
        w[i] = (bytes[p] << 24) | (bytes[p + 1] << 16) | (bytes[p + 2] << 8) | bytes[p + 3];
      } else {
        const s0 = rotate(w[i - 15], 7) ^ rotate(w[i - 15], 18) ^ (w[i - 15] >>> 3);
        const s1 = rotate(w[i - 2], 17) ^ rotate(w[i - 2], 19) ^ (w[i - 2] >>> 10);
        w[i] = (w[i - 16] + s0 + w[i - 7] + s1) | 0;
      }
    }
    let [a, b, c, d, e, f, g, last] = h;
    for (let i = 0; i < 64; i++) {
      const s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
      const t1 = (last + s1 + ((e & f) ^ (~e & g)) + k[i] + w[i]) | 0;
      const s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
      const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      [last, g, f, e, d, c, b, a] = [g, f, e, (d + t1) | 0, c, b, a, (t1 + t2) | 0];
    }
    h = [a, b, c, d, e, f, g, last].map((x, i) => (x + h[i]) | 0);
  }
  return [].concat(...h.map((x) => [(x >>> 24) & 0xff, (x >>> 16) & 0xff, (x >>> 8) & 0xff, x & 0xff]));
}

function base64(bytes) {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  let text = '';
  for (let i = 0; i < bytes.length; i += 3) {
    const n = (bytes[i] << 16) | ((bytes[i + 1] || 0) << 8) | (bytes[i + 2] || 0);
    text += letters[n >> 18] + letters[(n >> 12) & 63];
    text += i + 1 < bytes.length ? letters[(n >> 6) & 63] : '=';
    text += i + 2 < bytes.length ? letters[n & 63] : '=';
  }
  return text;
}
