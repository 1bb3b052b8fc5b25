import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URL;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * 核验接口调用示例：Java，签名认证（AppKey 和 AppSecret）。需要：JDK 8 及以上，不用第三方库。
 *
 * 只需把 YOUR_APPKEY 和 YOUR_APPSECRET 换成您的 AppKey 和 AppSecret（控制台“凭证”页）。
 * 示例中的人是虚构的：持测试凭证调用得到 state 1，持正式凭证得到 10015，都不扣次数。
 * 正式调用请换成真实的信息，并先取得本人授权；这些信息不要打印，也不要写入日志。
 */
public class SignedSample {
    static final String BASE_URL = "https://api.example.com";
    static final String PATH = "/communication/personal/1887";
    static final String APP_KEY = "YOUR_APPKEY";
    static final String APP_SECRET = "YOUR_APPSECRET";

    /** 服务端最多用 10 秒，这里多等几秒。 */
    static final int TIMEOUT_MS = 15_000;

    public static void main(String[] args) throws Exception {
        Map<String, String> form = new LinkedHashMap<>();
        form.put("name", "郑天辉");
        form.put("idcard", "23060220060102795X");
        form.put("acc_no", "6200000000000000018");
        form.put("mobile", "13952034809");
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("Accept", "application/json");
        headers.put("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8");
        sign(headers, form);

        // 否则连接中断时 JDK 会自行重发 POST，一次业务可能扣两次
        System.setProperty("sun.net.http.retryPost", "false");
        try {
            System.exit(call(headers, form));
        } catch (IOException e) {
            // 超时或网络故障：无法确定是否已扣次数。要能放心重试，请为每笔业务加上自己的请求头 Idempotency-Key
            System.err.println("没有得到应答：" + e.getMessage());
            System.exit(1);
        }
    }

    static int call(Map<String, String> headers, Map<String, String> form) throws IOException {
        HttpURLConnection connection = (HttpURLConnection) new URL(BASE_URL + PATH).openConnection();
        connection.setRequestMethod("POST");
        connection.setConnectTimeout(TIMEOUT_MS);
        connection.setReadTimeout(TIMEOUT_MS);
        connection.setDoOutput(true);
        headers.forEach(connection::setRequestProperty);
        try (OutputStream out = connection.getOutputStream()) {
            out.write(encode(form).getBytes(StandardCharsets.US_ASCII));
        }

        int status = connection.getResponseCode();
        if (status != 200) {
            // 来自网关的应答：没有报文，原因在响应头里，不扣次数
            String reason = connection.getHeaderField("X-Ca-Error-Message");
            // 签名不符时，逗号之后是服务端的待签名串，含有个人信息，不要打印
            reason = reason == null ? "" : reason.split(", Server StringToSign:")[0];
            System.err.println("网关拒绝：HTTP " + status + " " + reason);
            return 1;
        }
        String answer = read(connection.getInputStream());
        String code = field(answer, "code");
        if (code.equals("10000")) {
            // state：1 一致，2 不一致，3 异常
            System.out.println("code=" + code + " state=" + field(answer, "state") + " seqNo=" + field(answer, "seqNo"));
        } else {
            // 没有结论，不扣次数
            System.out.println("code=" + code + " message=" + field(answer, "message") + " seqNo=" + field(answer, "seqNo"));
        }
        return 0;
    }

    /** 为请求头加上签名。 */
    static void sign(Map<String, String> headers, Map<String, String> form) throws Exception {
        TreeMap<String, String> signed = new TreeMap<>(); // 按名称排序
        signed.put("X-Ca-Key", APP_KEY);
        signed.put("X-Ca-Nonce", UUID.randomUUID().toString()); // 每次调用都不同
        signed.put("X-Ca-Timestamp", String.valueOf(System.currentTimeMillis())); // 毫秒，15 分钟内有效

        // 待签名串：方法和四个请求头各占一行（没有的留空行），然后是参与签名的请求头，
        // 最后是路径和按名称排序的参数（用原文，不编码），末尾不换行
        StringBuilder text = new StringBuilder("POST" + "\n");
        for (String name : new String[] {"Accept", "Content-MD5", "Content-Type", "Date"}) {
            text.append(headers.getOrDefault(name, "")).append('\n');
        }
        signed.forEach((name, value) -> text.append(name).append(':').append(value).append('\n'));
        text.append(PATH);
        char separator = '?';
        for (Map.Entry<String, String> field : new TreeMap<>(form).entrySet()) {
            text.append(separator).append(field.getKey()).append('=').append(field.getValue());
            separator = '&';
        }

        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(APP_SECRET.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        byte[] sum = mac.doFinal(text.toString().getBytes(StandardCharsets.UTF_8));
        headers.putAll(signed);
        headers.put("X-Ca-Signature-Headers", String.join(",", signed.keySet()));
        headers.put("X-Ca-Signature", Base64.getEncoder().encodeToString(sum));
    }

    static String encode(Map<String, String> form) throws IOException {
        StringBuilder body = new StringBuilder();
        for (Map.Entry<String, String> field : form.entrySet()) {
            body.append(body.length() == 0 ? "" : "&").append(field.getKey()).append('=').append(URLEncoder.encode(field.getValue(), "UTF-8"));
        }
        return body.toString();
    }

    static String read(InputStream in) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        byte[] buffer = new byte[4096];
        for (int n = in.read(buffer); n > 0; n = in.read(buffer)) {
            bytes.write(buffer, 0, n);
        }
        return bytes.toString("UTF-8");
    }

    /** 应答的字段是固定的，用正则就能取出；正式项目请用您的 JSON 库解析。 */
    static String field(String answer, String name) {
        Matcher m = Pattern.compile("\"" + name + "\":\"([^\"]*)\"").matcher(answer);
        return m.find() ? m.group(1) : "";
    }
}
