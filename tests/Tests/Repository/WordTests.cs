// Documents are in standard English: one word for one thing, and none that only this project understands (docs/glossary.md).
using System.Text.RegularExpressions;

namespace BankEzy.Sessions.Tests.Repository;

public partial class WordTests
{
    public static TheoryData<string> Texts =>
    [
        .. RepositoryFiles.Files("*.md"), .. RepositoryFiles.Files("*.yaml"), .. RepositoryFiles.Files("*.yml"),
        .. RepositoryFiles.Files("*.conf"), "Dockerfile", "deploy/make-secrets", ".ci/run", ".ci/programs", ".ci/smoke",
    ];

    [Theory]
    [MemberData(nameof(Texts))]
    public void A_document_has_no_private_words(string path)
    {
        var lines = RepositoryFiles.Read(path).Split('\n');
        for (var i = 0; i < lines.Length; i++)
        {
            var found = Private().Match(lines[i]);
            Assert.False(found.Success, $"{path}:{i + 1}: \"{found.Value}\": use a standard word (docs/glossary.md).");
        }
    }

    [Theory]
    [MemberData(nameof(Texts))]
    public void Two_engines_are_history(string path)
    {
        if (!path.StartsWith("docs/decisions/", StringComparison.Ordinal) && path is not ("CHANGELOG.md" or "docs/performance.md"))
        {
            Assert.DoesNotContain("embedded engine", RepositoryFiles.Read(path), StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain("Engine=", RepositoryFiles.Read(path), StringComparison.OrdinalIgnoreCase);
        }
    }

    [GeneratedRegex(
        @"\b(famil(y|ies)|told|tells|surely|whoever|for ever|edges?|judge[sd]?|judging|hears? of|mend(s|ed)?|front doors?"
            + @"|goes on|come again)\b",
        RegexOptions.IgnoreCase)]
    private static partial Regex Private();
}
