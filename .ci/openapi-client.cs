// What .ci/openapi does with the client that is generated from docs/openapi.json. Arguments: public address, management address, key.
using Generated;
using Generated.Models;
using Microsoft.Kiota.Abstractions;
using Microsoft.Kiota.Abstractions.Authentication;
using Microsoft.Kiota.Http.HttpClientLibrary;

const string Device = "anid:lIWuLfmQ7Qmb+Ond5gzXdtMvxyX8EnevuDO/Ggpl7S8=:f3bb";

static SessionsClient Client(string url, params (string Name, string Value)[] headers)
{
    var http = new HttpClient();
    foreach (var (name, value) in headers)
    {
        http.DefaultRequestHeaders.Add(name, value);
    }

    return new SessionsClient(new HttpClientRequestAdapter(new AnonymousAuthenticationProvider(), httpClient: http) { BaseUrl = url });
}

static void Expect(bool holds, string what)
{
    if (!holds)
    {
        throw new InvalidOperationException($"Not so: {what}");
    }
}

(string, string) app = ("X-API-KEY", "MOB-APP-2001"), account = ("X-ACCOUNT-NUMBER", "100");
var appToken = (await Client(args[0], app, account).TokenService.New.V2.Token.PostAsync())!.Token!;
var login = await Client(args[0], app, account, ("X-API-TOKEN", appToken)).Onboarding.User.Login.V1.PostAsync(
    new LoginRequest { DeviceId = Device, SignInMode = 1, Pin = "1111" });
var loginToken = login!.Data!.Token!;

var management = Client(args[1], ("Authorization", $"Bearer {args[2]}"));
var alive = await management.Internal.Introspect.V1.PostAsync(new IntrospectionForm { Token = loginToken, TokenTypeHint = "access_token" });
Expect(alive is { Active: true, Sub: "100", Sid: not null } && alive.Exp > alive.Iat, "a session that has started is alive");
var byId = await management.Internal.Introspect.V1.PostAsync(
    new IntrospectionForm { Program = 2001, Account = "100", SessionId = alive!.Sid });
Expect(byId!.Active == true, "its id says the same");

var phone = Client(args[0], app, ("X-API-TOKEN", loginToken));
Expect((await phone.Onboarding.User.Sessions.V1.GetAsync())!.Data!.Count == 1, "the user has one session");
var answer = await phone.Onboarding.User.Logout.V1.PostAsync(new LogoutRequest { DeviceId = Device, Token = appToken });
Expect(answer is { ResCode: 200, ResDesc: "SUCCESS" }, "a logout is answered 200");
var dead = await management.Internal.Introspect.V1.PostAsync(new IntrospectionForm { Token = loginToken });
Expect(dead is { Active: false, Sub: null }, "the session is dead");

var timeline = await management.Internal.Timeline.V1.PostAsync(new TimelineRequest { Program = 2001, Account = "100" });
Expect(timeline!.Events!.Count == 2 && timeline.More == false, "the log has a start and a sign-out");
try
{
    await phone.Onboarding.User.Sessions.V1.GetAsync();
    throw new InvalidOperationException("A dead token lists sessions.");
}
catch (FixedAnswer refused)
{
    Expect(refused.ResCode == 401, "a refusal is the answer that the document shows");
}
