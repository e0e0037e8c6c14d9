// What every engine must do, so that one grain source is true on all of them. Each engine's tests inherit these.
using System.Reflection;

namespace BankEzy.Sessions.Tests.Engine;

/// <summary>Cases bear the number of their rule. Rules 7 and 9 say what grain code leaves alone; there is nothing to run.</summary>
public abstract class EngineContract
{
    protected abstract IGrainFactory Grains { get; }

    /// <summary>Lets time pass for timers.</summary>
    protected abstract Task PassTime(TimeSpan time);

    protected (IProbeGrain Grain, ProbeWorld World) Probe([System.Runtime.CompilerServices.CallerMemberName] string key = "")
    {
        var own = $"{GetType().Name}.{key}";
        return (Grains.GetGrain<IProbeGrain>(own), ProbeWorld.Of(own));
    }

    [Fact]
    public async Task Rule_1_turns_of_one_key_never_overlap()
    {
        var (grain, world) = Probe();
        var calls = Enumerable.Range(0, 200).Select(i => grain.Do(i % 2 == 0 ? Deed.Count : Deed.Hop).AsTask());
        var replies = await Task.WhenAll(calls);
        Assert.Equal(0, world.Overlaps);
        Assert.Equal(Enumerable.Range(1, 200), replies.Select(reply => reply.Count).Order());
    }

    [Fact]
    public async Task Rule_1_different_keys_run_at_once()
    {
        var (one, world) = Probe();
        var held = one.Do(Deed.WaitForGate);
        await world.Entered.Next("the turn that waits");
        var (other, _) = Probe(nameof(Rule_1_different_keys_run_at_once) + "2");
        Assert.Equal(1, (await other.Do(Deed.Hop)).Count);
        world.Gate.SetResult();
        await held;
    }

    [Fact]
    public async Task Rule_1_references_to_one_key_reach_one_activation()
    {
        var (one, world) = Probe();
        var (other, _) = Probe();
        Assert.Equal(1, (await one.Do(Deed.Count)).Count);
        Assert.Equal(2, (await other.Do(Deed.Count)).Count);
        Assert.Equal(1, world.Activations);
    }

    [Fact]
    public async Task Rule_2_activation_comes_once_and_before_the_first_turn()
    {
        var (grain, world) = Probe();
        world.ActivationGate = new(TaskCreationOptions.RunContinuationsAsynchronously);
        var calls = Enumerable.Range(0, 20).Select(_ => grain.Do(Deed.Count).AsTask()).ToArray();
        Assert.Equal(0, world.Activations);
        Assert.DoesNotContain(calls, call => call.IsCompleted);
        world.ActivationGate.SetResult();
        await Task.WhenAll(calls);
        Assert.Equal((1, 0), (world.Activations, world.TurnsBeforeActivation));
    }

    [Fact]
    public async Task Rule_2_a_failed_activation_fails_the_call_and_the_next_call_tries_again()
    {
        var (grain, world) = Probe();
        world.FailingActivations = 1;
        var fault = await Assert.ThrowsAsync<InvalidDataException>(async () => await grain.Do(Deed.Count));
        Assert.Equal("no state", fault.Message);
        Assert.Equal(1, (await grain.Do(Deed.Count)).Activation);
    }

    [Theory]
    [InlineData(Deed.ThrowAtOnce, "at once")]
    [InlineData(Deed.ThrowLater, "later")]
    public async Task Rule_3_exceptions_reach_the_caller_with_type_and_message(Deed deed, string message)
    {
        var (grain, world) = Probe($"Rule_3_{deed}");
        for (var i = 0; i < 2; i++)
        {
            var fault = await Assert.ThrowsAsync<InvalidDataException>(async () => await grain.Do(deed));
            Assert.Equal(message, fault.Message);
        }

        await grain.Do(Deed.Count);
        Assert.Equal(1, world.Activations);
    }

    [Fact]
    public async Task Rule_4_a_tick_is_a_turn()
    {
        var (grain, world) = Probe();
        await grain.Do(Deed.StartTimer);
        var held = grain.Do(Deed.WaitForGate);
        await world.Entered.Next("the turn that waits");
        await PassTime(TimeSpan.FromSeconds(1));
        Assert.Equal(0, world.Ticks);
        world.Gate.SetResult();
        await held;
        await world.Ticked.Next("the tick that waited");
        Assert.Equal(0, world.Overlaps);
    }

    [Fact]
    public async Task Rule_4_a_timer_ends_with_its_activation()
    {
        var (grain, world) = Probe();
        await grain.Do(Deed.StartTimer);
        await grain.Do(Deed.DeactivateOnIdle);
        await world.Ended.Next("the end of the activation");
        await grain.Do(Deed.Count);
        await PassTime(TimeSpan.FromSeconds(3));
        await grain.Do(Deed.Hop);
        Assert.Equal(0, world.Ticks);
    }

    [Fact]
    public async Task Rule_5_calls_that_meet_a_closing_activation_land_on_the_next_one()
    {
        var (grain, world) = Probe();
        var held = grain.Do(Deed.WaitForGateAndEnd);
        await world.Entered.Next("the turn that waits");
        var after = Enumerable.Range(0, 5).Select(_ => grain.Do(Deed.Count).AsTask()).ToArray();
        world.Gate.SetResult();
        Assert.Equal(1, (await held).Activation);
        Assert.All(await Task.WhenAll(after), reply => Assert.Equal(2, reply.Activation));
        Assert.Equal((DeactivationReasonCode.ApplicationRequested, 0), (world.LastReason, world.Overlaps));
    }

    [Fact]
    public void Rules_6_and_8_contracts_are_plain_calls_with_immutable_values()
    {
        var methods = typeof(IUserGrain).GetMethods();
        Assert.All(methods, method =>
        {
            Assert.False(method.IsGenericMethod);
            Assert.Equal(typeof(ValueTask<>), method.ReturnType.GetGenericTypeDefinition());
            Assert.DoesNotContain(method.GetParameters(), parameter => parameter.ParameterType == typeof(CancellationToken));
        });
        var values = methods.SelectMany(method => method.GetParameters().Select(parameter => parameter.ParameterType)
            .Append(method.ReturnType.GetGenericArguments()[0]));
        Assert.DoesNotContain(values.SelectMany(value => value.GetProperties()), CanBeSetLater);
    }

    [Fact]
    public async Task Rule_10_an_activation_is_a_cache_that_may_end_between_any_two_calls()
    {
        var (grain, world) = Probe();
        for (var i = 1; i <= 20; i++)
        {
            Assert.Equal(i, (await grain.Do(Deed.DeactivateOnIdle)).Count);
        }

        Assert.Equal((20, 0), (world.Activations, world.Overlaps));
    }

    private static bool CanBeSetLater(PropertyInfo property) =>
        property.SetMethod is { } set
        && !set.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(System.Runtime.CompilerServices.IsExternalInit));
}
