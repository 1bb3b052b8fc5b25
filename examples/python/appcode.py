#!/usr/bin/env python3
# 核验接口调用示例：Python，AppCode 认证。需要：Python 3.7 及以上，不用第三方库。
#
# 只需把 YOUR_APPCODE 换成您的 AppCode（控制台“凭证”页）。
# 示例中的人是虚构的：持测试凭证调用得到 state 1，持正式凭证得到 10015，都不扣次数。
# 正式调用请换成真实的信息，并先取得本人授权；这些信息不要打印，也不要写入日志。
import json
import sys
import urllib.error
import urllib.parse
import urllib.request

BASE_URL = "https://api.example.com"
PATH = "/communication/personal/1887"
APP_CODE = "YOUR_APPCODE"
TIMEOUT = 15  # 秒；服务端最多用 10 秒，这里多等几秒

FORM = {
    "name": "郑天辉",
    "idcard": "23060220060102795X",
    "acc_no": "6200000000000000018",
    "mobile": "13952034809",
}
HEADERS = {
    "Accept": "application/json",
    "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
}


def main():
    request = urllib.request.Request(
        BASE_URL + PATH,
        data=urllib.parse.urlencode(FORM).encode(),
        headers={**HEADERS, "Authorization": "APPCODE " + APP_CODE},
        method="POST",
    )
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT) as response:
            answer = json.load(response)
    except urllib.error.HTTPError as e:
        # 来自网关的应答：没有报文，原因在响应头里，不扣次数
        reason = e.headers.get("X-Ca-Error-Message", "")
        sys.exit(f"网关拒绝：HTTP {e.code} {reason}")
    except OSError as e:
        # 超时或网络故障：无法确定是否已扣次数。要能放心重试，请为每笔业务加上自己的请求头 Idempotency-Key
        sys.exit(f"没有得到应答：{e}")

    if answer["code"] == "10000":
        # state：1 一致，2 不一致，3 异常
        print(f"code={answer['code']} state={answer['data']['state']} seqNo={answer['seqNo']}")
    else:
        # 没有结论，不扣次数
        print(f"code={answer['code']} message={answer['message']} seqNo={answer['seqNo']}")


if __name__ == "__main__":
    main()
