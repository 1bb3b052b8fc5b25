// 核验接口调用示例：C#，签名认证（AppKey 和 AppSecret）。需要：.NET、.NET Framework 4.7 或 Mono，不用第三方库。
//
// 只需把 YOUR_APPKEY 和 YOUR_APPSECRET 换成您的 AppKey 和 AppSecret（控制台“凭证”页）。
// 示例中的人是虚构的：持测试凭证调用得到 state 1，持正式凭证得到 10015，都不扣次数。
// 正式调用请换成真实的信息，并先取得本人授权；这些信息不要打印，也不要写入日志。
using System;
using System.Collections.Generic;
using System.Linq;
using System.Net.Http;
using System.Net.Http.Headers;
using System.Runtime.Serialization;
using System.Runtime.Serialization.Json;
using System.Security.Cryptography;
using System.Text;
using System.Threading.Tasks;

static class SignedSample
{
    const string BaseUrl = "https://api.example.com";
    const string Path = "/communication/personal/1887";
    const string AppKey = "YOUR_APPKEY";
    const string AppSecret = "YOUR_APPSECRET";
    const string Accept = "application/json";
    const string ContentType = "application/x-www-form-urlencoded; charset=UTF-8";

    // 正式项目里全程共用一个 HttpClient。服务端最多用 10 秒，这里多等几秒。
    static readonly HttpClient Client = new HttpClient { Timeout = TimeSpan.FromSeconds(15) };

    static int Main()
    {
        try
        {
            return Call().GetAwaiter().GetResult();
        }
        catch (Exception e) when (e is HttpRequestException || e is OperationCanceledException)
        {
            // 网络故障或超时：无法确定是否已扣次数。要能放心重试，请为每笔业务加上自己的请求头 Idempotency-Key
            Console.Error.WriteLine("没有得到应答：" + (e is OperationCanceledException ? "超时" : e.Message));
            return 1;
        }
    }

    static async Task<int> Call()
    {
        var form = new Dictionary<string, string>
        {
            { "name", "郑天辉" },
            { "idcard", "23060220060102795X" },
            { "acc_no", "6200000000000000018" },
            { "mobile", "13952034809" },
        };
        using (var request = new HttpRequestMessage(HttpMethod.Post, BaseUrl + Path))
        {
            request.Content = new FormUrlEncodedContent(form);
            request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(ContentType);
            request.Headers.TryAddWithoutValidation("Accept", Accept);
            Sign(request.Headers, form);

            using (var response = await Client.SendAsync(request))
            {
                if ((int)response.StatusCode != 200)
                {
                    // 来自网关的应答：没有报文，原因在响应头里，不扣次数
                    IEnumerable<string> reasons;
                    var reason = response.Headers.TryGetValues("X-Ca-Error-Message", out reasons) ? reasons.First() : "";
                    // 签名不符时，逗号之后是服务端的待签名串，含有个人信息，不要打印
                    reason = reason.Split(new[] { ", Server StringToSign:" }, StringSplitOptions.None)[0];
                    Console.Error.WriteLine("网关拒绝：HTTP " + (int)response.StatusCode + " " + reason);
                    return 1;
                }
                var body = await response.Content.ReadAsStreamAsync();
                var answer = (Answer)new DataContractJsonSerializer(typeof(Answer)).ReadObject(body);
                Console.WriteLine(answer.Code == "10000"
                    ? "code=" + answer.Code + " state=" + answer.Data.State + " seqNo=" + answer.SeqNo // state：1 一致，2 不一致，3 异常
                    : "code=" + answer.Code + " message=" + answer.Message + " seqNo=" + answer.SeqNo); // 没有结论，不扣次数
                return 0;
            }
        }
    }

    // 为请求头加上签名。
    static void Sign(HttpRequestHeaders headers, IDictionary<string, string> form)
    {
        var signed = new SortedDictionary<string, string>(StringComparer.Ordinal) // 按名称排序
        {
            { "X-Ca-Key", AppKey },
            { "X-Ca-Nonce", Guid.NewGuid().ToString() }, // 每次调用都不同
            { "X-Ca-Timestamp", DateTimeOffset.UtcNow.ToUnixTimeMilliseconds().ToString() }, // 毫秒，15 分钟内有效
        };

        // 待签名串：方法、Accept、Content-MD5、Content-Type、Date 各占一行（没有的留空行），然后是
        // 参与签名的请求头，最后是路径和按名称排序的参数（用原文，不编码），末尾不换行
        var text = "POST" + "\n" + Accept + "\n" + "\n" + ContentType + "\n" + "\n"
            + string.Concat(signed.Select(h => h.Key + ":" + h.Value + "\n"))
            + Path + "?" + string.Join("&", form.OrderBy(f => f.Key, StringComparer.Ordinal).Select(f => f.Key + "=" + f.Value));

        foreach (var header in signed)
        {
            headers.TryAddWithoutValidation(header.Key, header.Value);
        }
        headers.TryAddWithoutValidation("X-Ca-Signature-Headers", string.Join(",", signed.Keys));
        using (var hmac = new HMACSHA256(Encoding.UTF8.GetBytes(AppSecret)))
        {
            headers.TryAddWithoutValidation("X-Ca-Signature", Convert.ToBase64String(hmac.ComputeHash(Encoding.UTF8.GetBytes(text))));
        }
    }
}

[DataContract]
class Answer
{
    [DataMember(Name = "code")] public string Code { get; set; }
    [DataMember(Name = "message")] public string Message { get; set; }
    [DataMember(Name = "data")] public Verdict Data { get; set; } // 没有结论时为 null
    [DataMember(Name = "seqNo")] public string SeqNo { get; set; } // 联系客服时请提供
}

[DataContract]
class Verdict
{
    [DataMember(Name = "state")] public string State { get; set; }
}
