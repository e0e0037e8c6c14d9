// Measures the built service. Linux; needs the .NET SDK, and for some cases PostgreSQL, node with npm, and strace.
using BankEzy.Sessions.Benchmarks;
using BankEzy.Sessions.Benchmarks.Cases;
using BankEzy.Sessions.Benchmarks.Processes;
using BankEzy.Sessions.Benchmarks.Reporting;

switch (args)
{
    case ["ceiling"]:
        await CeilingServer.Run();
        return 0;
    case ["plain-insert"]:
        await PlainInsertServer.Run();
        return 0;
}

if (Options.Read(args) is not { } options)
{
    await Console.Error.WriteLineAsync(Options.Usage);
    return 2;
}

Bench? bench = null;
try
{
    await Bench.Build();
    bench = new Bench(options);
    var report = new Report(bench);
    var failed = await Suite.RunAll(bench, report);
    report.Write();
    return failed ? 1 : 0;
}
catch (Exception failure) when (Suite.IsExpected(failure))
{
    await Console.Error.WriteLineAsync($"{failure.Message}\n{bench?.LastWords}");
    return 1;
}
finally
{
    bench?.Dispose();
}
