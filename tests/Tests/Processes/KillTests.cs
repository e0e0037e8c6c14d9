// What a 200 is worth: the service is killed under load again and again, and everything that it had acknowledged is there.
using System.Collections.Concurrent;

namespace BankEzy.Sessions.Tests.Processes;

public sealed class KillTests : IDisposable
{
    private const int Cycles = 6;
    private const int Clients = 16;
    private const int AcknowledgedPerCycle = 150;

    private readonly string _folder = Directory.CreateTempSubdirectory("sessions-kill-").FullName;

    [Fact]
    public async Task What_was_acknowledged_survives_kill_9_and_nothing_is_there_twice()
    {
        var acknowledged = new ConcurrentDictionary<long, string>();
        var attempted = new ConcurrentDictionary<long, string>();
        var next = 0L;
        for (var cycle = 0; cycle < Cycles; cycle++)
        {
            using var service = await ServiceProcess.Start(_folder);
            var goal = acknowledged.Count + AcknowledgedPerCycle;
            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var clients = Enumerable.Range(0, Clients).Select(_ => Task.Run(async () =>
            {
                while (true)
                {
                    // Every fifth request repeats one whose answer may have been lost.
                    var account = Interlocked.Increment(ref next);
                    account = account % 5 == 0 ? Math.Max(1, account - Clients) : account;
                    var token = attempted.GetOrAdd(account, static account => ServiceProcess.TokenOf(account));
                    switch (await service.Logout(token))
                    {
                        case 200:
                            acknowledged[account] = token;
                            if (acknowledged.Count >= goal)
                            {
                                reached.TrySetResult();
                            }

                            break;
                        case null:
                            return;
                        case var status:
                            Assert.Fail($"A valid logout was answered {status}.");
                            break;
                    }
                }
            })).ToArray();
            await await Task.WhenAny([reached.Task, .. clients]);
            await service.Kill();
            await Task.WhenAll(clients);
        }

        using var restarted = await ServiceProcess.Start(_folder);
        foreach (var (account, token) in attempted)
        {
            var ends = (await restarted.Timeline(account)).Count(name => name == "session-signed-out.v1");
            if (acknowledged.ContainsKey(account))
            {
                Assert.Equal(1, ends);
                Assert.Equal("{\"active\":false}", await restarted.Introspect(token));
                Assert.Equal(200, await restarted.Logout(token));
            }
            else
            {
                Assert.InRange(ends, 0, 1);
            }
        }

        Assert.Equal(0, await restarted.Terminate());
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
