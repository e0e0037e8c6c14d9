// Documents and comments are in standard English: one word for one thing, and none that only this project understands (docs/glossary.md).
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace BankEzy.Sessions.Tests.Repository;

public partial class WordTests
{
    public static TheoryData<string> Texts =>
    [
        .. RepositoryFiles.Files("*.md"), .. RepositoryFiles.Files("*.yaml"), .. RepositoryFiles.Files("*.yml"),
        .. RepositoryFiles.Files("*.conf"), "Dockerfile", "deploy/make-secrets", ".ci/run", ".ci/programs", ".ci/smoke",
    ];

    public static TheoryData<string> Sources => [.. RepositoryFiles.Files("*.cs")];

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
    [MemberData(nameof(Sources))]
    public void A_comment_has_no_private_words(string path)
    {
        var stop = TestContext.Current.CancellationToken;
        var tree = CSharpSyntaxTree.ParseText(RepositoryFiles.Read(path), cancellationToken: stop);
        foreach (var comment in tree.GetRoot(stop).DescendantTrivia().Where(IsComment))
        {
            var found = Private().Match(comment.ToFullString());
            var line = comment.GetLocation().GetLineSpan().StartLinePosition.Line + 1;
            Assert.False(found.Success, $"{path}, comment at line {line}: \"{found.Value}\": use a standard word (docs/glossary.md).");
        }
    }

    [Theory]
    [MemberData(nameof(Texts))]
    [MemberData(nameof(Sources))]
    public void What_the_operator_is_asked_to_run_exists_on_Linux_and_macOS(string path) =>
        Assert.DoesNotContain("base" + "nc", RepositoryFiles.Read(path), StringComparison.Ordinal);

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

    private static bool IsComment(SyntaxTrivia trivia) => trivia.Kind() is
        SyntaxKind.SingleLineCommentTrivia or SyntaxKind.MultiLineCommentTrivia
        or SyntaxKind.SingleLineDocumentationCommentTrivia or SyntaxKind.MultiLineDocumentationCommentTrivia;

    [GeneratedRegex(
        @"\b(famil(y|ies)|told|tells|surely|whoever|for ever|edges?|judges?|judged|judging|hears? of|mend(s|ed)?|front doors?"
            + @"|goes on|come again)\b",
        RegexOptions.IgnoreCase)]
    private static partial Regex Private();
}
