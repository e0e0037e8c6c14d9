// Medians and their spread.
using System.Globalization;

namespace BankEzy.Sessions.Benchmarks;

internal static class Statistics
{
    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted.Length == 0 ? double.NaN : (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    /// <summary>Median (least – most), or nothing where there are no values.</summary>
    public static string Spread(IEnumerable<double?> values, string format)
    {
        var known = values.OfType<double>().ToList();
        return known.Count switch
        {
            0 => "",
            1 => Text(known[0], format),
            _ => $"{Text(Median(known), format)} ({Text(known.Min(), format)} – {Text(known.Max(), format)})",
        };
    }

    public static string Spread(IEnumerable<double> values, string format) => Spread(values.Select(value => (double?)value), format);

    public static string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
