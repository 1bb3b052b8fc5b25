// 核验接口调用示例：Objective-C，签名认证（AppKey 和 AppSecret）。需要：Xcode，或 GCC 与 GNUstep，不用第三方库。
//
// 只需把 YOUR_APPKEY 和 YOUR_APPSECRET 换成您的 AppKey 和 AppSecret（控制台“凭证”页）。
// 示例中的人是虚构的：持测试凭证调用得到 state 1，持正式凭证得到 10015，都不扣次数。
// 正式调用请换成真实的信息，并先取得本人授权；这些信息不要打印，也不要写入日志。
//
// 注意：用户拿得到客户端里的一切。真实产品绝不能把 AppSecret 放在客户端：
// 请由您自己的服务器签名并调用本接口，客户端只调用您的服务器。此文件仅供联调。
#import <Foundation/Foundation.h>

#if __has_include(<CommonCrypto/CommonHMAC.h>)
#import <CommonCrypto/CommonHMAC.h>
#else // Linux 上的 GNUstep 没有 CommonCrypto，用它自带的 GnuTLS
#import <gnutls/crypto.h>
#endif

static NSString *const BaseURL = @"https://api.example.com";
static NSString *const Path = @"/communication/personal/1887";
static NSString *const AppKey = @"YOUR_APPKEY";
static NSString *const AppSecret = @"YOUR_APPSECRET";
static const NSTimeInterval Timeout = 15; // 服务端最多用 10 秒，这里多等几秒

static void print(FILE *to, NSString *line) {
    fprintf(to, "%s\n", [line UTF8String]);
}

static NSString *encode(NSDictionary *form) {
    NSCharacterSet *plain = [NSCharacterSet characterSetWithCharactersInString:
        @"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"];
    NSMutableArray *fields = [NSMutableArray array];
    for (NSString *name in form) {
        NSString *value = [[form objectForKey:name] stringByAddingPercentEncodingWithAllowedCharacters:plain];
        [fields addObject:[NSString stringWithFormat:@"%@=%@", name, value]];
    }
    return [fields componentsJoinedByString:@"&"];
}

static NSString *hmacSHA256(NSString *secret, NSString *text) {
    NSData *key = [secret dataUsingEncoding:NSUTF8StringEncoding];
    NSData *message = [text dataUsingEncoding:NSUTF8StringEncoding];
    unsigned char sum[32];
#if __has_include(<CommonCrypto/CommonHMAC.h>)
    CCHmac(kCCHmacAlgSHA256, [key bytes], [key length], [message bytes], [message length], sum);
#else
    gnutls_hmac_fast(GNUTLS_MAC_SHA256, [key bytes], [key length], [message bytes], [message length], sum);
#endif
    return [[NSData dataWithBytes:sum length:sizeof sum] base64EncodedStringWithOptions:0];
}

// 为请求加上签名。
static void sign(NSMutableURLRequest *request, NSDictionary *form) {
    [request setValue:AppKey forHTTPHeaderField:@"X-Ca-Key"];
    [request setValue:[[NSUUID UUID] UUIDString] forHTTPHeaderField:@"X-Ca-Nonce"]; // 每次调用都不同
    [request setValue:[NSString stringWithFormat:@"%lld", (long long)([[NSDate date] timeIntervalSince1970] * 1000)]
        forHTTPHeaderField:@"X-Ca-Timestamp"]; // 毫秒，15 分钟内有效

    // 待签名串：方法和四个请求头各占一行（没有的留空行），然后是参与签名的请求头，
    // 最后是路径和按名称排序的参数（用原文，不编码），末尾不换行
    NSMutableString *text = [NSMutableString stringWithFormat:@"%@\n", [request HTTPMethod]];
    for (NSString *name in [NSArray arrayWithObjects:@"Accept", @"Content-MD5", @"Content-Type", @"Date", nil]) {
        NSString *value = [request valueForHTTPHeaderField:name];
        [text appendFormat:@"%@\n", value ? value : @""];
    }
    NSArray *signedNames = [NSArray arrayWithObjects:@"X-Ca-Key", @"X-Ca-Nonce", @"X-Ca-Timestamp", nil]; // 按名称排序
    for (NSString *name in signedNames) {
        [text appendFormat:@"%@:%@\n", name, [request valueForHTTPHeaderField:name]];
    }
    NSMutableArray *fields = [NSMutableArray array];
    for (NSString *name in [[form allKeys] sortedArrayUsingSelector:@selector(compare:)]) {
        [fields addObject:[NSString stringWithFormat:@"%@=%@", name, [form objectForKey:name]]];
    }
    [text appendFormat:@"%@?%@", Path, [fields componentsJoinedByString:@"&"]];

    [request setValue:[signedNames componentsJoinedByString:@","] forHTTPHeaderField:@"X-Ca-Signature-Headers"];
    [request setValue:hmacSHA256(AppSecret, text) forHTTPHeaderField:@"X-Ca-Signature"];
}

