// Reads the log page by page; the next one is on its way while the last one is checked.
using System.Text.Json;
using BankEzy.Sessions.Cli.Service;

namespace BankEzy.Sessions.Cli.Verify;

/// <summary>Reads <c>GET /internal/log/v1</c>.</summary>
/// <param name="service">The service.</param>
internal sealed class LogReader(ServiceClient service)
{
    /// <summary>The most events of a page.</summary>
    public const int PageMax = 10_000;

    private const int TriesMax = 4;

    /// <summary>Reads the page after a cursor; null for the first one. An answer that is broken off is asked for again, and so is, once the
    /// reading has begun, one that cannot be had for a moment.</summary>
    /// <exception cref="Failure">It cannot be had.</exception>
    public async Task<LogPage> Read(string? after, int max, CancellationToken stop)
    {
        for (var attempt = 1; ; attempt++)
        {
            var path = $"/internal/log/v1?max={max}{(after is null ? "" : $"&after={Uri.EscapeDataString(after)}")}";
            Failure failure;
            try
            {
                if (await TryRead(path, stop) is { } page)
                {
                    return page;
                }

                failure = new Failure(ExitCode.Unreachable, "The service broke its answer off.",
                    "Repeat it, and look into the service's log.");
            }
            catch (Failure refused) when (refused.Code == ExitCode.Unreachable && after is not null)
            {
                failure = refused;
            }

            if (attempt == TriesMax)
            {
                throw new Failure(
                    failure.Code, $"The log cannot be read after {after ?? "its beginning"}. {failure.Message}",
                    $"{failure.Advice} If always the same part cannot be read, the file itself is damaged: docs/operations.md, damage.");
            }

            await Task.Delay(TimeSpan.FromSeconds(attempt), TimeProvider.System, stop);
        }
    }

    private async Task<LogPage?> TryRead(string path, CancellationToken stop)
    {
        var answer = await service.Ask(service.New(HttpMethod.Get, path), stop);
        var page = new LogPage(answer, answer.Length);
        try
        {
            page.Split();
        }
        catch (JsonException)
        {
            return null;
        }

        return page.Next is null ? null : page;
    }
}
