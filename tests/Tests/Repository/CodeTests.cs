// The rules of the code, checked on its text and syntax.
using System.Reflection;
using BankEzy.Sessions.EventStore;
using BankEzy.Sessions.Tests.EventStore;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace BankEzy.Sessions.Tests.Repository;

public class CodeTests
{
    private const int FunctionLinesMax = 70;
    private const int FileLinesMax = 300;
    private const int LineMax = 140;

    public static TheoryData<string> Sources => [.. RepositoryFiles.Files("*.cs")];

    [Theory]
    [MemberData(nameof(Sources))]
    public void A_file_is_one_idea_and_a_function_one_screen(string path)
    {
        var text = RepositoryFiles.Read(path);
        var lines = text.Split('\n');
        Assert.True(lines.Length <= FileLinesMax + 1, $"{path} has {lines.Length} lines; split it by ideas (at most {FileLinesMax}).");
        for (var i = 0; i < lines.Length; i++)
        {
            var fits = lines[i].Length <= LineMax || IsUnbreakable(lines[i]);
            Assert.True(fits, $"{path}:{i + 1} has {lines[i].Length} columns (at most {LineMax}).");
        }

        var stop = TestContext.Current.CancellationToken;
        var nodes = CSharpSyntaxTree.ParseText(text, cancellationToken: stop).GetRoot(stop).DescendantNodes();
        foreach (var function in nodes.Where(node => node is BaseMethodDeclarationSyntax or LocalFunctionStatementSyntax))
        {
            var span = function.GetLocation().GetLineSpan();
            var (first, length) = (span.StartLinePosition.Line + 1, span.EndLinePosition.Line - span.StartLinePosition.Line + 1);
            Assert.True(length <= FunctionLinesMax, $"{path}:{first}: a function of {length} lines (at most {FunctionLinesMax}).");
        }
    }

    [Theory]
    [MemberData(nameof(Sources))]
    public void Nothing_is_left_for_later(string path)
    {
        string[] leftovers = ["TO" + "DO", "FIX" + "ME", "HA" + "CK:", "NotImplemented" + "Exception", "Console.WriteLine(\"DE" + "BUG"];
        var text = RepositoryFiles.Read(path);
        Assert.DoesNotContain(leftovers, leftover => text.Contains(leftover, StringComparison.Ordinal));
    }

    [Fact]
    public void The_decider_and_the_state_are_pure()
    {
        string[] impure = ["async ", "await ", "TimeProvider", "DateTimeOffset.UtcNow", "System.IO", "ILogger", "Random"];
        foreach (var path in (string[])["UserDecider", "UserEvolution", "UserState", "DeviceSignIn", "NoticeRules"])
        {
            var text = RepositoryFiles.Read($"src/Grains/Users/{path}.cs");
            Assert.DoesNotContain(impure, word => text.Contains(word, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void What_crosses_to_a_grain_is_immutable()
    {
        var setters = typeof(IUserGrain).Assembly.GetExportedTypes()
            .Where(type => type.Namespace == "BankEzy.Sessions")
            .SelectMany(type => type.GetProperties(BindingFlags.Public | BindingFlags.Instance))
            .Where(property => property.SetMethod is { IsPublic: true } setter
                && !setter.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(System.Runtime.CompilerServices.IsExternalInit)));
        Assert.Empty(setters);
    }

    [Fact]
    public void References_go_one_way()
    {
        static string[] References(Type type) => [.. type.Assembly.GetReferencedAssemblies().Select(name => name.Name!)];
        Assert.DoesNotContain("BankEzy.Sessions.Grains", References(typeof(global::BankEzy.Sessions.Api.ApiOptions)));
        Assert.DoesNotContain("BankEzy.Sessions.Api", References(typeof(IEventStore)));
        Assert.DoesNotContain(References(typeof(IUserGrain)), name => name.StartsWith("BankEzy", StringComparison.Ordinal));
        Assert.DoesNotContain(
            References(typeof(global::BankEzy.Sessions.Cli.CommonOptions)), name => name.StartsWith("BankEzy", StringComparison.Ordinal));
    }

    [Fact]
    public void Every_store_runs_the_contract_suite()
    {
        var stores = new[] { typeof(MemoryEventStore).Assembly, typeof(Silo.Configuration.Settings).Assembly }
            .SelectMany(assembly => assembly.GetTypes())
            .Where(type => type.IsClass && !type.IsAbstract && typeof(IEventStore).IsAssignableFrom(type))
            .Select(type => type.Name.Replace("EventStore", "StoreTests", StringComparison.Ordinal));
        var suites = typeof(StoreContract).Assembly.GetTypes()
            .Where(type => !type.IsAbstract && typeof(StoreContract).IsAssignableFrom(type)).Select(type => type.Name);
        Assert.Equal(["MemoryStoreTests", "PostgresStoreTests", "SqliteStoreTests"], stores.Order(StringComparer.Ordinal));
        Assert.Equal(stores.Order(StringComparer.Ordinal), suites.Order(StringComparer.Ordinal));
    }

    // A raw literal or a URL cannot be broken without changing it.
    private static bool IsUnbreakable(string line) =>
        line.Contains("curl ", StringComparison.Ordinal) || line.Contains("eyJ", StringComparison.Ordinal);
}
