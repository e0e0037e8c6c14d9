// An app that sends its whole sign-out and is gone before the answer, on a connection that the server has hardly seen: it is signed out.
using BankEzy.Sessions.Tests.Support;

namespace BankEzy.Sessions.Tests.Api;

public sealed class ClosedAtOnceTests(ServiceUnderTest service) : IClassFixture<ServiceUnderTest>
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_was_sent_before_the_end_of_the_connection_is_done(bool closes)
    {
        const int apps = 60;
        var visitors = Enumerable.Range(0, apps).Select(_ => service.NewVisitor()).ToList();
        await Task.WhenAll(visitors.Select(visitor => SendAndGo(RawLogout.Of(visitor).ToBytes(), closes)));
        foreach (var visitor in visitors)
        {
            await Wait.Until(
                async () => (await service.EventsOf(visitor)).Contains("session-signed-out.v1"), () => "A sign-out was not done.");
        }
    }

    private async Task SendAndGo(byte[] request, bool closes)
    {
        var connection = await RawConnection.Open(service.Public);
        await connection.Send(request);
        connection.EndSending();
        if (closes)
        {
            connection.Dispose();
            return;
        }

        await connection.Read();
        connection.Dispose();
    }
}
