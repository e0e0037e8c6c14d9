// The peers that run on node, from the public packages that peers/package-lock.json names.
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using BankEzy.Sessions.Benchmarks.Load;
using BankEzy.Sessions.Benchmarks.Processes;
using Npgsql;

namespace BankEzy.Sessions.Benchmarks.Cases;

internal static class NodePeers
{
    private static readonly TimeSpan StartMax = TimeSpan.FromSeconds(60);

    private static string Folder => Path.Combine(Bench.Root, "tests", "Benchmarks", "peers");

    /// <summary>Installs, prepares and starts them; says why where it cannot.</summary>
    public static async Task<IReadOnlyList<Peer>> Start(Bench bench)
    {
        if (!await Works("node", "--version") || !await Works("npm", "--version"))
        {
            Suite.LeaveOut(bench, "better-auth and oidc-provider: node and npm are not installed (apt-get install nodejs npm).");
            return [];
        }

        if (!Directory.Exists(Path.Combine(Folder, "node_modules")) && !await Works("npm", "ci", "--no-audit", "--no-fund"))
        {
            Suite.LeaveOut(bench, "better-auth and oidc-provider: npm could not install them.");
            return [];
        }

        return [await BetterAuth(bench), await OidcProvider(bench)];
    }

    private static async Task<Peer> BetterAuth(Bench bench)
    {
        var secret = Secret();
        var (endpoint, connection) = await Run(bench, "better-auth.mjs", secret);
        var key = Encoding.ASCII.GetBytes(secret);
        var cookies = Texts(connection, "SELECT token FROM session WHERE id LIKE 'session%' ORDER BY id").ConvertAll(token =>
            Uri.EscapeDataString($"{token}.{Convert.ToBase64String(HMACSHA256.HashData(key, Encoding.ASCII.GetBytes(token)))}"));
        var longest = cookies.Max(cookie => cookie.Length);
        var origin = $"http://127.0.0.1:{endpoint.Ports[0]}";
        return new Peer(
            $"better-auth {VersionOf("better-auth")}, sign-out",
            "checks the cookie's signature, looks up the session, its user and linked accounts (four SELECTs), deletes the session's row",
            endpoint, new ExpectedAnswer(200, """{"success":true"""), connection,
            $"SELECT {cookies.Count} - count(*) FROM session WHERE id LIKE 'session%'")
        {
            Book = RequestBook.Make(cookies.Count, index =>
                $"POST /api/auth/sign-out HTTP/1.1\r\nHost: {origin["http://".Length..]}\r\nOrigin: {origin}\r\n"
                + $"X-Filler: {new string('-', longest - cookies[index].Length)}\r\n" // escapes make some cookies shorter than others
                + $"Cookie: better-auth.session_token={cookies[index]}\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{{}}"),
        };
    }

    private static async Task<Peer> OidcProvider(Bench bench)
    {
        var secret = Secret();
        var (endpoint, connection) = await Run(bench, "oidc-provider.mjs", secret);
        const string Where = "WHERE kind = 'RefreshToken' AND grant_id LIKE 'grant%'";
        var tokens = Texts(connection, $"SELECT id FROM oidc {Where} ORDER BY id");
        return new Peer(
            $"oidc-provider {VersionOf("oidc-provider")}, revocation",
            "authenticates the client, finds the refresh token, deletes it, then all tokens of its grant and the grant (five DELETEs, "
            + "each its own commit; its PostgreSQL adapter is ours, with prepared statements, as the package brings none)",
            endpoint, new ExpectedAnswer(200, ""), connection, $"SELECT {tokens.Count} - count(*) FROM oidc {Where}")
        {
            Book = RequestBook.Make(tokens.Count, index =>
            {
                var body = $"client_id=app&client_secret={secret}&token={tokens[index]}&token_type_hint=refresh_token";
                return $"POST /token/revocation HTTP/1.1\r\nHost: 127.0.0.1:{endpoint.Ports[0]}\r\n"
                    + $"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {body.Length}\r\n\r\n{body}";
            }),
        };
    }

    private static async Task<(Endpoint Endpoint, string Connection)> Run(Bench bench, string script, string secret)
    {
        var server = await bench.Postgres();
        var connection = server.CreateDatabase();
        var parsed = new NpgsqlConnectionStringBuilder(connection);
        var url = $"postgres://{parsed.Username}:{parsed.Password}@{parsed.Host}:{parsed.Port}/{parsed.Database}";
        Target Start(params string[] arguments) => bench.Keep(Target.Start("node", [script, .. arguments], (port, _) =>
        [
            ("NODE_ENV", "production"), ("PORT", $"{port}"), ("DATABASE_URL", url), ("SECRET", secret),
            ("WORKERS", $"{Environment.ProcessorCount}"),
        ], Folder));

        var sessions = bench.Options.Size(120_000, 3_000);
        Bench.Say($"preparing {sessions:N0} sessions for {script}");
        var preparing = Start("prepare", $"{sessions}");
        await preparing.ExpectSuccess();
        bench.End(preparing);
        var target = Start();
        await target.WaitUntilReady(target.PublicPort, "/health", StartMax);
        IReadOnlyList<int> Processes() => [target.Id, .. Costs.ChildrenOf(target.Id)];
        var endpoint = new Endpoint([target.PublicPort], () => Costs.Of(Processes()), () => Costs.OfTree(server.ProcessId));
        return (endpoint, connection);
    }

    private static string Secret() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));

    private static string VersionOf(string package)
    {
        using var file = File.OpenRead(Path.Combine(Folder, "node_modules", package, "package.json"));
        return System.Text.Json.JsonDocument.Parse(file).RootElement.GetProperty("version").GetString()!;
    }

    private static List<string> Texts(string connectionString, string sql) =>
        [.. Sql.Rows(connectionString, sql, row => row.GetString(0))];

    private static async Task<bool> Works(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { WorkingDirectory = Folder })!;
            await process.WaitForExitAsync();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false; // There is no such program.
        }
    }
}
