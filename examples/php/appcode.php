<?php
// 核验接口调用示例：PHP，AppCode 认证。需要：PHP 7.4 及以上，curl 扩展，不用第三方库。
//
// 只需把 YOUR_APPCODE 换成您的 AppCode（控制台“凭证”页）。
// 示例中的人是虚构的：持测试凭证调用得到 state 1，持正式凭证得到 10015，都不扣次数。
// 正式调用请换成真实的信息，并先取得本人授权；这些信息不要打印，也不要写入日志。
declare(strict_types=1);

const BASE_URL = 'https://api.example.com';
const URL_PATH = '/communication/personal/1887';
const APP_CODE = 'YOUR_APPCODE';
const TIMEOUT = 15; // 秒；服务端最多用 10 秒，这里多等几秒

$form = [
    'name' => '郑天辉',
    'idcard' => '23060220060102795X',
    'acc_no' => '6200000000000000018',
    'mobile' => '13952034809',
];
$headers = [
    'Accept' => 'application/json',
    'Content-Type' => 'application/x-www-form-urlencoded; charset=UTF-8',
    'Authorization' => 'APPCODE ' . APP_CODE,
];

$lines = [];
foreach ($headers as $name => $value) {
    $lines[] = "$name: $value";
}
$replyHeaders = [];
$curl = curl_init(BASE_URL . URL_PATH);
curl_setopt_array($curl, [
    CURLOPT_POST => true,
    CURLOPT_POSTFIELDS => http_build_query($form),
    CURLOPT_HTTPHEADER => $lines,
    CURLOPT_TIMEOUT => TIMEOUT,
    CURLOPT_RETURNTRANSFER => true,
    CURLOPT_HEADERFUNCTION => function ($curl, string $line) use (&$replyHeaders): int {
        [$name, $value] = array_pad(explode(':', $line, 2), 2, '');
        $replyHeaders[strtolower($name)] = trim($value);
        return strlen($line);
    },
]);
$body = curl_exec($curl);
if ($body === false) {
    // 超时或网络故障：无法确定是否已扣次数。要能放心重试，请为每笔业务加上自己的请求头 Idempotency-Key
    fwrite(STDERR, '没有得到应答：' . curl_error($curl) . "\n");
    exit(1);
}

$status = curl_getinfo($curl, CURLINFO_RESPONSE_CODE);
if ($status !== 200) {
    // 来自网关的应答：没有报文，原因在响应头里，不扣次数
    $reason = $replyHeaders['x-ca-error-message'] ?? '';
    fwrite(STDERR, "网关拒绝：HTTP $status $reason\n");
    exit(1);
}

$answer = json_decode($body, true);
if ($answer['code'] === '10000') {
    // state：1 一致，2 不一致，3 异常
    echo "code={$answer['code']} state={$answer['data']['state']} seqNo={$answer['seqNo']}\n";
} else {
    // 没有结论，不扣次数
    echo "code={$answer['code']} message={$answer['message']} seqNo={$answer['seqNo']}\n";
}
