// The pages' files: embedded in the assembly, read once, each under one literal path. No build step, no framework, nothing of another
// origin (docs/decisions/0037-pages.md).
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace BankEzy.Sessions.Api.Pages;

/// <summary>Serves embedded pages and their stylesheet, modules and pictures.</summary>
internal static class PageFiles
{
    private const string Resources = "BankEzy.Sessions.Pages.";

    /// <summary>Adds a page at a path.</summary>
    /// <param name="routes">Where to add it.</param>
    /// <param name="path">The path, such as <c>/demo</c>.</param>
    /// <param name="file">The embedded file, such as <c>demo.html</c>.</param>
    /// <param name="values">What stands in it in place of <c>{{name}}</c>; encoded for HTML here.</param>
    /// <param name="connections">Other origins that its scripts may call.</param>
    public static IEndpointConventionBuilder MapPage(
        this IEndpointRouteBuilder routes,
        string path,
        string file,
        IReadOnlyDictionary<string, string> values,
        IReadOnlyList<string> connections)
    {
        var html = Encoding.UTF8.GetString(Read(file));
        foreach (var (name, value) in values)
        {
            html = html.Replace($"{{{{{name}}}}}", WebUtility.HtmlEncode(value), StringComparison.Ordinal);
        }

        var (page, policy) = (Encoding.UTF8.GetBytes(html), PolicyOf(connections));
        return routes.MapGet(path, (Delegate)((HttpContext http) =>
        {
            var headers = http.Response.Headers;
            headers.ContentSecurityPolicy = policy;
            headers["Cross-Origin-Opener-Policy"] = "same-origin";
            headers.CacheControl = "no-store";
            return Write(http, "text/html; charset=utf-8", page);
        })).ExcludeFromDescription();
    }

    /// <summary>Leads from the root to a page.</summary>
    public static IEndpointConventionBuilder MapRoot(this IEndpointRouteBuilder routes, string page) =>
        routes.MapGet("/", (Delegate)((HttpContext http) =>
        {
            http.Response.Redirect(page);
            http.Response.Headers.CacheControl = "no-store";
            return Task.CompletedTask;
        })).ExcludeFromDescription();

    /// <summary>Adds a file below <c>/assets</c>. Browsers keep it, and ask with its ETag whether it is still the same.</summary>
    public static IEndpointConventionBuilder MapAsset(this IEndpointRouteBuilder routes, string file)
    {
        var content = Read($"assets.{file.Replace('/', '.')}");
        var (type, tag) = (TypeOf(file), $"\"{Convert.ToHexStringLower(SHA256.HashData(content).AsSpan(0, 12))}\"");
        return routes.MapGet($"/assets/{file}", (Delegate)((HttpContext http) =>
        {
            var headers = http.Response.Headers;
            (headers.ETag, headers.CacheControl) = (tag, "no-cache");
            if (Has(http.Request.Headers.IfNoneMatch, tag))
            {
                http.Response.StatusCode = StatusCodes.Status304NotModified;
                return Task.CompletedTask;
            }

            return Write(http, type, content);
        })).ExcludeFromDescription();
    }

    private static async Task Write(HttpContext http, string type, byte[] content)
    {
        var response = http.Response;
        (response.ContentType, response.ContentLength) = (type, content.Length);
        response.Headers[HeaderNames.XContentTypeOptions] = "nosniff";
        response.Headers["Referrer-Policy"] = "no-referrer";
        await response.BodyWriter.WriteAsync(content, http.RequestAborted);
    }

    private static string PolicyOf(IReadOnlyList<string> connections) =>
        "default-src 'self'; " + (connections.Count == 0 ? "" : $"connect-src 'self' {string.Join(' ', connections)}; ")
        + "frame-ancestors 'none'; base-uri 'none'; form-action 'self'; object-src 'none'";

    private static bool Has(StringValues given, string tag) =>
        EntityTagHeaderValue.TryParseList(given, out var tags) && tags.Any(one => one.Tag == tag || one.Tag == "*");

    private static byte[] Read(string file)
    {
        using var stream = typeof(PageFiles).Assembly.GetManifestResourceStream(Resources + file)
            ?? throw new InvalidOperationException($"{file} is not embedded: see src/Api/Api.csproj.");
        var content = new byte[stream.Length];
        stream.ReadExactly(content);
        return content;
    }

    private static string TypeOf(string file) => Path.GetExtension(file) switch
    {
        ".css" => "text/css; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        ".svg" => "image/svg+xml",
        var other => throw new InvalidOperationException($"Files of the kind {other} are not served."),
    };
}
