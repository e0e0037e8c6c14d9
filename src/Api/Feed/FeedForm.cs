// What a feed of all users brings: which events, and how one is shown. How it is read, resumed and kept open is the same for all.
namespace BankEzy.Sessions.Api.Feed;

/// <summary>An event as a feed shows it.</summary>
/// <typeparam name="TData">What it says.</typeparam>
/// <param name="Cursor">Its place in the feed.</param>
/// <param name="Program">The program whose event it is.</param>
/// <param name="Name">Its stored name.</param>
/// <param name="Data">What it says.</param>
internal readonly record struct FeedItem<TData>(FeedCursor Cursor, int Program, string Name, TData Data);

/// <summary>A feed of all users.</summary>
/// <typeparam name="TData">What its events say.</typeparam>
internal abstract class FeedForm<TData>
{
    /// <summary>Whether an event of this stored name is in the feed.</summary>
    public abstract bool IsOne(string name);

    /// <summary>Reads an event whose name is in the feed.</summary>
    /// <exception cref="InvalidDataException">Its content is damaged; the message says where it is.</exception>
    public abstract FeedItem<TData> Read(StoredEvent stored);

    /// <summary>The item of an end of sessions that the pump has brought; null where what the feed brings was stored beside it, and is to
    /// be read from the log.</summary>
    public abstract FeedItem<TData>? Find(SessionsEnded ended);

    /// <summary>What an event says, as one line of JSON in UTF-8.</summary>
    public abstract byte[] Line(TData data);

    /// <summary>A page as JSON in UTF-8.</summary>
    /// <param name="items">Its events, in commit order.</param>
    /// <param name="next">The cursor to ask with the next time.</param>
    /// <param name="more">Whether there is more to be read at once.</param>
    public abstract byte[] Page(IReadOnlyList<FeedItem<TData>> items, string next, bool more);
}
