// One service for the tests of a class: each test is a person of its own. It is started by the first test that has a browser.
namespace BankEzy.Sessions.Tests.Browser;

public sealed class DemoFixture : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("bankezy-demo-").FullName;

    public DemoFixture()
    {
        Node = new DemoNode(DemoNode.FreePort(), ("Sessions__Sqlite__Path", Path.Combine(folder, "sessions.db")));
    }

    internal DemoNode Node { get; }

    public void Dispose()
    {
        Node.Dispose();
        Directory.Delete(folder, recursive: true);
    }
}
