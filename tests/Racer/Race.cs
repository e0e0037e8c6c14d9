// One process's share of the race: every append has a number that no other has, and is tried until the log has it.
using System.Globalization;
using System.Text;
using BankEzy.Sessions.EventStore;

namespace BankEzy.Sessions.Racer;

/// <summary>Appends numbered events to the streams of the same users as the other racers, one at a time for each user.</summary>
internal sealed class Race(IEventStore store, int number, int racers, int appends, int users)
{
    private const int Callers = 384;
    private const int AppendsPerVisit = 10; // A memory of the stream that the others leave alone for a moment is worth keeping.
    private const string Name = "raced.v1";
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly StreamHead[] _heads = new StreamHead[users];
    private readonly SemaphoreSlim[] _turns = [.. Enumerable.Range(0, users).Select(_ => new SemaphoreSlim(1))];
    private int _visits;
    private int _appended;
    private int _conflicts;

    /// <summary>Returns when all of this process's appends are in the log.</summary>
    public async Task<(int Appended, int Conflicts)> Run()
    {
        await foreach (var ended in Task.WhenEach(Enumerable.Range(0, Callers).Select(_ => Task.Run(Visit))))
        {
            await ended; // A caller that fails ends the race: others would wait for its user.
        }

        return (_appended, _conflicts);
    }

    // All racers visit the users in the same order, so that they meet.
    private async Task Visit()
    {
        while (true)
        {
            var visit = Interlocked.Increment(ref _visits) - 1;
            var first = ((visit * racers) + number) * AppendsPerVisit;
            if (first >= appends)
            {
                return;
            }

            var user = visit % users;
            await _turns[user].WaitAsync();
            for (var turn = first; turn < Math.Min(first + AppendsPerVisit, appends); turn++)
            {
                await Append(user, turn);
            }

            _turns[user].Release();
        }
    }

    private async Task Append(int user, int turn)
    {
        var stream = string.Create(CultureInfo.InvariantCulture, $"user {user}");
        var mayBeThere = false;
        while (true)
        {
            var append = Compose(stream, _heads[user], turn);
            switch (await Try(append))
            {
                case AppendOutcome.Appended:
                    _heads[user] = new StreamHead(append.ExpectedVersion + 1, append.Events[0].Hash);
                    Interlocked.Increment(ref _appended);
                    return;
                case AppendOutcome.AlreadyAppended when mayBeThere:
                    Interlocked.Increment(ref _appended);
                    return;
                case AppendOutcome.AlreadyAppended:
                    throw new InvalidOperationException($"The log has append {turn} before it was sent.");
                case AppendOutcome.Conflict:
                    Interlocked.Increment(ref _conflicts);
                    break;
                case AppendOutcome.Unknown:
                    mayBeThere = true;
                    break;
                default:
                    await Task.Delay(Pause, TimeProvider.System); // Refused: nothing was stored, and the server has enough to do.
                    continue;
            }

            _heads[user] = await ReadHead(stream, _heads[user]);
        }
    }

    // Null where definitely nothing was stored.
    private async ValueTask<AppendOutcome?> Try(Append append)
    {
        try
        {
            return await store.Append(append);
        }
        catch (StoreUnavailableException)
        {
            return null;
        }
    }

    private async ValueTask<StreamHead> ReadHead(string stream, StreamHead known)
    {
        try
        {
            var newer = await store.ReadStream(stream, known.Version, 10_000, CancellationToken.None);
            return newer.Count == 0 ? known : new StreamHead(newer[^1].Version, newer[^1].Hash);
        }
        catch (StoreUnavailableException)
        {
            return known; // The next append meets a conflict and asks again.
        }
    }

    private static Append Compose(string stream, StreamHead head, int turn)
    {
        var command = new CommandId(new Guid(turn, 0, 0, new byte[8]));
        var json = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{{\"turn\":{turn}}}"));
        var hash = head.Hash.Next(stream, head.Version + 1, command, 0, Name, json);
        return new Append(stream, head.Version, command, TimeProvider.System.GetUtcNow(), [new NewEvent(Name, json, hash)], null);
    }
}
