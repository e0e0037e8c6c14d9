// The documents say what the code does: names in them exist, and lists in them are complete.
using System.Text.RegularExpressions;
using BankEzy.Sessions.Api.Http;
using BankEzy.Sessions.Users;

namespace BankEzy.Sessions.Tests.Repository;

public partial class DocumentTests
{
    public static TheoryData<string> Documents => [.. RepositoryFiles.Files("*.md")];

    [Theory]
    [MemberData(nameof(Documents))]
    public void A_document_has_a_title_and_names_only_files_that_exist(string path)
    {
        var text = RepositoryFiles.Read(path);
        Assert.StartsWith("# ", text, StringComparison.Ordinal);
        foreach (var name in FileNames().Matches(text).Select(match => match.Groups[1].Value))
        {
            Assert.True(RepositoryFiles.Has(name), $"{path} names {name}, which does not exist.");
        }

        foreach (var link in Links().Matches(text).Select(match => match.Groups[1].Value))
        {
            var target = Path.GetRelativePath(RepositoryFiles.Root, Path.Combine(RepositoryFiles.Root, Path.GetDirectoryName(path)!, link));
            Assert.True(RepositoryFiles.Has(target), $"{path} links to {link}, which does not exist.");
        }

        foreach (var (file, anchor) in Anchors().Matches(text).Select(match => (match.Groups[1].Value, match.Groups[2].Value)))
        {
            var target = file.Length == 0 ? path : Path.Combine(Path.GetDirectoryName(path)!, file);
            var titles = Titles().Matches(RepositoryFiles.Read(target)).Select(match => AnchorOf(match.Groups[1].Value));
            Assert.True(titles.Contains(anchor), $"{path} links to #{anchor} of {target}, which has no such title.");
        }
    }

    [Fact]
    public void Every_decision_is_in_the_index()
    {
        var index = RepositoryFiles.Read("docs/decisions/README.md");
        var decisions = RepositoryFiles.Files("*.md").Where(path => path.StartsWith("docs/decisions/0", StringComparison.Ordinal)).ToList();
        Assert.All(decisions, path => Assert.True(
            index.Contains($"| [{Path.GetFileName(path)[..4]}]({Path.GetFileName(path)}) | ", StringComparison.Ordinal),
            $"Add a line for {path} to docs/decisions/README.md."));
        Assert.Equal(decisions.Count, decisions.Select(path => Path.GetFileName(path)[..4]).Distinct().Count());
    }

    [Fact]
    public void Every_word_of_the_glossary_stands_in_it_once()
    {
        var words = Words().Matches(RepositoryFiles.Read("docs/glossary.md")).Select(match => match.Groups[1].Value).ToList();
        Assert.True(words.Count > 30);
        Assert.Equal(words.Distinct(), words);
    }

    [Fact]
    public void Every_refusal_is_in_the_list_of_error_codes()
    {
        var text = RepositoryFiles.Read("docs/error-codes.md");
        foreach (var code in Enum.GetValues<RefusalCode>().Where(code => code != RefusalCode.None))
        {
            Assert.Contains($"| `{Refusals.NameOf(code)}` | {Refusals.AnswerTo(code).Status} |", text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Every_event_is_described_in_the_architecture()
    {
        var text = RepositoryFiles.Read("docs/architecture.md");
        Assert.All(UserEventCodec.Names, name => Assert.Contains($"`{name}`", text, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_setting_is_in_the_table_and_the_table_has_no_other()
    {
        var rules = RepositoryFiles.Files("*Rules.cs").Where(path => path.StartsWith("src/Silo/", StringComparison.Ordinal));
        var inCode = SettingNames().Matches(string.Concat(rules.Select(RepositoryFiles.Read)))
            .Select(match => match.Groups[1].Value
                .Replace(":", "__", StringComparison.Ordinal).Replace("{key}", "Programs__<id>", StringComparison.Ordinal)
                .Replace("__{n}", "", StringComparison.Ordinal));
        var inText = TableRows().Matches(RepositoryFiles.Read("docs/configuration.md"))
            .Select(match => match.Groups[1].Value.Replace("__0", "", StringComparison.Ordinal));
        Assert.Equal(inCode.Distinct().Order(StringComparer.Ordinal), inText.Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_session_policy_says_the_limits_that_hold()
    {
        var text = RepositoryFiles.Read("docs/session-policy.md");
        var policy = SessionPolicy.Default;
        Assert.Contains($"`IdleTimeout` | {policy.IdleTimeout:c} ", text, StringComparison.Ordinal);
        Assert.Contains($"`AbsoluteTimeout` | {policy.AbsoluteTimeout:c} ", text, StringComparison.Ordinal);
        Assert.Contains($"`MaxSessions` | {policy.MaxSessions} ", text, StringComparison.Ordinal);
        Assert.Contains($"`MaxTokenLifetime` | {TokenLimits.LifetimeMax:c} ", text, StringComparison.Ordinal);
    }

    [GeneratedRegex(@"`((?:src|tests|docs|\.ci)/[A-Za-z0-9_./-]+)`")]
    private static partial Regex FileNames();

    [GeneratedRegex(@"\]\(((?!https?:)[^)#]+)")]
    private static partial Regex Links();

    // As GitHub makes them: lower case, without punctuation, blanks as hyphens.
    private static string AnchorOf(string title) =>
        new([.. title.ToLowerInvariant().Where(letter => char.IsLetterOrDigit(letter) || letter is ' ' or '-' or '_')
            .Select(letter => letter == ' ' ? '-' : letter)]);

    [GeneratedRegex(@"\]\(((?!https?:)[^)#]*)#([^)]+)\)")]
    private static partial Regex Anchors();

    [GeneratedRegex(@"^#+ (.+?)\r?$", RegexOptions.Multiline)]
    private static partial Regex Titles();

    [GeneratedRegex(@"^\| \*\*([^*]+)\*\*", RegexOptions.Multiline)]
    private static partial Regex Words();

    [GeneratedRegex(@"(?:reader\.(?:Text|Flag|Number|Duration|Url|List)|TokenKeysOf)\(\s*(?:reader, )?\$?""([A-Za-z:{}]+)""")]
    private static partial Regex SettingNames();

    [GeneratedRegex(@"^\| `Sessions__([^`]+)` ", RegexOptions.Multiline)]
    private static partial Regex TableRows();
}
