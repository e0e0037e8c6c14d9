// The requests of one run as bytes on the wire, made before the run: sending one costs a system call and nothing else.
using System.Text;

namespace BankEzy.Sessions.Benchmarks.Load;

/// <summary>Requests that all have the same length, one behind the other.</summary>
internal sealed class RequestBook
{
    private readonly byte[] wire;
    private readonly int first;

    private RequestBook(int first, int count, byte[] wire, int length) =>
        (this.first, Count, this.wire, Length) = (first, count, wire, length);

    /// <summary>How many there are.</summary>
    public int Count { get; }

    /// <summary>The bytes of one request.</summary>
    public int Length { get; }

    /// <summary>A request; behind the last one comes the first again.</summary>
    public ReadOnlySpan<byte> this[int index] => wire.AsSpan((first + (index % Count)) * Length, Length);

    /// <summary>Makes requests on all processors.</summary>
    /// <param name="count">How many.</param>
    /// <param name="compose">The n-th request as text; the texts may differ in their characters, not in their length.</param>
    public static RequestBook Make(int count, Func<int, string> compose)
    {
        var length = compose(0).Length;
        var bytes = GC.AllocateUninitializedArray<byte>(checked(count * length));
        Parallel.For(0, count, index =>
        {
            var text = compose(index);
            if (text.Length != length)
            {
                throw new BenchmarkException($"Request {index} has {text.Length} characters, the first one {length}.");
            }

            Encoding.ASCII.GetBytes(text, bytes.AsSpan(index * length, length));
        });
        return new RequestBook(0, count, bytes, length);
    }

    /// <summary>The same requests, only the first few.</summary>
    public RequestBook First(int count) => new(first, Math.Min(count, Count), wire, Length);

    /// <summary>The same requests without the first few.</summary>
    public RequestBook Without(int count) => new(first + Math.Min(count, Count), Math.Max(Count - count, 0), wire, Length);
}
