// The executable.
using System.Reflection;
using BankEzy.Sessions.EventStore;
using BankEzy.Sessions.Silo;
using BankEzy.Sessions.Silo.Configuration;
using BankEzy.Sessions.Silo.Monitoring;

const string Help = """
    BankEzy.Sessions, the session service of a mobile bank.

      --help       prints this and ends
      --version    prints the version and ends

    Without arguments the service starts. Settings are environment variables such as Sessions__Store=postgres, all of which are listed in
    docs/configuration.md; one may also stand here as --Sessions:Store=postgres. DOTNET_ENVIRONMENT=Development makes its own secrets.
    """;

if (args.Contains("--help") || args.Contains("-h"))
{
    Console.WriteLine(Help);
    return 0;
}

if (args.Contains("--version"))
{
    Console.WriteLine(typeof(SessionsHost).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion);
    return 0;
}

Console.SetOut(new WatchedOutput(Console.Out)); // The log goes there: a reader that stands still must be seen.
try
{
    await using var app = SessionsHost.Build(args);
    PortCheck.Check(app.Services.GetRequiredService<Settings>());
    await app.StartAsync();
    StartupBanner.Print(Console.Out, app);
    await app.WaitForShutdownAsync();
    return 0;
}
catch (Exception e) when (e is SettingsException or StoreUnavailableException or IOException)
{
    // What the operator can correct is said in one message; a stack trace would only hide it.
    await Console.Error.WriteLineAsync(e.Message);
    return 1;
}
