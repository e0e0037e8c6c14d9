// A form (application/x-www-form-urlencoded) as it lies in the body: a field is found in place, and copied only to be decoded.
using System.Net;
using System.Text;

namespace BankEzy.Sessions.Api.Http;

/// <summary>Reads the fields of a form. Names are compared to the letter.</summary>
/// <param name="utf8">The whole body.</param>
internal readonly ref struct FormBody(ReadOnlySpan<byte> utf8)
{
    /// <summary>The most fields of a form; one with more has none that this service knows.</summary>
    public const int FieldsMax = 64;

    private readonly ReadOnlySpan<byte> _utf8 = utf8;

    /// <summary>Whether it has too many fields to be looked at.</summary>
    public bool IsTooLong => _utf8.Count((byte)'&') >= FieldsMax;

    /// <summary>Finds a field.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="value">Its decoded value; empty when it is there more than once, as readers differ about which one counts.</param>
    public bool TryFind(ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        value = default;
        var times = 0;
        foreach (var range in _utf8.Split((byte)'&'))
        {
            var field = _utf8[range];
            var equals = field.IndexOf((byte)'=');
            if (Decode(equals < 0 ? field : field[..equals]).SequenceEqual(name))
            {
                value = ++times == 1 && equals >= 0 ? Decode(field[(equals + 1)..]) : default;
            }
        }

        return times > 0;
    }

    /// <summary>Finds a field's text.</summary>
    /// <inheritdoc cref="TryFind(ReadOnlySpan{byte}, out ReadOnlySpan{byte})"/>
    public bool TryFind(ReadOnlySpan<byte> name, out string value)
    {
        var isThere = TryFind(name, out ReadOnlySpan<byte> utf8);
        value = Encoding.UTF8.GetString(utf8);
        return isThere;
    }

    private static ReadOnlySpan<byte> Decode(ReadOnlySpan<byte> text) =>
        text.IndexOfAny((byte)'%', (byte)'+') < 0 ? text : WebUtility.UrlDecodeToBytes(text.ToArray(), 0, text.Length);
}
