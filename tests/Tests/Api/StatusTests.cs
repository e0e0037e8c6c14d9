// GET /internal/status/v1 over the real host.
using System.Text.Json;
using BankEzy.Sessions.Tests.Support;

namespace BankEzy.Sessions.Tests.Api;

public sealed class StatusTests
{
    [Fact]
    public async Task A_node_says_what_it_measured_and_what_it_refused()
    {
        await using var service = await ServiceUnderTest.Start();
        var visitor = await service.SignIn();
        await service.Logout(visitor);
        await service.Sessions(visitor.LoginToken);
        await service.Sessions(visitor.LoginToken);
        var status = await Ask(service);
        Assert.Equal(
            ["Sign-outs work on this node. Its one silo is active.", "Nothing waits on this node."],
            status.GetProperty("sentences").EnumerateArray().Select(sentence => sentence.GetString()!));
        Assert.Equal("active", Assert.Single(status.GetProperty("silos").EnumerateArray()).GetProperty("status").GetString());
        Assert.Equal((true, 0), (status.GetProperty("logWorks").GetBoolean(), status.GetProperty("feedLagMilliseconds").GetInt64()));
        Assert.Equal(0, status.GetProperty("oldestWaitingNoticeMilliseconds").GetInt64());
        Assert.Equal(2, status.GetProperty("appends").GetProperty("count").GetInt32());
        Assert.Equal(
            """[{"code":"revoked","count":2}]""", status.GetProperty("refusals").GetProperty("codes").GetRawText());
    }

    [Fact]
    public async Task A_log_that_cannot_be_used_is_said_and_is_no_503()
    {
        await using var service = await ServiceUnderTest.Start();
        service.Store.IsDown = true;
        var status = await Ask(service);
        Assert.False(status.GetProperty("logWorks").GetBoolean());
        Assert.Equal("Sign-outs fail on this node: the log cannot be used.", status.GetProperty("sentences")[0].GetString());
    }

    private static async Task<JsonElement> Ask(ServiceUnderTest service)
    {
        var reply = await service.Manage("/internal/status/v1", content: null);
        Assert.Equal(200, reply.Status);
        return JsonElement.Parse(reply.Body);
    }
}
