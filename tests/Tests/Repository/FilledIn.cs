// Templates of secrets with values as an operator would fill them in, so that the service itself can check the rest.
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using BankEzy.Sessions.Silo.Configuration;
using Microsoft.Extensions.Configuration;

namespace BankEzy.Sessions.Tests.Repository;

internal static class FilledIn
{
    /// <summary>A value that fits a secret's name.</summary>
    public static string Value(string name) => name switch
    {
        "ConnectionStrings__Sessions" or "ConnectionStrings__SessionsMigrations" => "Host=127.0.0.1;Database=sessions;Password=x",
        _ when name.Contains("Management", StringComparison.Ordinal) => Convert.ToHexStringLower(Bytes(name)),
        _ => Base64Url.EncodeToString(Bytes(name)),
    };

    /// <summary>Fails where a node would not start with these environment variables.</summary>
    public static void AssertAccepted(IEnumerable<KeyValuePair<string, string>> environment)
    {
        var values = environment.ToList();
        Assert.Contains(values, pair => pair is { Key: "ASPNETCORE_ENVIRONMENT", Value: "Production" });
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(values.Select(
            pair => KeyValuePair.Create(pair.Key.Replace("__", ":", StringComparison.Ordinal), (string?)pair.Value))).Build();
        Assert.Equal(StoreKind.Postgres, SettingsRules.Read(configuration, isDevelopment: false).Store);
    }

    private static byte[] Bytes(string name) => SHA256.HashData(Encoding.UTF8.GetBytes(name));
}
