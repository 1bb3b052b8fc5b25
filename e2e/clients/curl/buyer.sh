#!/bin/sh
# A buyer at a shell: curl, and openssl for the signature. The question is in variables; the
# response is printed as curl prints it, and what was signed goes to standard error.
set -eu

path=/communication/personal/1887
form='application/x-www-form-urlencoded; charset=UTF-8'
json="{\"acc_no\":\"$ACC_NO\",\"idcard\":\"$IDCARD\",\"mobile\":\"$MOBILE\",\"name\":\"$NAME\""
[ -z "$KEY" ] || json="$json,\"key\":\"$KEY\""
json="$json}"

# post adds the body to what it is given.
post() {
	if [ "$ENCODING" = json ]; then
		exec curl -sS -i "$@" --data-binary "$json" "$BASE_URL$path"
	fi
	[ -z "$KEY" ] || set -- "$@" --data-urlencode "key=$KEY"
	exec curl -sS -i "$@" --data-urlencode "acc_no=$ACC_NO" --data-urlencode "idcard=$IDCARD" \
		--data-urlencode "mobile=$MOBILE" --data-urlencode "name=$NAME" "$BASE_URL$path"
}

type='application/x-www-form-urlencoded' # what curl sends unless it is told
[ "$ENCODING" = form ] || type='application/json'

case $THROUGH in
header) post -H "Content-Type: $type" -H "Authorization: APPCODE $APPCODE" ;;
tight) post -H "Content-Type:$type" -H "Authorization:APPCODE $APPCODE" ;; # no blank after the colon
key) post -H "Content-Type: $type" ;;
esac

# Signed. curl sends "Accept: */*" of itself, so the JSON call signs that.
accept='*/*' md5='' target=$path
if [ "$ENCODING" = form ]; then
	accept=application/json type=$form
	target="$path?acc_no=$ACC_NO&idcard=$IDCARD&mobile=$MOBILE&name=$NAME"
else
	md5=$(printf %s "$json" | openssl dgst -md5 -binary | openssl base64)
fi
nonce=${NONCE:-$(openssl rand -hex 16)}
timestamp=${TIMESTAMP:-$(date +%s)000}
signed=$(printf 'POST\n%s\n%s\n%s\n\nX-Ca-Key:%s\nX-Ca-Nonce:%s\nX-Ca-Timestamp:%s\n%s' \
	"$accept" "$md5" "$type" "$APP_KEY" "$nonce" "$timestamp" "$target")
printf %s "$signed" >&2
signature=$(printf %s "$signed" | openssl dgst -sha256 -hmac "$APP_SECRET" -binary | openssl base64)

set -- -H "Content-Type: $type" -H "X-Ca-Key: $APP_KEY" -H "X-Ca-Nonce: $nonce" -H "X-Ca-Timestamp: $timestamp" \
	-H "X-Ca-Signature-Headers: X-Ca-Key,X-Ca-Nonce,X-Ca-Timestamp" -H "X-Ca-Signature: $signature"
[ "$ENCODING" = json ] || set -- "$@" -H "Accept: $accept"
[ -z "$md5" ] || set -- "$@" -H "Content-MD5: $md5"
post "$@"
