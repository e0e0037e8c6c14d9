// A page of small plots as SVG, without a library: bars lie, curves rise, every value is written beside its mark.
using System.Net;
using System.Text;

namespace BankEzy.Sessions.Benchmarks.Reporting;

/// <summary>A curve over named places.</summary>
internal sealed record Curve(string Name, IReadOnlyList<(string X, double Y)> Points);

/// <summary>One plot.</summary>
internal sealed record Panel(string Title, string AxisX, string Unit, bool HasBars, IReadOnlyList<Curve> Curves)
{
    public static Panel Bars(string title, string unit, IEnumerable<(string Name, double Value)> bars) =>
        new(title, "", unit, true, [new Curve(title, [.. bars])]);

    public static Panel Lines(string title, string axisX, string unit, IEnumerable<Curve> curves) =>
        new(title, axisX, unit, false, [.. curves]);
}

/// <summary>All plots of a run.</summary>
internal sealed class Plot
{
    private const int Columns = 2;
    private const int Width = 640;
    private const int Height = 300;
    private const int Left = 60; // of the axis
    private const int Top = 40;
    private const int PlotWidth = 330;
    private const int PlotHeight = 200;
    private const int BarNameWidth = 230;
    private static readonly string[] Colours = ["#1f77b4", "#d62728", "#2ca02c", "#ff7f0e", "#9467bd", "#8c564b", "#17becf", "#7f7f7f"];

    public List<Panel> Panels { get; } = [];

    /// <summary>Adds a plot that has anything to show.</summary>
    public void Add(Panel panel)
    {
        var curves = panel.Curves
            .Select(curve => curve with { Points = [.. curve.Points.Where(point => double.IsFinite(point.Y))] })
            .Where(curve => curve.Points.Count > 0).ToList();
        if (curves.Count > 0)
        {
            Panels.Add(panel with { Curves = curves });
        }
    }

    public string Draw()
    {
        var columns = Math.Min(Columns, Panels.Count);
        var rows = (Panels.Count + Columns - 1) / Columns;
        var svg = new StringBuilder(
            $"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{columns * Width}\" height=\"{rows * Height}\" "
            + "font-family=\"sans-serif\" font-size=\"11\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n");
        for (var i = 0; i < Panels.Count; i++)
        {
            svg.Append($"<g transform=\"translate({i % Columns * Width},{i / Columns * Height})\">\n");
            Text(svg, 12, 20, Panels[i].Title, "start", " font-size=\"13\" font-weight=\"bold\"");
            if (Panels[i].HasBars)
            {
                DrawBars(svg, Panels[i]);
            }
            else
            {
                DrawCurves(svg, Panels[i]);
            }

            svg.Append("</g>\n");
        }

        return svg.Append("</svg>\n").ToString();
    }

    private static void DrawBars(StringBuilder svg, Panel panel)
    {
        var bars = panel.Curves[0].Points;
        var max = bars.Max(bar => bar.Y);
        var step = Math.Min(26, (Height - Top - 30) / bars.Count);
        for (var i = 0; i < bars.Count; i++)
        {
            var y = Top + (i * step);
            var width = max > 0 ? bars[i].Y / max * (Width - BarNameWidth - 90) : 0;
            Text(svg, BarNameWidth, y + (step / 2) + 4, bars[i].X, "end");
            svg.Append(
                $"<rect x=\"{BarNameWidth + 8}\" y=\"{y + 2}\" width=\"{width:0.0}\" height=\"{step - 4}\" fill=\"{Colours[0]}\"/>\n");
            Text(svg, BarNameWidth + 14 + width, y + (step / 2) + 4, Short(bars[i].Y), "start");
        }

        Text(svg, BarNameWidth + 8, Top + (bars.Count * step) + 14, panel.Unit, "start", " fill=\"#555\"");
    }

    // Powers of ten as soon as the values differ so much that a straight scale would hide the small ones.
    private static void DrawCurves(StringBuilder svg, Panel panel)
    {
        var places = panel.Curves.SelectMany(curve => curve.Points.Select(point => point.X)).Distinct().ToList();
        var values = panel.Curves.SelectMany(curve => curve.Points.Select(point => point.Y)).ToList();
        var isLog = values.Min() > 0 && values.Max() / values.Min() > 50;
        var (least, most) = (Math.Floor(Math.Log10(values.Min())), Math.Ceiling(Math.Log10(values.Max())));
        var (low, high) = isLog
            ? (least, Math.Max(most, least + 1))
            : (Math.Min(0, values.Min()), Math.Max(values.Max(), 1e-9));
        double Y(double value) => Top + PlotHeight - (((isLog ? Math.Log10(value) : value) - low) / (high - low) * PlotHeight);
        double X(string place) => Left + ((places.IndexOf(place) + 0.5) * PlotWidth / places.Count);

        var ticks = isLog ? (int)(high - low) : 4;
        for (var i = 0; i <= ticks; i++)
        {
            var at = low + ((high - low) * i / ticks);
            var value = isLog ? Math.Pow(10, at) : at;
            svg.Append($"<line x1=\"{Left}\" x2=\"{Left + PlotWidth}\" y1=\"{Y(value):0.0}\" y2=\"{Y(value):0.0}\" stroke=\"#ddd\"/>\n");
            Text(svg, Left - 6, Y(value) + 4, Short(value), "end");
        }

        places.ForEach(place => Text(svg, X(place), Top + PlotHeight + 16, place, "middle"));
        Text(svg, Left + (PlotWidth / 2), Top + PlotHeight + 34, panel.AxisX, "middle", " fill=\"#555\"");
        Text(svg, Left, Top - 6, panel.Unit, "start", " fill=\"#555\"");
        for (var i = 0; i < panel.Curves.Count; i++)
        {
            var colour = Colours[i % Colours.Length];
            var points = panel.Curves[i].Points;
            svg.Append($"<polyline fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\" points=\"")
                .AppendJoin(' ', points.Select(point => $"{X(point.X):0.0},{Y(point.Y):0.0}")).Append("\"/>\n");
            foreach (var (place, value) in points)
            {
                svg.Append($"<circle cx=\"{X(place):0.0}\" cy=\"{Y(value):0.0}\" r=\"3\" fill=\"{colour}\"/>\n");
                Text(svg, X(place) + 4, Y(value) - 5, Short(value), "start", $" font-size=\"9\" fill=\"{colour}\"");
            }

            Text(svg, Left + PlotWidth + 14, Top + 12 + (i * 15), panel.Curves[i].Name, "start", $" fill=\"{colour}\"");
        }
    }

    private static string Short(double value) => Math.Abs(value) switch
    {
        >= 1_000 => Statistics.Text(value, "N0"),
        >= 10 => Statistics.Text(value, "0"),
        >= 0.1 or 0 => Statistics.Text(value, "0.##"),
        _ => Statistics.Text(value, "0.####"),
    };

    private static void Text(StringBuilder svg, double x, double y, string text, string anchor, string more = "") =>
        svg.Append($"<text x=\"{x:0.0}\" y=\"{y:0.0}\" text-anchor=\"{anchor}\"{more}>{WebUtility.HtmlEncode(text)}</text>\n");
}
