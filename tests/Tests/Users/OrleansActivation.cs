// An activation of Orleans, by hand: what a grain's code asks of its runtime, and nothing else.
using System.Reflection;

namespace BankEzy.Sessions.Tests.Users;

/// <summary>One activation, as its grain sees it.</summary>
internal sealed class FakeActivation(string key)
{
    private const BindingFlags Own = BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public;

    public bool IsToEnd { get; private set; }

    // Orleans gives both to a grain while its constructor runs; there is no other way in.
    public T Give<T>(T grain)
        where T : Grain
    {
        typeof(Grain).GetProperty(nameof(Grain.GrainContext), Own)!.SetValue(grain, Answers.Of<IGrainContext>(this));
        typeof(Grain).GetField("<Runtime>k__BackingField", Own)!.SetValue(grain, Answers.Of<IGrainRuntime>(this));
        return grain;
    }

#pragma warning disable CA1852 // The proxies that are made at run time derive from it.
    public class Answers : DispatchProxy
    {
        private FakeActivation activation = null!;

        internal static T Of<T>(FakeActivation activation)
            where T : class
        {
            var proxy = Create<T, Answers>();
            ((Answers)(object)proxy).activation = activation;
            return proxy;
        }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
        {
            switch (targetMethod!.Name)
            {
                case "get_GrainId":
                    return GrainId.Create("user", activation.Key);
                case "DeactivateOnIdle":
                    activation.IsToEnd = true;
                    return null;
                default:
                    throw new NotSupportedException(targetMethod.Name);
            }
        }
    }

#pragma warning restore CA1852

    private string Key => key;
}
