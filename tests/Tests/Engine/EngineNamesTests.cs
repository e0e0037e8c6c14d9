// EngineNames.txt is all of the engine that grain code may name. Whatever engine was built must have those names.
using System.Reflection;
using BankEzy.Sessions.Silo.Engine;

namespace BankEzy.Sessions.Tests.Engine;

public sealed class EngineNamesTests
{
    private const BindingFlags Members =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static string[] Listed => File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "Engine", "EngineNames.txt"));

    // Orleans keeps its serializer's attributes in an assembly of their own.
    private static IEnumerable<string> Present => new[] { typeof(Grain).Assembly, typeof(GenerateSerializerAttribute).Assembly }
        .Distinct()
        .SelectMany(assembly => assembly.GetExportedTypes())
        .Where(type => type.Namespace == typeof(Grain).Namespace || type.Namespace == typeof(IGrainTimer).Namespace
            || type.Namespace == typeof(GenerateSerializerAttribute).Namespace || type.Namespace == typeof(ImmutableAttribute).Namespace)
        .SelectMany(NamesOf);

    [Fact]
    public void Every_listed_name_is_there() => Assert.Empty(Listed.Except(Present));

    // Orleans offers many more.
    [Fact]
    public void The_embedded_engine_offers_no_other_name()
    {
        Assert.SkipWhen(EngineSetup.HasClusters, "This build has the Orleans engine.");
        Assert.Empty(Present.Where(name => !name.StartsWith("IGrainContext.", StringComparison.Ordinal)).Except(Listed));
    }

    [Fact]
    public void The_list_is_sorted_and_has_no_repeats() =>
        Assert.Equal(Listed.Distinct().Order(StringComparer.OrdinalIgnoreCase), Listed);

    private static IEnumerable<string> NamesOf(Type type)
    {
        if (type.IsEnum)
        {
            return Enum.GetNames(type).Select(name => $"{type.Name}.{name}");
        }

        var constructors = type.GetConstructors().Where(_ => !type.IsAbstract);
        if (type.IsSubclassOf(typeof(Attribute)))
        {
            return constructors.Select(constructor => $"attribute {type.Name}({Parameters(constructor)})");
        }

        return [
            .. BasesOf(type).Select(parent => $"base {type.Name} : {parent.Name}"),
            .. constructors.Select(constructor => $"{type.Name}({Parameters(constructor)})"),
            .. type.GetProperties(Members).Where(property => IsForGrains(property.GetMethod!))
                .Select(property => $"{type.Name}.{property.Name} : {NameOf(property.PropertyType)}"),
            .. type.GetMethods(Members).Where(method => !method.IsSpecialName && IsForGrains(method)).Select(SignatureOf),
        ];
    }

    private static IEnumerable<Type> BasesOf(Type type)
    {
        var inherited = type.BaseType?.GetInterfaces() ?? [];
        var indirect = type.GetInterfaces().SelectMany(parent => parent.GetInterfaces());
        return type.GetInterfaces().Except(inherited).Except(indirect)
            .Concat(type.BaseType is { } parent && parent != typeof(object) && parent != typeof(ValueType) ? [parent] : []);
    }

    private static bool IsForGrains(MethodBase method) => method.IsPublic || method.IsFamily;

    private static string SignatureOf(MethodInfo method)
    {
        var generic = method.IsGenericMethod ? $"<{string.Join(", ", method.GetGenericArguments().Select(NameOf))}>" : "";
        return $"{method.DeclaringType!.Name}.{method.Name}{generic}({Parameters(method)}) : {NameOf(method.ReturnType)}";
    }

    private static string Parameters(MethodBase method) =>
        string.Join(", ", method.GetParameters().Select(parameter => NameOf(parameter.ParameterType)));

    private static string NameOf(Type type) => type.IsGenericType
        ? $"{type.Name[..type.Name.IndexOf('`', StringComparison.Ordinal)]}<{string.Join(", ", type.GetGenericArguments().Select(NameOf))}>"
        : type.Name;
}