static int call(void) {
    NSDictionary *form = [NSDictionary dictionaryWithObjectsAndKeys: // 先值后名
        @"郑天辉", @"name",
        @"23060220060102795X", @"idcard",
        @"6200000000000000018", @"acc_no",
        @"13952034809", @"mobile",
        nil];
    NSMutableURLRequest *request = [NSMutableURLRequest requestWithURL:[NSURL URLWithString:[BaseURL stringByAppendingString:Path]]];
    [request setHTTPMethod:@"POST"];
    [request setHTTPBody:[encode(form) dataUsingEncoding:NSUTF8StringEncoding]];
    [request setTimeoutInterval:Timeout];
    [request setValue:@"application/json" forHTTPHeaderField:@"Accept"];
    [request setValue:@"application/x-www-form-urlencoded; charset=UTF-8" forHTTPHeaderField:@"Content-Type"];
    sign(request, form);

    // 命令行程序用同步方法最简单；App 里请改用 NSURLSession，不要阻塞主线程。
    NSURLResponse *reply = nil;
    NSError *error = nil;
    NSData *body = [NSURLConnection sendSynchronousRequest:request returningResponse:&reply error:&error];
    NSHTTPURLResponse *response = (NSHTTPURLResponse *)reply;
    if (response == nil) {
        // 超时或网络故障：无法确定是否已扣次数。要能放心重试，请为每笔业务加上自己的请求头 Idempotency-Key
        print(stderr, [NSString stringWithFormat:@"没有得到应答：%@", [error localizedDescription]]);
        return 1;
    }
    if ([response statusCode] != 200) {
        // 来自网关的应答：没有报文，原因在响应头里，不扣次数
        NSString *reason = [[response allHeaderFields] objectForKey:@"X-Ca-Error-Message"];
        // 签名不符时，逗号之后是服务端的待签名串，含有个人信息，不要打印
        reason = [[reason componentsSeparatedByString:@", Server StringToSign:"] objectAtIndex:0];
        print(stderr, [NSString stringWithFormat:@"网关拒绝：HTTP %ld %@", (long)[response statusCode], reason]);
        return 1;
    }

    NSDictionary *answer = [NSJSONSerialization JSONObjectWithData:body options:0 error:NULL];
    NSString *code = [answer objectForKey:@"code"], *seqNo = [answer objectForKey:@"seqNo"];
    if ([code isEqualToString:@"10000"]) {
        // state：1 一致，2 不一致，3 异常
        NSString *state = [[answer objectForKey:@"data"] objectForKey:@"state"];
        print(stdout, [NSString stringWithFormat:@"code=%@ state=%@ seqNo=%@", code, state, seqNo]);
    } else {
        // 没有结论，不扣次数
        print(stdout, [NSString stringWithFormat:@"code=%@ message=%@ seqNo=%@", code, [answer objectForKey:@"message"], seqNo]);
    }
    return 0;
}

int main(void) {
#ifdef __clang__
    @autoreleasepool {
        return call();
    }
#else // GCC
    NSAutoreleasePool *pool = [NSAutoreleasePool new];
    int result = call();
    [pool release];
    return result;
#endif
}
