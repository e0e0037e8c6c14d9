// The table: every route of the management listener that asks for a key.
using System.Text;
using BankEzy.Sessions.Tests.Support;

namespace BankEzy.Sessions.Tests.Api;

public sealed partial class ManagementRoleTests
{
    // A user of one of the programs who is signed in, after an earlier session on the same device.
    private sealed record Subject(int Program, Visitor Visitor, Guid Earlier = default)
    {
        public string Token => Program == Own ? Visitor.LoginToken : Visitor.LoginTokenWith(("PROGRAM_ID", $"{Program}"));

        public string User => $"\"program\":{Program},\"account\":\"{Visitor.Account}\"";
    }

    // What is asked, which roles may, and what an answer about an own user shows that one about a foreign user does not.
    private sealed record Route(string Path, string Roles, Func<Subject, HttpContent?> Ask, Func<Subject, string> Shows);

    private static readonly Route[] Routes =
    [
        new("POST /internal/introspect/v1", "introspect", subject => Form($"token={subject.Token}&program={subject.Program}"),
            _ => "\"active\":true"),
        new("POST /internal/sessions/v1", "report",
            subject => Json($$"""
                {{{subject.User}},"sessionId":"{{subject.Visitor.Session}}","deviceId":"{{subject.Visitor.Device}}","signInMode":1,
                "expiresAt":"{{subject.Visitor.IssuedAt.AddMinutes(30):yyyy-MM-dd'T'HH:mm:ss'Z'}}"}
                """),
            subject => $"\"sessionId\":\"{subject.Visitor.Session}\""),
        new("POST /internal/revoke/v1", "report support", subject => Form($"token={subject.Token}"), _ => "SUCCESS"),
        new("GET /internal/feed/v1", "support operate audit", _ => null, subject => $"{subject.Earlier}"),
        new("POST /internal/user/v1", "support audit", subject => Json($"{{{subject.User}}}"), _ => "\"signInMode\":1"),
        new("POST /internal/timeline/v1", "support audit", subject => Json($"{{{subject.User}}}"), _ => "session-started.v1"),
        new("POST /internal/audit/v1", "audit", _ => Json("{}"), subject => KeyOf(subject)),
        new("POST /internal/search/v1", "support audit", subject => Json($"{{{subject.User}}}"), KeyOf),
        new("POST /internal/export/v1", "support audit", subject => Json($"{{{subject.User}}}"), _ => "session-started.v1"),
        new("POST /internal/sign-out/v1", "support", subject => OnBehalf(subject, ",\"scope\":\"user\""), _ => "\"ended\":["),
        new("POST /internal/lock/v1", "support", subject => OnBehalf(subject, ""), _ => "\"changed\":true"),
        new("POST /internal/release/v1", "support", subject => OnBehalf(subject, ""), _ => "\"changed\":false"),
        new("GET /internal/wakes/v1", "report support", _ => null, KeyOf),
        new("POST /internal/wakes/v1", "report support",
            subject => Json($"{{{subject.User},\"device\":\"{DeviceId.Of(subject.Visitor.Device).HashText}\",\"version\":1}}"),
            _ => "\"wake\":false"),
        new("POST /internal/global-token-revocation/v1", "report support",
            subject => Json(
                $"{{\"sub_id\":{{\"format\":\"iss_sub\",\"iss\":\"{subject.Program}\",\"sub\":\"{subject.Visitor.Account}\"}}}}"),
            _ => ""),
        new("POST /internal/incidents/v1", "operate", subject => Json(PlanOf(subject, subject.Earlier)), _ => "\"phase\":\"counting\""),
        new("POST /internal/incidents/v1/preflight", "operate", subject => Json($$"""{"program":{{subject.Program}}}"""), _ => "\"silos\""),
        .. (Route[])
        [
            Step("count", "counting"), Step("approve", "counted"), Step("run", "running"), Step("pause", "paused"),
            Step("resume", "running"),
        ],
        new("GET /internal/incidents/v1", "support operate audit", _ => null, subject => $"\"id\":\"{subject.Visitor.Session}\""),
        new("GET /internal/app-versions/v1", "support operate audit", _ => null,
            subject => $"\"appVersion\":\"{subject.Visitor.Session}\""),
        new("GET /internal/status/v1", "operate audit", _ => null, _ => ""),
        new("GET /internal/log/v1", "audit", _ => null, subject => $"\"stream\":\"user-{KeyOf(subject)}\""),
        new("GET /orleans", "operate", _ => null, _ => ""),
    ];

    // Of an incident whose id is the session's.
    private static Route Step(string name, string phase) => new(
        $"POST /internal/incidents/v1/{name}", "operate",
        subject => Json($$"""{"id":"{{subject.Visitor.Session}}","count":1}"""), _ => $"\"phase\":\"{phase}\"");

    private static string PlanOf(Subject subject, Guid id) =>
        $$"""{"program":{{subject.Program}},"requestId":"{{id}}","reason":"incident","devices":["{{subject.Visitor.Device}}"]}""";

    private static StringContent OnBehalf(Subject subject, string more) =>
        Json($"{{{subject.User},\"reason\":\"test\",\"requestId\":\"{subject.Visitor.Session}\"{more}}}");

    private static StringContent Form(string body) => new(body, Encoding.UTF8, "application/x-www-form-urlencoded");
}
