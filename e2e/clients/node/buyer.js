'use strict';

// A buyer with the npm package aliyun-api-gateway. Each line of standard input is a
// question in JSON; each is answered by one line of JSON.

const readline = require('node:readline');
const { Client, SimpleClient } = require('aliyun-api-gateway');

const path = '/communication/personal/1887';
const form = 'application/x-www-form-urlencoded; charset=UTF-8';

// Node reads header values as Latin-1.
const utf8 = (value) => Buffer.from(value || '', 'latin1').toString('utf8');

async function ask(q) {
  const elements = { acc_no: q.acc_no, idcard: q.idcard, mobile: q.mobile, name: q.name };
  const options = { headers: {} };
  if (q.encoding === 'query') {
    options.query = elements;
  } else {
    options.data = elements;
  }
  if (q.encoding !== 'json') {
    options.headers['content-type'] = form; // SimpleClient encodes by it, and does not send it
  }
  let client;
  let signed = '';
  if (q.through === 'SimpleClient') {
    client = new SimpleClient(q.appcode);
  } else {
    client = new Client(q.app_key, q.app_secret);
    const build = client.buildStringToSign;
    client.buildStringToSign = (...args) => (signed = build.apply(client, args));
    if (q.nonce) {
      options.headers['x-ca-nonce'] = q.nonce;
    }
    if (q.timestamp) {
      options.headers['x-ca-timestamp'] = q.timestamp;
    }
  }
  try {
    const result = await client.post(q.base_url + path, options);
    if (typeof result === 'string') {
      throw new Error('the answer was not taken for JSON: ' + result);
    }
    return { status: 200, body: JSON.stringify(result), signed };
  } catch (err) {
    if (!err.data || !err.data.headers) {
      throw err;
    }
    const headers = err.data.headers;
    const message = headers['x-ca-error-message'];
    if (!err.message.includes(`request id: ${headers['x-ca-request-id']}`) || !err.message.includes(`error message: ${message}`)) {
      throw new Error('the error does not say what the headers do: ' + err.message);
    }
    return { status: err.code, code: headers['x-ca-error-code'], message: utf8(message), request_id: headers['x-ca-request-id'], signed };
  }
}

async function main() {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    let reply;
    try {
      reply = await ask(JSON.parse(line));
    } catch (err) {
      reply = { error: String(err && err.stack) };
    }
    process.stdout.write(JSON.stringify(reply) + '\n');
  }
  process.exit(0); // connections are kept alive
}

main();
