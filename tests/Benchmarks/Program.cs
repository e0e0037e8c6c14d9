// Measures the built service. Linux; needs nothing but the .NET SDK.
using System.Net.Sockets;
using BankEzy.Sessions.Benchmarks;
using BankEzy.Sessions.Benchmarks.Load;

if (args is ["ceiling"])
{
    await CeilingServer.Run();
    return 0;
}

if (Options.Read(args) is not { } options)
{
    await Console.Error.WriteLineAsync(Options.Usage);
    return 2;
}

Stage? stage = null;
try
{
    var report = new Report(options);
    if (options.Command is "logout" or "all")
    {
        var secrets = Secrets.Make();
        stage = await Stage.Set(Report.Root, options.Disk, secrets);
        report.Add(await new LogoutBenchmark(options, stage, secrets).Run());
        stage.Dispose();
    }

    if (options.Command is "parts" or "all")
    {
        report.Add(await Parts.Measure(options));
    }

    report.Write();
    return 0;
}
catch (Exception failure) when (failure is BenchmarkException or SocketException or IOException)
{
    await Console.Error.WriteLineAsync($"{failure.Message}\n{stage?.Service?.LastWords}");
    return 1;
}
finally
{
    stage?.Dispose();
}
