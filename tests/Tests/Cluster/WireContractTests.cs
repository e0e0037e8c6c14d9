// WireContract.txt is what silos of different versions must agree on: names, ids and types of everything that crosses between them.
// Lines may be added. A line that changes or goes breaks a cluster in which the old version still runs.
using System.Reflection;

namespace BankEzy.Sessions.Tests.Cluster;

public sealed class WireContractTests
{
    private static string[] Listed => File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "Cluster", "WireContract.txt"));

    private static IEnumerable<Type> Types =>
        typeof(IUserGrain).Assembly.GetExportedTypes().Where(type => type.Namespace == typeof(IUserGrain).Namespace);

    private static string[] Present => [.. Types.Where(IsOnTheWire).SelectMany(LinesOf).Order(StringComparer.Ordinal)];

    [Fact]
    public void What_crosses_between_silos_is_what_is_listed()
    {
        var present = Present;
        Assert.True(Listed.SequenceEqual(present), $"WireContract.txt would have to be:\n{string.Join('\n', present)}");
    }

    [Fact]
    public void Whatever_a_grain_takes_or_gives_is_on_the_list()
    {
        var own = typeof(IUserGrain).GetMethods()
            .SelectMany(method => method.GetParameters().Select(parameter => parameter.ParameterType).Append(method.ReturnType))
            .SelectMany(Within).Where(type => type.Assembly == typeof(IUserGrain).Assembly).Distinct().ToArray();
        Assert.All(own, type => Assert.NotNull(type.GetCustomAttribute<GenerateSerializerAttribute>()));
        Assert.Contains(typeof(SessionView), own);
    }

    [Fact]
    public void Names_and_ids_are_used_once()
    {
        var types = Types.Where(IsOnTheWire).ToArray();
        Assert.Equal(types.Length, types.Select(type => AliasOf(type) + type.IsInterface).Distinct().Count());
        Assert.All(types.Where(type => !type.IsInterface && !type.IsEnum), type =>
        {
            var ids = Members(type).Select(IdOf).ToArray();
            Assert.Equal(ids.Distinct(), ids);
        });
    }

    private static bool IsOnTheWire(Type type) => type.GetCustomAttribute<GenerateSerializerAttribute>() is not null || type.IsInterface
        && typeof(IGrainWithStringKey).IsAssignableFrom(type);

    private static IEnumerable<string> LinesOf(Type type)
    {
        if (type.IsInterface)
        {
            return type.GetMethods().Select(method =>
                $"grain {AliasOf(type)}: {AliasOf(method)}"
                + $"({string.Join(", ", method.GetParameters().Select(parameter => NameOf(parameter.ParameterType)))})"
                + $" -> {NameOf(method.ReturnType)}");
        }

        return type.IsEnum
            ? Enum.GetNames(type).Select(name => $"enum {AliasOf(type)}: {Convert.ToInt64(Enum.Parse(type, name), null)} {name}")
            : Members(type).Select(member => $"type {AliasOf(type)}: {IdOf(member)} {member.Name} {NameOf(member.PropertyType)}");
    }

    // What a record declares with a setter is part of its value; everything else is computed.
    private static IEnumerable<PropertyInfo> Members(Type type) =>
        type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.SetMethod is not null);

    private static string AliasOf(MemberInfo member) =>
        member.GetCustomAttribute<AliasAttribute>()?.Alias ?? throw new InvalidOperationException($"{member.Name} has no alias.");

    private static uint IdOf(PropertyInfo member) =>
        member.GetCustomAttribute<IdAttribute>()?.Id
        ?? throw new InvalidOperationException($"{member.DeclaringType!.Name}.{member.Name} has no id.");

    private static IEnumerable<Type> Within(Type type) => type.GetGenericArguments().SelectMany(Within).Append(type)
        .Concat(type.GetCustomAttribute<GenerateSerializerAttribute>() is null || type.IsEnum
            ? []
            : Members(type).SelectMany(member => Within(member.PropertyType)));

    private static string NameOf(Type type) => type.IsGenericType
        ? $"{type.Name[..type.Name.IndexOf('`', StringComparison.Ordinal)]}<{string.Join(", ", type.GetGenericArguments().Select(NameOf))}>"
        : type.GetCustomAttribute<AliasAttribute>()?.Alias ?? type.Name;
}
