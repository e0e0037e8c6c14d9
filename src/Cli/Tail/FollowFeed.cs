// sessions tail: what ends sessions, as it happens. It connects again by itself and misses nothing.
using System.CommandLine;
using System.Net.Http.Headers;
using System.Text.Json;
using BankEzy.Sessions.Cli.Service;

namespace BankEzy.Sessions.Cli.Tail;

internal static class FollowFeed
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(2);
    private static readonly Option<string> After = new("--after")
    {
        Description = "A cursor, 'end' for what comes from now on, or 'start' for everything",
        DefaultValueFactory = _ => "end",
        HelpName = "cursor",
    };

    private static readonly Option<string?> User = new("--user")
    {
        Description = "Every event of this user alone, sign-ins included",
        HelpName = "reference",
    };

    private static readonly Option<bool> Accounts = new("--accounts") { Description = "Whole account numbers, where the key may see them" };
    private static readonly Option<long?> Count = new("--count") { Description = "Ends after so many events", HelpName = "count" };

    public static Command Command(CommonOptions common)
    {
        After.CompletionSources.Add("end", "start");
        return new Command("tail", "Follows the feed: every event that ends sessions. Ends with Ctrl-C. Roles: support, operate, audit")
        {
            After, User, Accounts, Count,
        }.Does(common, Run);
    }

    private static async Task<int> Run(CommandRun run)
    {
        var path = PathOf(run.Given);
        var left = run.Given.GetValue(Count) ?? long.MaxValue;
        try
        {
            var last = await FindStart(run);
            while (left > 0)
            {
                try
                {
                    await foreach (var happened in Open(run.Service, path, last, run.Stop))
                    {
                        Show(run.Out, happened);
                        last = happened.Id.Length > 0 ? happened.Id : last;
                        if (--left == 0)
                        {
                            return ExitCode.Done;
                        }
                    }

                    throw new IOException("The service ended the stream.");
                }
                catch (Exception failure) when (last is not null && IsPassing(failure, run.Stop))
                {
                    run.Out.Note($"{failure.Message} Connecting again; nothing is missed.");
                }

                await Task.Delay(RetryAfter, run.Time, run.Stop);
            }
        }
        catch (OperationCanceledException) when (run.Stop.IsCancellationRequested)
        {
            // Ctrl-C is how it is meant to end.
        }

        return ExitCode.Done;
    }

    // Where to resume when the connection breaks before the first event: at the end as it is now. A failure here is the answer to the
    // person who has just typed the command. One user's events have no cursor of the end, and the start needs none.
    private static async Task<string?> FindStart(CommandRun run)
    {
        if (run.Given.GetValue(User) is not null || run.Given.GetValue(After) is not { } after || after == "start")
        {
            return null;
        }

        using var page = await run.Service.Get(
            $"/internal/feed/v1?follow=false&max=1&accounts=masked&after={Uri.EscapeDataString(after)}", run.Stop);
        return after == "end" ? page.RootElement.GetProperty("next").GetString() : after;
    }

    private static bool IsPassing(Exception failure, CancellationToken stop) =>
        failure is Failure { Code: ExitCode.Unreachable } || (failure is not Failure && ServiceClient.IsBroken(failure, stop));

    private static string PathOf(ParseResult given)
    {
        var fields = new List<string> { given.GetValue(Accounts) ? "follow=true" : "accounts=masked" };
        if (given.GetValue(After) is { } after and not "start")
        {
            fields.Add($"after={Uri.EscapeDataString(after)}");
        }

        if (given.GetValue(User) is { } user)
        {
            fields.Add($"user={Uri.EscapeDataString(user)}&events=all");
        }

        return $"/internal/feed/v1?{string.Join('&', fields)}";
    }

    private static async IAsyncEnumerable<SentEvent> Open(
        ServiceClient service, string path, string? last, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken stop)
    {
        var request = service.New(HttpMethod.Get, path);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
        if (last is not null)
        {
            request.Headers.TryAddWithoutValidation("Last-Event-ID", last);
        }

        using var response = await service.Open(request, stop);
        await using var stream = await response.Content.ReadAsStreamAsync(stop);
        await foreach (var happened in ServerSentEvents.Read(stream, stop))
        {
            yield return happened;
        }
    }

    private static void Show(Output output, SentEvent happened)
    {
        using var data = JsonDocument.Parse(happened.Data);
        if (output.IsJson)
        {
            Output.Json(json =>
            {
                json.WriteStartObject();
                json.WriteString("cursor"u8, happened.Id);
                json.WriteString("event"u8, happened.Name);
                json.WritePropertyName("data"u8);
                json.WriteRawValue(happened.Data);
                json.WriteEndObject();
            });
            return;
        }

        var said = data.RootElement;
        var who = said.Text("user") is { Length: > 0 } user ? user : $"program {said.Text("program")} account {said.Text("account")}";
        var what = said.Text("words") is { Length: > 0 } words ? words
            : $"device {said.Text("device")}, sessions {said.List("sessions").Count()}";
        var at = said.Text("at") is { Length: > 0 } time ? time : (said.Part("data") ?? default).Text("at");
        output.Line($"{at}  {happened.Name}  {who}  {what}  {happened.Id}");
    }
}
