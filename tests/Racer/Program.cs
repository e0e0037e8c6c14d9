// A process that appends to the log of ConnectionStrings__Sessions in a race with others of its kind. The tests start it:
//   Racer <its number> <how many race> <appends of all together> <users>
// It says "ready", begins when it gets any line, and says at its end how many of its appends were stored and how many met a conflict.
using System.Globalization;
using BankEzy.Sessions.EventStore.Postgres;
using BankEzy.Sessions.Racer;
using Microsoft.Extensions.Logging.Abstractions;

var numbers = args.Select(text => int.Parse(text, CultureInfo.InvariantCulture)).ToArray();
var connection = Environment.GetEnvironmentVariable("ConnectionStrings__Sessions")
    ?? throw new InvalidOperationException("Set ConnectionStrings__Sessions.");
using var store = PostgresEventStore.Open(
    new PostgresOptions { ConnectionString = connection }, NullLogger<PostgresEventStore>.Instance);
var race = new Race(store, number: numbers[0], racers: numbers[1], appends: numbers[2], users: numbers[3]);
Console.WriteLine("ready");
await Console.In.ReadLineAsync();
var (appended, conflicts) = await race.Run();
Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{appended} {conflicts}"));
