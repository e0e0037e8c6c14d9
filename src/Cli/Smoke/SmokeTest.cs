// sessions smoke: after a deployment, does the service sign in and out?
using System.CommandLine;
using System.Globalization;
using BankEzy.Sessions.Cli.Simulator;

namespace BankEzy.Sessions.Cli.Smoke;

internal static class SmokeTest
{
    /// <summary>No bank gives out an account number of nineteen nines: the account of smoke tests.</summary>
    private const string AccountDefault = "9999999999999999999";

    private static readonly Option<int> Program = new("--program")
    {
        Description = "PROGRAM_ID",
        DefaultValueFactory = _ => 2001,
        HelpName = "id",
    };

    private static readonly Option<string> Account = new("--account")
    {
        Description = "The account that is signed in and out: one that no customer has",
        DefaultValueFactory = _ => AccountDefault,
        HelpName = "number",
    };

    private static readonly Option<string> Reason = new("--reason")
    {
        Description = "The reason of the sign-out",
        DefaultValueFactory = _ => "test",
        HelpName = "code",
    };

    private static readonly Option<bool> Simulator = new("--simulator")
    {
        Description = "Signs in and out as a phone does, through the public listener, with tokens of the simulator (Development)",
    };

    private static readonly Option<string?> ApiKey = new("--api-key") { Description = "X-API-KEY, with --simulator", HelpName = "key" };

    public static Command Command(CommonOptions common)
    {
        var listener = PublicListener.Option();
        return new Command("smoke", "Signs a reserved account in and out at the running service and checks every answer. Roles: "
            + "report, introspect and support")
        {
            Program, Account, Reason, Simulator, ApiKey, listener,
        }.Does(common, async run =>
        {
            var steps = new List<Step>();
            var work = new SmokeSteps(run, run.Given.GetValue(Program), run.Given.GetValue(Account)!, step =>
            {
                steps.Add(step);
                if (!run.Out.IsJson)
                {
                    run.Out.Line(string.Create(CultureInfo.InvariantCulture, $"ok  {step.Took.TotalMilliseconds,8:0.0} ms  {step.Name}"));
                }
            });
            await (run.Given.GetValue(Simulator)
                ? work.ByPhone(PublicListener.Find(run.Given.GetValue(listener)), run.Given.GetValue(ApiKey))
                : work.ByServices(run.Given.GetValue(Reason)!));
            Show(run.Out, steps);
            return ExitCode.Done;
        });
    }

    private static void Show(Output output, List<Step> steps)
    {
        if (!output.IsJson)
        {
            output.Line("The service signs in and out.", "green");
            return;
        }

        Output.Json(json =>
        {
            json.WriteStartObject();
            json.WriteBoolean("ok"u8, true);
            json.WriteStartArray("steps"u8);
            foreach (var step in steps)
            {
                json.WriteStartObject();
                json.WriteString("step"u8, step.Name);
                json.WriteNumber("milliseconds"u8, Math.Round(step.Took.TotalMilliseconds, 1));
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        });
    }
}
