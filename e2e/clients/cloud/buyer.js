'use strict';

// A buyer of two clouds, each with the cloud's own npm package. Each line of standard input
// is a question in JSON; each is answered by one line of JSON.

const http = require('node:http');
const readline = require('node:readline');
const { CommonClient } = require('tencentcloud-sdk-nodejs-common');
const { default: Cloudauth, BankMetaVerifyRequest } = require('@alicloud/cloudauth20190307');
const { $OpenApiUtil } = require('@alicloud/openapi-core');

// The package takes the service from the first label of the host, so the host is a name that
// nobody resolves.
const local = new http.Agent({
  lookup: (_host, options, found) => (options.all ? found(null, [{ address: '127.0.0.1', family: 4 }]) : found(null, '127.0.0.1', 4)),
});

async function tencent(q) {
  const client = new CommonClient('faceid.tencentcloudapi.com', '2018-03-01', {
    credential: { secretId: q.app_key, secretKey: q.app_secret },
    region: '',
    profile: {
      signMethod: 'TC3-HMAC-SHA256',
      httpProfile: { protocol: 'http://', endpoint: 'faceid.localhost:' + new URL(q.base_url).port, agent: local },
    },
  });
  const elements = {
    BankCard2EVerification: { Name: q.name, BankCard: q.acc_no },
    BankCardVerification: { Name: q.name, BankCard: q.acc_no, IdCard: q.idcard },
    BankCard4EVerification: { Name: q.name, BankCard: q.acc_no, IdCard: q.idcard, Phone: q.mobile },
  }[q.method];
  try {
    const said = await client.request(q.method, elements);
    return { body: said.Result, request_id: said.RequestId };
  } catch (err) {
    return { code: err.code, message: err.message, request_id: err.requestId };
  }
}

async function aliyun(q) {
  const config = new $OpenApiUtil.Config({
    accessKeyId: q.app_key,
    accessKeySecret: q.app_secret,
    endpoint: new URL(q.base_url).host,
    protocol: 'http',
  });
  if (q.through === 'aliyun HMAC-SHA1') {
    config.signatureAlgorithm = 'v2'; // the package's word for version 1.0
  }
  const request = new BankMetaVerifyRequest({ paramType: 'normal', verifyMode: 'VERIFY_BANK_CARD', productType: q.method, userName: q.name, bankCard: q.acc_no });
  if (q.method !== 'BANK_CARD_2_META') {
    request.identifyNum = q.idcard;
  }
  if (q.method === 'BANK_CARD_4_META') {
    request.mobile = q.mobile;
  }
  try {
    const { body } = await new Cloudauth(config).bankMetaVerify(request);
    const result = body.resultObject || {};
    return { code: body.code === '200' ? '' : body.code, body: [result.bizCode, result.subCode].join('-'), request_id: body.requestId };
  } catch (err) {
    return { status: err.statusCode || 0, code: err.code, message: err.message, request_id: err.requestId };
  }
}

async function main() {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    let answer;
    try {
      const q = JSON.parse(line);
      answer = await (q.through === 'tencent' ? tencent(q) : aliyun(q));
    } catch (err) {
      answer = { error: String(err && err.stack) };
    }
    process.stdout.write(JSON.stringify(answer) + '\n');
  }
  process.exit(0); // connections are kept alive
}

main();
