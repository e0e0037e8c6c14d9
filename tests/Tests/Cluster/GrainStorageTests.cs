// The statements of grain storage, through Orleans' own provider as the service configures it: subscriptions to streams live there.
using BankEzy.Sessions.Tests.EventStore;
using BankEzy.Sessions.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Storage;

namespace BankEzy.Sessions.Tests.Cluster;

[Collection(PostgresCollection.Name)]
public sealed class GrainStorageTests(PostgresServer server) : IAsyncLifetime
{
    private static readonly GrainId Id = GrainId.Create("note", "sessions/sign-outs/user-1");

    private readonly string _connection = server.CreateSchema();
    private ServiceUnderTest _service = null!;
    private IGrainStorage _storage = null!;

    public async ValueTask InitializeAsync()
    {
        _service = await ServiceUnderTest.Start("--Sessions:Store=postgres", $"--ConnectionStrings:Sessions={_connection}");
        _storage = _service.App.Services.GetRequiredKeyedService<IGrainStorage>("PubSubStore");
    }

    public async ValueTask DisposeAsync()
    {
        await _service.DisposeAsync();
        server.DropSchema(_connection);
    }

    [Fact]
    public async Task A_state_is_read_as_it_was_written_and_is_gone_when_it_was_cleared()
    {
        var note = await Read();
        Assert.Equal((false, null, ""), (note.RecordExists, note.ETag, note.State!.Text));
        await Write(note, "one");
        await Write(note, "two");
        var read = await Read();
        Assert.Equal((true, note.ETag, "two"), (read.RecordExists, read.ETag, read.State!.Text));

        await _storage.ClearStateAsync("note", Id, read);
        var cleared = await Read();
        Assert.Equal((false, ""), (cleared.RecordExists, cleared.State!.Text));
        await Write(cleared, "three");
        Assert.Equal("three", (await Read()).State!.Text);
    }

    [Fact]
    public async Task A_state_is_written_for_the_first_time_once()
    {
        var (one, other) = (await Read(), await Read());
        await Write(one, "one");
        await Assert.ThrowsAsync<InconsistentStateException>(() => Write(other, "other"));
        Assert.Equal("one", (await Read()).State!.Text);
    }

    [Fact]
    public async Task A_write_and_a_clear_on_an_older_state_are_refused()
    {
        var old = await Read();
        await Write(old, "one");
        var newer = await Read();
        await Write(newer, "two");
        await Assert.ThrowsAsync<InconsistentStateException>(() => Write(old, "other"));
        old.ETag = "1";
        await Assert.ThrowsAsync<InconsistentStateException>(() => _storage.ClearStateAsync("note", Id, old));
        Assert.Equal("two", (await Read()).State!.Text);

        await _storage.ClearStateAsync("note", Id, newer);
        await Assert.ThrowsAsync<InconsistentStateException>(() => _storage.ClearStateAsync("note", Id, old));
    }

    [Fact]
    public async Task Of_writes_that_race_one_wins()
    {
        for (var round = 0; round < 10; round++)
        {
            var states = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Read()));
            var outcomes = await Task.WhenAll(states.Select((state, number) => Task.Run(() => TryWrite(state, $"{round}-{number}"))));
            Assert.Single(outcomes, true);
            Assert.Equal($"{round}-{Array.IndexOf(outcomes, true)}", (await Read()).State!.Text);
        }
    }

    [Fact]
    public async Task Grains_of_other_keys_and_types_have_other_states()
    {
        GrainId[] ids =
        [
            Id, GrainId.Create("note", "sessions/sign-outs/user-2"),
            GrainId.Create(GrainType.Create("note"), GrainIdKeyExtensions.CreateIntegerKey(7)),
            GrainId.Create(GrainType.Create("note"), GrainIdKeyExtensions.CreateIntegerKey(7, "with more")),
            GrainId.Create(GrainType.Create("note"), GrainIdKeyExtensions.CreateGuidKey(new Guid(1, 2, 3, [4, 5, 6, 7, 8, 9, 10, 11]))),
        ];
        foreach (var (id, type) in ids.SelectMany(id => (string[])["note", "letter"], (id, type) => (id, type)))
        {
            var state = new GrainState<Note>();
            await _storage.ReadStateAsync(type, id, state);
            Assert.False(state.RecordExists);
            state.State = new Note { Text = $"{type} {id}" };
            await _storage.WriteStateAsync(type, id, state);
        }

        foreach (var (id, type) in ids.SelectMany(id => (string[])["note", "letter"], (id, type) => (id, type)))
        {
            var state = new GrainState<Note>();
            await _storage.ReadStateAsync(type, id, state);
            Assert.Equal($"{type} {id}", state.State!.Text);
        }
    }

    private async Task<bool> TryWrite(GrainState<Note> note, string text)
    {
        try
        {
            await Write(note, text);
            return true;
        }
        catch (InconsistentStateException)
        {
            return false;
        }
    }

    private Task Write(GrainState<Note> note, string text)
    {
        note.State = new Note { Text = text };
        return _storage.WriteStateAsync("note", Id, note);
    }

    private async Task<GrainState<Note>> Read()
    {
        var note = new GrainState<Note>();
        await _storage.ReadStateAsync("note", Id, note);
        return note;
    }

    [GenerateSerializer, Alias("note-of-a-test")]
    public sealed class Note
    {
        [Id(0)]
        public string Text { get; set; } = "";
    }
}
