"""A buyer with Python's standard library.

Each line of standard input is a question in JSON; each is answered by one line of JSON.
"""

import base64
import hashlib
import hmac
import http.client
import json
import sys
import time
import traceback
import urllib.error
import urllib.parse
import urllib.request
import uuid

PATH = "/communication/personal/1887"
FORM = "application/x-www-form-urlencoded; charset=UTF-8"
JSON = "application/json"


def encode(q):
    """The body, its type, and the parameters that a signature covers."""
    elements = {k: q[k] for k in ("acc_no", "idcard", "mobile", "name")}
    if q["encoding"] == "json":
        return json.dumps(elements, ensure_ascii=False).encode("utf-8"), JSON, {}
    return urllib.parse.urlencode(elements).encode("ascii"), FORM, elements


def sign(q, headers, body, parameters):
    """Adds the headers of a signature, and gives the string that was signed."""
    signed = {
        "X-Ca-Key": q["app_key"],
        "X-Ca-Nonce": q["nonce"] or str(uuid.uuid4()),
        "X-Ca-Timestamp": q["timestamp"] or str(int(time.time() * 1000)),
    }
    if q["method"]:
        signed["X-Ca-Signature-Method"] = q["method"]
    if not parameters:
        headers["Content-MD5"] = base64.b64encode(hashlib.md5(body).digest()).decode()
    head = ["POST", headers.get("Accept", ""), headers.get("Content-MD5", ""), headers["Content-Type"], ""]
    lines = [f"{name}:{signed[name]}" for name in sorted(signed)]
    target = PATH
    if parameters:
        target += "?" + "&".join(f"{k}={parameters[k]}" for k in sorted(parameters))
    text = "\n".join(head + lines + [target])
    digest = hashlib.sha1 if q["method"] == "HmacSHA1" else hashlib.sha256
    mac = hmac.new(q["app_secret"].encode("utf-8"), text.encode("utf-8"), digest)
    headers.update(signed)
    headers["X-Ca-Signature-Headers"] = ",".join(sorted(signed))
    headers["X-Ca-Signature"] = base64.b64encode(mac.digest()).decode()
    return text


def through_urllib(base, body, headers):
    """urllib.request writes header names its own way: X-ca-key."""
    request = urllib.request.Request(base + PATH, data=body, headers=headers, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return response.status, response.headers, response.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


def through_http_client(base, body, headers):
    """http.client sends no Accept unless it is told to."""
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(base).netloc, timeout=30)
    try:
        connection.request("POST", PATH, body=body, headers=headers)
        response = connection.getresponse()
        return response.status, response.headers, response.read()
    finally:
        connection.close()


def ask(q):
    body, kind, parameters = encode(q)
    headers = {"Content-Type": kind}
    if q["through"] == "urllib":
        headers["Accept"] = JSON
    signed = ""
    if q["appcode"]:
        headers["Authorization"] = "APPCODE " + q["appcode"]
    else:
        signed = sign(q, headers, body, parameters)
    send = through_urllib if q["through"] == "urllib" else through_http_client
    status, got, text = send(q["base_url"], body, headers)
    reply = {"status": status, "request_id": got["X-Ca-Request-Id"], "body": text.decode("utf-8"), "signed": signed}
    if status != 200:  # a missing message is an exception, as it is in the sellers' samples
        reply["code"] = got["X-Ca-Error-Code"]
        reply["message"] = got["X-Ca-Error-Message"].encode("latin-1").decode("utf-8")
    return reply


def main():
    for line in sys.stdin.buffer:
        try:
            reply = ask(json.loads(line))
        except Exception:
            reply = {"error": traceback.format_exc()}
        print(json.dumps(reply), flush=True)


main()
