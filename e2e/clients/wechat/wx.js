// Runs the script of a mini-program's page as far as samples need it: Page opens the page at
// once, and wx.request is made of Node's own HTTP client with the rules of its documentation:
// the answer's JSON is parsed, the body is a text as it was given, a failure has an errMsg, and
// headers keep the server's spelling. console.error makes the exit code 1.
'use strict';
const http = require('http');
const https = require('https');
const path = require('path');

const said = console.error;
console.error = (...words) => { process.exitCode = 1; said(...words); };

globalThis.Page = (page) => page.onLoad({});

globalThis.wx = {
  request({ url, method = 'GET', header = {}, data = '', timeout = 60000, dataType = 'json', success, fail }) {
    if (typeof data !== 'string') throw new Error('this shim sends texts alone');
    let over = false;
    const end = (f, with_) => { if (!over) { over = true; clearTimeout(limit); f(with_); } };
    const request = (url.startsWith('https:') ? https : http).request(url, { method, headers: header }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () => {
        const headers = {};
        for (let i = 0; i < response.rawHeaders.length; i += 2) headers[response.rawHeaders[i]] = response.rawHeaders[i + 1];
        let body = Buffer.concat(chunks).toString('utf8');
        if (dataType === 'json') {
          try { body = JSON.parse(body); } catch { /* it stays a text, as there */ }
        }
        end(success, { statusCode: response.statusCode, header: headers, data: body, errMsg: 'request:ok' });
      });
    });
    const limit = setTimeout(() => { end(fail, { errMsg: 'request:fail timeout' }); request.destroy(); }, timeout);
    request.on('error', (e) => end(fail, { errMsg: `request:fail ${e.message}` }));
    request.end(data);
  },
};

require(path.resolve(process.argv[2]));
