// Measures the built service. Linux; needs the .NET SDK, and for some cases PostgreSQL, node with npm, and strace.
using System.ComponentModel;
using System.Net.Sockets;
using BankEzy.Sessions.Benchmarks;
using BankEzy.Sessions.Benchmarks.Cases;
using BankEzy.Sessions.Benchmarks.Processes;
using BankEzy.Sessions.Benchmarks.Reporting;
using Npgsql;

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
    foreach (var name in options.Commands)
    {
        Bench.Say($"== {name}");
        var begin = TimeProvider.System.GetTimestamp();
        await Suite.Run(name, bench, report);
        Bench.Say($"== {name} took {TimeProvider.System.GetElapsedTime(begin).TotalSeconds:0} s");
    }

    report.Write();
    return 0;
}
catch (Exception failure) when (failure is BenchmarkException or SocketException or IOException or NpgsqlException or Win32Exception)
{
    await Console.Error.WriteLineAsync($"{failure.Message}\n{bench?.LastWords}");
    return 1;
}
finally
{
    bench?.Dispose();
}
