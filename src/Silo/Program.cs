// The executable.
using BankEzy.Sessions.EventStore;
using BankEzy.Sessions.Silo;
using BankEzy.Sessions.Silo.Configuration;

try
{
    await using var app = SessionsHost.Build(args);
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
