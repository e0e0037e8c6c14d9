// The check itself: every event must follow the one before it in its stream. docs/api.md says how the hash is made.
using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace BankEzy.Sessions.Cli.Verify;

/// <summary>An event that is not what was stored.</summary>
/// <param name="Cursor">Its place in the feed.</param>
/// <param name="Stream">Its stream.</param>
/// <param name="Version">Its version.</param>
/// <param name="Name">Its name.</param>
/// <param name="Why">What is wrong with it.</param>
internal sealed record DamagedEvent(string Cursor, string Stream, long Version, string Name, string Why);

/// <summary>Checks the pages of a log in their order.</summary>
/// <remarks>It remembers the version and the hash of the last event of each stream: 56 bytes and the table's own.</remarks>
internal sealed class ChainVerifier : IDisposable
{
    /// <summary>Damaged events beyond these are counted, and not described.</summary>
    public const int DescribedMax = 100;

    private const int EventsPerRange = 500;

    private readonly Dictionary<UInt128, (long Version, ChainHash Hash)> _last = [];
    private readonly IncrementalHash _fingerprint = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private LogCursor _before;

    public long Events { get; private set; }

    public int Streams => _last.Count;

    public long Damages { get; private set; }

    /// <summary>The first damaged events in the feed's order.</summary>
    public List<DamagedEvent> Damaged { get; } = [];

    /// <summary>SHA-256 over the stored hashes in the feed's order: two logs with the same one hold the same events.</summary>
    public string Fingerprint => Convert.ToHexStringLower(_fingerprint.GetCurrentHash());

    public void Dispose() => _fingerprint.Dispose();

    /// <summary>Checks the next page.</summary>
    /// <exception cref="InvalidDataException">It has another form than this tool knows.</exception>
    public void Check(LogPage page)
    {
        InRanges(page.Entries.Length, page.Read);
        page.Cut();
        var count = page.Entries.Length;
        var faults = new string?[count];
        Link(page, faults);
        InRanges(count, (from, to) => CheckHashes(page, faults, from, to));
        for (var i = 0; i < count; i++)
        {
            if (faults[i] is { } why && ++Damages <= DescribedMax)
            {
                var (cursor, stream, name) = page.Describe(page.Entries[i]);
                Damaged.Add(new DamagedEvent(cursor, stream, page.Entries[i].Version, name, why));
            }
        }

        Events += count;
    }

    // Gives each event the hash of its predecessor. This alone cannot be shared among processors.
    private void Link(LogPage page, string?[] faults)
    {
        var hashes = new byte[page.Entries.Length * ChainHash.Size];
        for (var i = 0; i < page.Entries.Length; i++)
        {
            ref var entry = ref page.Entries[i];
            ref var last = ref System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(_last, entry.Stream, out _);
            last.Hash.Write(page.HashedOf(entry));
            faults[i] = !entry.HasStream ? "it names a stream that the log does not have"
                : entry.Version != last.Version + 1 ? $"version {last.Version + 1} of its stream should be here: one is missing, "
                    + "doubled or renumbered"
                : !entry.Cursor.IsAfter(_before) ? "it stands before an event that was stored earlier"
                : null;
            (last, _before) = ((entry.Version, entry.Hash), entry.Cursor);
            entry.Hash.Write(hashes.AsSpan(i * ChainHash.Size));
        }

        _fingerprint.AppendData(hashes);
    }

    private static void CheckHashes(LogPage page, string?[] faults, int from, int to)
    {
        Span<byte> digest = stackalloc byte[ChainHash.Size];
        for (var i = from; i < to; i++)
        {
            SHA256.HashData(page.HashedOf(page.Entries[i]), digest);
            if (ChainHash.Read(digest) != page.Entries[i].Hash)
            {
                faults[i] ??= "its hash is not that of its bytes and of the event before it";
            }
        }
    }

    private static void InRanges(int count, Action<int, int> work)
    {
        if (count == 0)
        {
            return;
        }

        try
        {
            Parallel.ForEach(Partitioner.Create(0, count, EventsPerRange), range => work(range.Item1, range.Item2));
        }
        catch (AggregateException failures) when (failures.InnerException is InvalidDataException form)
        {
            throw new InvalidDataException(form.Message, form);
        }
    }
}
