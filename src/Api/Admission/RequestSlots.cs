// How many requests are worked on at once. The others wait in the order in which they came (SlotGatedPipeReader.cs). Refusing each of
// them at once would take the processor from those that are worked on.
namespace BankEzy.Sessions.Api.Admission;

/// <summary>The request slots of the public listener.</summary>
public sealed class RequestSlots : IDisposable
{
    /// <summary>How long a request waits for a slot before it is refused.</summary>
    public static readonly TimeSpan WaitMax = TimeSpan.FromSeconds(0.5);

    private readonly int _max;
    private readonly TimeProvider _time;
    private readonly ITimer _late;
    private readonly Lock _gate = new();
    private readonly Queue<WaitingRequest> _waiting = new();
    private int _taken;

    /// <summary>Creates them.</summary>
    /// <param name="options">How many there are.</param>
    /// <param name="time">The clock of the waiting.</param>
    public RequestSlots(ApiOptions options, TimeProvider time)
    {
        (_max, _time) = (options.ConcurrentRequestsMax, time);
        _late = time.CreateTimer(_ => RefuseLate(), state: null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>How many there are.</summary>
    public int Max => _max;

    /// <summary>How many are taken.</summary>
    public int Taken
    {
        get
        {
            lock (_gate)
            {
                return _taken;
            }
        }
    }

    /// <summary>Requests that wait for a slot.</summary>
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

    /// <summary>Takes a slot, as soon as one is free.</summary>
    /// <returns>True: the caller must call <see cref="Release"/>. False: none came free within <see cref="WaitMax"/>.</returns>
    public ValueTask<bool> AcquireAsync()
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

    /// <summary>Gives a slot back: to the request that has waited longest, if any waits.</summary>
    public void Release()
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

    // Never continues on the thread of the request that releases its slot: that one's caller waits for its answer, and a row of requests
    // that each end at once would pile up on one stack.
    private sealed class WaitingRequest(long since) : TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public long Since => since;
    }
}
