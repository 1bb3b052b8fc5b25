#!/bin/sh
# 核验接口调用示例：curl，AppCode 认证。需要：curl（签名另需 openssl），不用第三方库。
#
# 只需把 YOUR_APPCODE 换成您的 AppCode（控制台“凭证”页）。
# 示例中的人是虚构的：持测试凭证调用得到 state 1，持正式凭证得到 10015，都不扣次数。
# 正式调用请换成真实的信息，并先取得本人授权；这些信息不要打印，也不要写入日志。
set -eu

BASE_URL='https://api.example.com'
URL_PATH='/communication/personal/1887'
APP_CODE='YOUR_APPCODE'

NAME='郑天辉'
IDCARD='23060220060102795X'
ACC_NO='6200000000000000018'
MOBILE='13952034809'

reply=$(mktemp -d)
trap 'rm -rf "$reply"' EXIT

# 服务端最多用 10 秒，这里多等几秒。没有得到应答时无法确定是否已扣次数：
# 要能放心重试，请为每笔业务加上自己的请求头 Idempotency-Key。
status=$(curl -sS --max-time 15 -X POST "$BASE_URL$URL_PATH" \
	-H 'Accept: application/json' \
	-H 'Content-Type: application/x-www-form-urlencoded; charset=UTF-8' \
	-H "Authorization: APPCODE $APP_CODE" \
	--data-urlencode "name=$NAME" \
	--data-urlencode "idcard=$IDCARD" \
	--data-urlencode "acc_no=$ACC_NO" \
	--data-urlencode "mobile=$MOBILE" \
	-D "$reply/head" -o "$reply/body" -w '%{http_code}') || {
	echo '没有得到应答' >&2
	exit 1
}

# 状态码不是 200 的应答来自网关：没有报文，原因在响应头里，不扣次数。
if [ "$status" != 200 ]; then
	reason=$(tr -d '\r' <"$reply/head" | sed -n 's/^[Xx]-[Cc]a-[Ee]rror-[Mm]essage: *//p')
	echo "网关拒绝：HTTP $status $reason" >&2
	exit 1
fi

field() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p" "$reply/body"; }

if [ "$(field code)" = 10000 ]; then
	echo "code=$(field code) state=$(field state) seqNo=$(field seqNo)" # state：1 一致，2 不一致，3 异常
else
	echo "code=$(field code) message=$(field message) seqNo=$(field seqNo)" # 没有结论，不扣次数
fi
