// Every JSON answer is one of these records, serialised: what the OpenAPI document shows is what is sent.
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using BankEzy.Sessions.Api.Audit;
using BankEzy.Sessions.Api.Feed;
using BankEzy.Sessions.Api.Health;
using BankEzy.Sessions.Api.Incidents;
using BankEzy.Sessions.Api.Logout;
using BankEzy.Sessions.Api.Notices;
using BankEzy.Sessions.Api.OnBehalf;
using BankEzy.Sessions.Api.RawLog;
using BankEzy.Sessions.Api.Sessions;
using BankEzy.Sessions.Api.Simulator;
using BankEzy.Sessions.Api.Status;
using BankEzy.Sessions.Api.SupportConsole;
using BankEzy.Sessions.Api.Users;

namespace BankEzy.Sessions.Api.Http;

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Acknowledgement))]
[JsonSerializable(typeof(AppTokenAnswer))]
[JsonSerializable(typeof(AppVersionLockList))]
[JsonSerializable(typeof(AuditPage))]
[JsonSerializable(typeof(AuditRequest))]
[JsonSerializable(typeof(ConsoleAnswer))]
[JsonSerializable(typeof(DeviceSignedOutNotice))]
[JsonSerializable(typeof(DeviceName))]
[JsonSerializable(typeof(ElsewhereAnswer))]
[JsonSerializable(typeof(ElsewhereRequest))]
[JsonSerializable(typeof(EndAnswer))]
[JsonSerializable(typeof(EndRequest))]
[JsonSerializable(typeof(LockAnswer))]
[JsonSerializable(typeof(LockRequest))]
[JsonSerializable(typeof(SubjectRequest))]
[JsonSerializable(typeof(WakeAnswer))]
[JsonSerializable(typeof(WakeRequest))]
[JsonSerializable(typeof(WakesPage))]
[JsonSerializable(typeof(ExportedUser))]
[JsonSerializable(typeof(ExportRequest))]
[JsonSerializable(typeof(FeedPage))]
[JsonSerializable(typeof(LockedSignIn))]
[JsonSerializable(typeof(FixedAnswer))]
[JsonSerializable(typeof(FoundUsers))]
[JsonSerializable(typeof(HealthStatus))]
[JsonSerializable(typeof(IncidentAnswer))]
[JsonSerializable(typeof(IncidentList))]
[JsonSerializable(typeof(IncidentPlan))]
[JsonSerializable(typeof(IncidentPlanned))]
[JsonSerializable(typeof(IncidentRun))]
[JsonSerializable(typeof(IncidentStep))]
[JsonSerializable(typeof(Introspection))]
[JsonSerializable(typeof(IntrospectionForm))]
[JsonSerializable(typeof(LogEnd))]
[JsonSerializable(typeof(LogEvent))]
[JsonSerializable(typeof(LoginAnswer))]
[JsonSerializable(typeof(LoginRequest))]
[JsonSerializable(typeof(LogoutRequest))]
[JsonSerializable(typeof(NodeStatus))]
[JsonSerializable(typeof(PreflightAnswer))]
[JsonSerializable(typeof(PreflightRequest))]
[JsonSerializable(typeof(ReportedSession))]
[JsonSerializable(typeof(RevocationForm))]
[JsonSerializable(typeof(SearchRequest))]
[JsonSerializable(typeof(SessionEndedNotice))]
[JsonSerializable(typeof(SessionList))]
[JsonSerializable(typeof(SignInReport))]
[JsonSerializable(typeof(TicketAnswer))]
[JsonSerializable(typeof(TimelinePage))]
[JsonSerializable(typeof(TimelineRequest))]
[JsonSerializable(typeof(TokenExpiredNotice))]
[JsonSerializable(typeof(UserRequest))]
[JsonSerializable(typeof(UserStanding))]
internal sealed partial class ApiJson : JsonSerializerContext
{
    /// <summary>Escapes nothing beyond what JSON asks for, as the contract's answers do; members that are null are left out.</summary>
    public static readonly ApiJson Plain = new(new JsonSerializerOptions
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    });
}
