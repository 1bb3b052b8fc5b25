import java.io.BufferedReader;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URL;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * A buyer with Java's standard library. Each line of standard input is a question in JSON,
 * all of whose values are texts; each is answered by one line of JSON.
 */
public class Buyer {
    static final String PATH = "/communication/personal/1887";
    static final String FORM = "application/x-www-form-urlencoded; charset=UTF-8";
    static final String JSON = "application/json; charset=UTF-8";
    static final HttpClient CLIENT = HttpClient.newHttpClient();

    public static void main(String[] args) throws Exception {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        PrintStream out = new PrintStream(System.out, true, "UTF-8");
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            Map<String, String> reply;
            try {
                reply = ask(read(line));
            } catch (Exception e) {
                reply = Map.of("error", e + " at " + e.getStackTrace()[0]);
            }
            out.println(write(reply));
        }
    }

    static Map<String, String> ask(Map<String, String> q) throws Exception {
        Map<String, String> elements = new TreeMap<>();
        for (String name : new String[] {"acc_no", "idcard", "mobile", "name"}) {
            elements.put(name, q.get(name));
        }
        boolean form = q.get("encoding").equals("form");
        String text = form ? encode(elements) : write(elements);
        byte[] body = text.getBytes(StandardCharsets.UTF_8);

        boolean plain = q.get("through").equals("HttpURLConnection");
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("Content-Type", form ? FORM : JSON);
        if (plain) { // or it sends a long list of its own, which would have to be signed
            headers.put("Accept", "application/json");
        }
        String signed = "";
        if (q.get("appcode").isEmpty()) {
            signed = sign(q, headers, body, form ? elements : Map.of());
        } else {
            headers.put("Authorization", "APPCODE " + q.get("appcode"));
        }
        Map<String, String> reply = plain ? connection(q.get("base_url"), headers, body) : client(q.get("base_url"), headers, body);
        reply.put("signed", signed);
        return reply;
    }

    /** The error header is read as the sellers' samples do: by its exact name, from a plain map. */
    static Map<String, String> connection(String base, Map<String, String> headers, byte[] body) throws Exception {
        HttpURLConnection c = (HttpURLConnection) new URL(base + PATH).openConnection();
        c.setRequestMethod("POST");
        c.setDoOutput(true);
        headers.forEach(c::setRequestProperty);
        try (OutputStream out = c.getOutputStream()) {
            out.write(body);
        }
        int status = c.getResponseCode();
        Map<String, String> reply = new HashMap<>();
        reply.put("status", String.valueOf(status));
        reply.put("request_id", c.getHeaderFields().get("X-Ca-Request-Id").get(0));
        if (status == 200) {
            try (InputStream in = c.getInputStream()) {
                reply.put("body", new String(in.readAllBytes(), StandardCharsets.UTF_8));
            }
            return reply;
        }
        reply.put("code", c.getHeaderFields().get("X-Ca-Error-Code").get(0));
        reply.put("message", utf8(c.getHeaderFields().get("X-Ca-Error-Message").get(0)));
        try (InputStream in = c.getErrorStream()) {
            reply.put("body", in == null ? "" : new String(in.readAllBytes(), StandardCharsets.UTF_8));
        }
        return reply;
    }

    static Map<String, String> client(String base, Map<String, String> headers, byte[] body) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(base + PATH)).POST(HttpRequest.BodyPublishers.ofByteArray(body));
        headers.forEach(request::header);
        HttpResponse<String> response = CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
        Map<String, String> reply = new HashMap<>();
        reply.put("status", String.valueOf(response.statusCode()));
        reply.put("request_id", response.headers().firstValue("X-Ca-Request-Id").orElseThrow());
        reply.put("body", response.body());
        if (response.statusCode() != 200) {
            reply.put("code", response.headers().firstValue("X-Ca-Error-Code").orElseThrow());
            reply.put("message", utf8(response.headers().firstValue("X-Ca-Error-Message").orElseThrow()));
        }
        return reply;
    }

    /** Adds the headers of a signature, and gives the string that was signed. */
    static String sign(Map<String, String> q, Map<String, String> headers, byte[] body, Map<String, String> parameters) throws Exception {
        Map<String, String> signed = new TreeMap<>();
        signed.put("X-Ca-Key", q.get("app_key"));
        signed.put("X-Ca-Nonce", q.get("nonce").isEmpty() ? UUID.randomUUID().toString() : q.get("nonce"));
        signed.put("X-Ca-Timestamp", q.get("timestamp").isEmpty() ? String.valueOf(System.currentTimeMillis()) : q.get("timestamp"));
        signed.put("X-Ca-Signature-Method", q.get("method"));
        if (parameters.isEmpty()) {
            headers.put("Content-MD5", Base64.getEncoder().encodeToString(MessageDigest.getInstance("MD5").digest(body)));
        }
        StringBuilder text = new StringBuilder("POST\n");
        for (String name : new String[] {"Accept", "Content-MD5", "Content-Type", "Date"}) {
            text.append(headers.getOrDefault(name, "")).append('\n');
        }
        signed.forEach((name, value) -> text.append(name).append(':').append(value).append('\n'));
        text.append(PATH);
        if (!parameters.isEmpty()) {
            text.append('?').append(parameters.entrySet().stream().map(Object::toString).collect(Collectors.joining("&")));
        }
        Mac mac = Mac.getInstance(q.get("method"));
        mac.init(new SecretKeySpec(q.get("app_secret").getBytes(StandardCharsets.UTF_8), q.get("method")));
        byte[] sum = mac.doFinal(text.toString().getBytes(StandardCharsets.UTF_8));
        headers.putAll(signed);
        headers.put("X-Ca-Signature-Headers", String.join(",", signed.keySet()));
        headers.put("X-Ca-Signature", Base64.getEncoder().encodeToString(sum));
        return text.toString();
    }

    static String encode(Map<String, String> form) {
        return form.entrySet().stream()
            .map(e -> e.getKey() + "=" + URLEncoder.encode(e.getValue(), StandardCharsets.UTF_8))
            .collect(Collectors.joining("&"));
    }

    /** Java reads header values as Latin-1. */
    static String utf8(String value) {
        return new String(value.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
    }

    static final Pattern MEMBER = Pattern.compile("\"(\\w+)\"\\s*:\\s*\"((?:[^\"\\\\]|\\\\.)*)\"");
    static final Pattern ESCAPE = Pattern.compile("\\\\(?:u(\\p{XDigit}{4})|(.))");

    static Map<String, String> read(String line) {
        Map<String, String> object = new HashMap<>();
        for (Matcher m = MEMBER.matcher(line); m.find(); ) {
            object.put(m.group(1), ESCAPE.matcher(m.group(2)).replaceAll(e -> Matcher.quoteReplacement(
                e.group(1) == null ? e.group(2) : String.valueOf((char) Integer.parseInt(e.group(1), 16)))));
        }
        return object;
    }

    static String write(Map<String, String> object) {
        return object.entrySet().stream()
            .map(e -> quote(e.getKey()) + ":" + quote(e.getValue()))
            .collect(Collectors.joining(",", "{", "}"));
    }

    static String quote(String text) {
        StringBuilder b = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            if (c == '"' || c == '\\') {
                b.append('\\').append(c);
            } else if (c < ' ') {
                b.append(String.format("\\u%04x", (int) c));
            } else {
                b.append(c);
            }
        }
        return b.append('"').toString();
    }
}
