#!/usr/bin/env python3
# 核验接口调用示例：Python，签名认证（AppKey 和 AppSecret）。需要：Python 3.7 及以上，不用第三方库。
#
# 只需把 YOUR_APPKEY 和 YOUR_APPSECRET 换成您的 AppKey 和 AppSecret（控制台“凭证”页）。
# 示例中的人是虚构的：持测试凭证调用得到 state 1，持正式凭证得到 10015，都不扣次数。
# 正式调用请换成真实的信息，并先取得本人授权；这些信息不要打印，也不要写入日志。
import base64
import hashlib
import hmac
import json
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid

BASE_URL = "https://api.example.com"
PATH = "/communication/personal/1887"
APP_KEY = "YOUR_APPKEY"
APP_SECRET = "YOUR_APPSECRET"
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


def sign(headers, form):
    """给出加上签名的请求头。"""
    signed = {
        "X-Ca-Key": APP_KEY,
        "X-Ca-Nonce": str(uuid.uuid4()),  # 每次调用都不同
        "X-Ca-Timestamp": str(int(time.time() * 1000)),  # 毫秒，15 分钟内有效
    }
    # 待签名串：方法和四个请求头各占一行（没有的留空行），然后是参与签名的请求头，
    # 最后是路径和按名称排序的参数（用原文，不编码），末尾不换行
    lines = ["POST"]
    lines += [headers.get(name, "") for name in ("Accept", "Content-MD5", "Content-Type", "Date")]
    lines += [f"{name}:{value}" for name, value in sorted(signed.items())]
    lines += [PATH + "?" + "&".join(f"{name}={value}" for name, value in sorted(form.items()))]
    mac = hmac.new(APP_SECRET.encode(), "\n".join(lines).encode(), hashlib.sha256)
    return {
        **headers,
        **signed,
        "X-Ca-Signature-Headers": ",".join(sorted(signed)),
        "X-Ca-Signature": base64.b64encode(mac.digest()).decode(),
    }


def main():
    request = urllib.request.Request(
        BASE_URL + PATH,
        data=urllib.parse.urlencode(FORM).encode(),
        headers=sign(HEADERS, FORM),
        method="POST",
    )
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT) as response:
            answer = json.load(response)
    except urllib.error.HTTPError as e:
        # 来自网关的应答：没有报文，原因在响应头里，不扣次数
        reason = e.headers.get("X-Ca-Error-Message", "")
        # 签名不符时，逗号之后是服务端的待签名串，含有个人信息，不要打印
        reason = reason.split(", Server StringToSign:")[0]
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
