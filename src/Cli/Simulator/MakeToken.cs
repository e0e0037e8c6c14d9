// sessions token make: the tokens of a fresh sign-in, for a developer who tries the API by hand.
using System.CommandLine;

namespace BankEzy.Sessions.Cli.Simulator;

internal static class MakeToken
{
    public const string DeviceDefault = "anid:lIWuLfmQ7Qmb+Ond5gzXdtMvxyX8EnevuDO/Ggpl7S8=:f3bb";

    private static readonly Option<int> Program = new("--program")
    {
        Description = "PROGRAM_ID",
        DefaultValueFactory = _ => 2001,
        HelpName = "id",
    };

    private static readonly Option<string?> ApiKey = new("--api-key")
    {
        Description = "X-API-KEY, MOB-APP- and the program when absent",
        HelpName = "key",
    };

    private static readonly Option<string> Account = new("--account")
    {
        Description = "The account number",
        DefaultValueFactory = _ => "100",
        HelpName = "number",
    };

    private static readonly Option<string> Device = new("--device")
    {
        Description = "The device id",
        DefaultValueFactory = _ => DeviceDefault,
        HelpName = "id",
    };

    private static readonly Option<int> Mode = new("--mode")
    {
        Description = "1: with the PIN, 2: with the device",
        DefaultValueFactory = _ => 1,
        HelpName = "mode",
    };

    public static Command Command(CommonOptions common)
    {
        Mode.AcceptOnlyFromAmong("1", "2");
        var listener = PublicListener.Option();
        var make = new Command("make", "Signs in at the simulator and prints APP and LOGIN: eval \"$(sessions token make)\". "
            + "Development only")
        {
            Program, ApiKey, Account, Device, Mode, listener,
        };
        return new Command("token", "Tokens for trying the API by hand (Development)")
        {
            make.Does(common, async run =>
            {
                using var phone = new SimulatedPhone(
                    PublicListener.Find(run.Given.GetValue(listener)), run.Given.GetValue(Program), run.Given.GetValue(ApiKey));
                var tokens = await phone.SignIn(
                    run.Given.GetValue(Account)!, run.Given.GetValue(Device)!, run.Given.GetValue(Mode), run.Stop);
                Show(run.Out, tokens);
                return ExitCode.Done;
            }),
        };
    }

    private static void Show(Output output, Tokens tokens)
    {
        if (output.IsJson)
        {
            Output.Json(json =>
            {
                json.WriteStartObject();
                json.WriteString("appToken"u8, tokens.App);
                json.WriteString("loginToken"u8, tokens.Login);
                json.WriteString("expiresAt"u8, tokens.ExpiresAt.UtcDateTime);
                json.WriteEndObject();
            });
            return;
        }

        Console.Out.WriteLine($"APP={tokens.App}\nLOGIN={tokens.Login}"); // For the shell: no line may be broken.
    }
}
