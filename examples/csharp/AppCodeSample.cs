// 核验接口调用示例：C#，AppCode 认证。需要：.NET、.NET Framework 4.7 或 Mono，不用第三方库。
//
// 只需把 YOUR_APPCODE 换成您的 AppCode（控制台“凭证”页）。
// 示例中的人是虚构的：持测试凭证调用得到 state 1，持正式凭证得到 10015，都不扣次数。
// 正式调用请换成真实的信息，并先取得本人授权；这些信息不要打印，也不要写入日志。
using System;
using System.Collections.Generic;
using System.Linq;
using System.Net.Http;
using System.Net.Http.Headers;
using System.Runtime.Serialization;
using System.Runtime.Serialization.Json;
using System.Threading.Tasks;

static class AppCodeSample
{
    const string BaseUrl = "https://api.example.com";
    const string Path = "/communication/personal/1887";
    const string AppCode = "YOUR_APPCODE";
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
            request.Headers.TryAddWithoutValidation("Authorization", "APPCODE " + AppCode);

            using (var response = await Client.SendAsync(request))
            {
                if ((int)response.StatusCode != 200)
                {
                    // 来自网关的应答：没有报文，原因在响应头里，不扣次数
                    IEnumerable<string> reasons;
                    var reason = response.Headers.TryGetValues("X-Ca-Error-Message", out reasons) ? reasons.First() : "";
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
