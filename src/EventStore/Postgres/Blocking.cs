// Calls that wait for the server on the thread that makes them. On the threads of the pool they would keep off everything else: a machine
// with two processors has two of them, and gets another one only after half a second.
namespace BankEzy.Sessions.EventStore.Postgres;

/// <summary>Makes calls that block on threads of their own.</summary>
internal static class Blocking
{
    /// <summary>Starts a call that ends without a result.</summary>
    public static Task Run(Action call) =>
        Task.Factory.StartNew(call, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>Starts a call.</summary>
    public static Task<T> Run<T>(Func<T> call) =>
        Task.Factory.StartNew(call, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
