// How many requests are worked on at once. The others wait in the order in which they came (SlotGatedPipeReader.cs). Answering each of
// them with a refusal would take the processor from those that are worked on.
namespace BankEzy.Sessions.Api.Admission;

/// <summary>The places of the public listener.</summary>
public sealed class RequestSlots : IDisposable
{
    /// <summary>How long a request waits for a place before it is refused.</summary>
    public static readonly TimeSpan WaitMax = TimeSpan.FromSeconds(0.5);

    private readonly int _max;
    private readonly TimeProvider _time;
    private readonly ITimer _late;
    private readonly Lock _gate = new();
    private readonly Queue<WaitingRequest> _waiting = new();
    private int _taken;

    /// <summary>Creates them.</summary>
    /// <param name="options">Say how many there are.</param>
    /// <param name="time">Tells how long a request has waited.</param>
    public RequestSlots(ApiOptions options, TimeProvider time)
    {
        (_max, _time) = (options.ConcurrentRequestsMax, time);
        _late = time.CreateTimer(_ => RefuseLate(), state: null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Requests that wait for a place.</summary>
    public int Waiting
    {
        get
        {
            lock (_gate)
            {
                return _waiting.Count;
            }
        }
    }

    /// <summary>Takes a place, as soon as there is one.</summary>
    /// <returns>True: the place is to be given back with <see cref="Leave"/>. False: there was none within <see cref="WaitMax"/>.</returns>
    public ValueTask<bool> Enter()
    {
        WaitingRequest request;
        lock (_gate)
        {
            if (_taken < _max) // then nobody waits
            {
                _taken++;
                return ValueTask.FromResult(true);
            }

            request = new WaitingRequest(_time.GetTimestamp());
            _waiting.Enqueue(request);
            if (_waiting.Count == 1)
            {
                _late.Change(WaitMax, Timeout.InfiniteTimeSpan);
            }
        }

        return new ValueTask<bool>(request.Task);
    }

    /// <summary>Gives a place back: to the one that has waited longest, if any waits.</summary>
    public void Leave()
    {
        WaitingRequest? next;
        lock (_gate)
        {
            if (!_waiting.TryDequeue(out next))
            {
                _taken--;
                return;
            }
        }

        next.SetResult(true);
    }

    /// <inheritdoc/>
    public void Dispose() => _late.Dispose();

    private void RefuseLate()
    {
        var late = new List<WaitingRequest>();
        lock (_gate)
        {
            while (_waiting.TryPeek(out var oldest))
            {
                var left = WaitMax - _time.GetElapsedTime(oldest.Since);
                if (left > TimeSpan.Zero)
                {
                    _late.Change(left, Timeout.InfiniteTimeSpan);
                    break;
                }

                late.Add(_waiting.Dequeue());
            }
        }

        late.ForEach(static request => request.SetResult(false));
    }

    // It never goes on on the thread of the request that leaves: that one's caller waits for its answer, and a row of requests that each
    // end at once would pile up on one stack.
    private sealed class WaitingRequest(long since) : TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public long Since => since;
    }
}
