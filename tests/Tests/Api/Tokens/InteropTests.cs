// Others' tokens opened by us, ours opened by others: kept tokens of one library, and a second implementation live.
using System.Buffers.Text;
using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using BankEzy.Sessions.Api.Tokens;
using BankEzy.Sessions.Tests.Support;

namespace BankEzy.Sessions.Tests.Api.Tokens;

public sealed class InteropTests
{
    [Fact]
    public void Tokens_of_npm_jose_are_opened()
    {
        using var file = TestTokens.Resource("npm-jose.json");
        using var keys = TestTokens.Keys(Base64Url.DecodeFromChars(file.RootElement.GetProperty("key").GetString()));
        foreach (var theirs in file.RootElement.GetProperty("theirs").EnumerateArray())
        {
            var token = theirs.GetProperty("token").GetString()!;
            var plaintext = new byte[CompactJwe.PlaintextMax];
            Assert.Equal(TokenFault.None, CompactJwe.Open(keys, Encoding.ASCII.GetBytes(token), plaintext, out var length));
            Assert.Equal(theirs.GetProperty("plaintext").GetString(), Encoding.UTF8.GetString(plaintext, 0, length));
            Assert.Equal(TokenFault.None, TestTokens.Judge(keys, token, out var claims));
            Assert.Equal(2001, claims.Program);
        }
    }

    [Fact]
    public async Task The_jose_command_and_we_open_each_others_tokens()
    {
        var stop = TestContext.Current.CancellationToken;
        var folder = Directory.CreateTempSubdirectory("jose-interop-").FullName;
        try
        {
            var (key, claims, token) = (Path.Combine(folder, "key"), Path.Combine(folder, "claims"), Path.Combine(folder, "token"));
            await File.WriteAllTextAsync(key, $$"""{"kty":"oct","k":"{{Base64Url.EncodeToString(TestTokens.Key)}}"}""", stop);
            await File.WriteAllTextAsync(claims, TestTokens.Claims, stop);
            await File.WriteAllTextAsync(token, TestTokens.Seal(TestTokens.Claims), stop);
            using var keys = TestTokens.Keys(TestTokens.Key);

            Assert.Equal(TestTokens.Claims, await Jose("jwe", "dec", "-i", token, "-k", key));

            string[] header = ["-i", $$"""{"protected":{{JoseTokens.ContractHeader}}}"""];
            var issued = await Jose(["jwe", "enc", .. header, "-k", key, "-I", claims, "-c"]);
            Assert.Equal(TokenFault.None, TestTokens.Judge(keys, issued.TrimEnd(), out var read));
            Assert.Equal("9223372036854775", read.Account);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<string> Jose(params string[] arguments)
    {
        using var process = new Process
        {
            StartInfo = new ProcessStartInfo("jose", arguments)
            {
                UseShellExecute = false,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            },
        };
        try
        {
            process.Start();
        }
        catch (Win32Exception)
        {
            Assert.Skip("The jose command is not on this machine: apt-get install jose");
        }

        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, await errors);
        return output;
    }
}
