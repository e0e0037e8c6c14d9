// A row of the table of hostile requests: what is sent, what is answered, what the log says, and what is written.
namespace BankEzy.Sessions.Tests.Support;

/// <summary>One request and everything that it may cause.</summary>
/// <param name="Name">The row's number and what it is about.</param>
/// <param name="Status">The status that is answered.</param>
/// <param name="Code">The code of the one log line; null where the server itself refused, or nobody did.</param>
/// <param name="Events">Events that it appends for a user who has signed in.</param>
/// <param name="Change">What is different from a right request.</param>
public sealed record HostileRow(string Name, int Status, string? Code, int Events, Func<Visitor, RawLogout> Change)
{
    /// <summary>Whether the server must close the connection, as after everything that it could not read to its end.</summary>
    public bool Closes { get; init; }

    /// <summary>Sends the row and checks its answer, its log line and the user's stream.</summary>
    public async Task Check(ServiceUnderTest service)
    {
        service.Time.Advance(TimeSpan.FromSeconds(1)); // a line a second of each code
        var visitor = await service.SignIn();
        var (lines, before) = (service.Log.Codes.Count, await service.LogLength());
        var answer = await service.Ask(Change(visitor));

        Assert.Equal(Status, answer.Status);
        Assert.True(answer.IsClosed || !Closes, "the connection is still open");
        Assert.Equal(Code is null ? [] : [Code], service.Log.Codes.Skip(lines));
        Assert.Equal(before + Events, await service.LogLength());
        if (Code is not null || Status == 200)
        {
            Assert.StartsWith($$"""{"resCode":{{Status}},"resDesc":""", answer.Body, StringComparison.Ordinal);
            Assert.Equal("application/json; charset=utf-8", answer.Header("Content-Type"));
            Assert.Equal("no-store", answer.Header("Cache-Control"));
        }

        Assert.Null(answer.Header("Server"));
    }
}
