// The steps of the smoke test, in their order. Each one asks the running service, and the first that is not as it should be ends it.
using System.Text.Json;
using BankEzy.Sessions.Cli.Simulator;
using BankEzy.Sessions.Cli.Users;

namespace BankEzy.Sessions.Cli.Smoke;

/// <summary>A step that was done.</summary>
/// <param name="Name">What was done.</param>
/// <param name="Took">How long it took.</param>
internal sealed record Step(string Name, TimeSpan Took);

/// <summary>Signs a reserved account in and out.</summary>
/// <param name="run">The command.</param>
/// <param name="program">PROGRAM_ID.</param>
/// <param name="account">The reserved account.</param>
/// <param name="done">Gets each step when it is done.</param>
internal sealed class SmokeSteps(CommandRun run, int program, string account, Action<Step> done)
{
    private const string Device = "sessions-smoke";
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(5);
    private static readonly string[] Ends = ["session-signed-out.v1", "device-signed-out.v1", "signed-out-on-behalf.v1"];
    private long _before;

    /// <summary>With the calls of the bank's services alone: works everywhere.</summary>
    public async Task ByServices(string reason)
    {
        var session = OnBehalf.NewRequestId();
        await Do("report a session", () => Report(session));
        await Do("introspect: active", () => Introspect(session, isActive: true));
        await Do("sign out", () => SignOut(session, reason));
        await Do("introspect: not active", () => Introspect(session, isActive: false));
        await Do("timeline: signed out once", () => CheckTimeline(session));
    }

    /// <summary>As a phone does, with the contract's own calls and the simulator's tokens: Development only.</summary>
    public async Task ByPhone(Uri listener, string? apiKey)
    {
        using var phone = new SimulatedPhone(listener, program, apiKey);
        await Do("find the user", FindVersion);
        var tokens = await Do("sign in at the simulator", () => phone.SignIn(account, MakeToken.DeviceDefault, 1, run.Stop));
        await Do("introspect: active", () => IntrospectToken(tokens, isActive: true));
        await Do("sign out", () => phone.SignOut(tokens, MakeToken.DeviceDefault, 1, run.Stop));
        await Do("sign out again: the same answer", () => phone.SignOut(tokens, MakeToken.DeviceDefault, 1, run.Stop));
        await Do("introspect: not active", () => IntrospectToken(tokens, isActive: false));
        await Do("timeline: signed out once", () => CheckTimeline(session: null));
    }

    private Task<bool> Do(string name, Func<Task> step) => Do(name, async () =>
    {
        await step();
        return true;
    });

    private async Task<T> Do<T>(string name, Func<Task<T>> step)
    {
        var began = run.Time.GetTimestamp();
        try
        {
            var result = await step();
            done(new Step(name, run.Time.GetElapsedTime(began)));
            return result;
        }
        catch (Failure failure)
        {
            throw new Failure(failure.Code, $"The step '{name}' failed. {failure.Message}", failure.Advice);
        }
    }

    private async Task Report(Guid session)
    {
        using var answer = await run.Service.Post("/internal/sessions/v1", json =>
        {
            WriteUser(json);
            json.WriteString("sessionId"u8, session);
            json.WriteString("deviceId"u8, Device);
            json.WriteNumber("signInMode"u8, 1);
            json.WriteString("expiresAt"u8, (run.Time.GetUtcNow() + Lifetime).UtcDateTime);
        }, run.Stop);
        _before = answer.RootElement.GetProperty("version").GetInt64() - 1;
    }

    private async Task FindVersion()
    {
        using var answer = await run.Service.Post("/internal/user/v1", WriteUser, run.Stop);
        _before = answer.RootElement.GetProperty("version").GetInt64();
    }

    private async Task SignOut(Guid session, string reason)
    {
        using var answer = await run.Service.Post("/internal/sign-out/v1", json =>
        {
            WriteUser(json);
            json.WriteString("scope"u8, "session");
            json.WriteString("sessionId"u8, session);
            json.WriteString("reason"u8, reason);
            json.WriteString("requestId"u8, OnBehalf.NewRequestId());
        }, run.Stop);
        Expect(answer.RootElement.List("ended").Any(), "The service ended nothing.");
    }

    private Task Introspect(Guid session, bool isActive) => Introspect(
        isActive, new("program", $"{program}"), new("account", account), new("session_id", $"{session}"));

    private Task IntrospectToken(Tokens tokens, bool isActive) =>
        Introspect(isActive, new("token", tokens.Login), new("program", $"{program}"));

    private async Task Introspect(bool isActive, params KeyValuePair<string, string>[] fields)
    {
        using var answer = await run.Service.PostForm("/internal/introspect/v1", fields, run.Stop);
        Expect(answer.RootElement.GetProperty("active").GetBoolean() == isActive,
            isActive ? "A session that has just begun is not active." : "A session that was signed out is still active.");
    }

    // Of this run alone: the reserved account has the events of all earlier ones.
    private async Task CheckTimeline(Guid? session)
    {
        using var page = await run.Service.Post("/internal/timeline/v1", json =>
        {
            WriteUser(json);
            json.WriteNumber("after"u8, _before);
        }, run.Stop);
        var ends = page.RootElement.List("events").Count(one => Ends.Contains(one.Text("name"))
            && (session is null || one.Text("data").Contains($"{session}", StringComparison.Ordinal)));
        Expect(ends == 1, $"The log has {ends} sign-outs of this session, not one.");
    }

    private void WriteUser(Utf8JsonWriter json)
    {
        json.WriteNumber("program"u8, program);
        json.WriteString("account"u8, account);
    }

    private static void Expect(bool isTrue, string otherwise)
    {
        if (!isTrue)
        {
            throw new Failure(ExitCode.Failed, otherwise, "Do not send customers to this node. Look at 'sessions status' and the "
                + "service's log.");
        }
    }
}
