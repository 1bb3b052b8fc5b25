// 核验接口调用示例：Objective-C，AppCode 认证。需要：Xcode，或 GCC 与 GNUstep，不用第三方库。
//
// 只需把 YOUR_APPCODE 换成您的 AppCode（控制台“凭证”页）。
// 示例中的人是虚构的：持测试凭证调用得到 state 1，持正式凭证得到 10015，都不扣次数。
// 正式调用请换成真实的信息，并先取得本人授权；这些信息不要打印，也不要写入日志。
//
// 注意：用户拿得到客户端里的一切，AppCode 也是密钥。真实产品请由您自己的服务器
// 调用本接口，客户端只调用您的服务器。此文件仅供联调。
#import <Foundation/Foundation.h>

static NSString *const BaseURL = @"https://api.example.com";
static NSString *const Path = @"/communication/personal/1887";
static NSString *const AppCode = @"YOUR_APPCODE";
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
    [request setValue:[@"APPCODE " stringByAppendingString:AppCode] forHTTPHeaderField:@"Authorization"];

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
