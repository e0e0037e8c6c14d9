// /docs on the management listener: the OpenAPI document as a page on which each operation can be tried. The page's script comes from the
// package, and nothing from anywhere else.
using BankEzy.Sessions.Api.Http;
using BankEzy.Sessions.Api.Security;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using Scalar.AspNetCore;

namespace BankEzy.Sessions.Silo;

internal static class Docs
{
    private const string Prefix = "/docs";
    private const string DocumentPath = Prefix + "/openapi.json";

    // The package's page has inline script and styles; what matters is that nothing comes from another host, and nothing goes to one but
    // the calls that the reader makes.
    private const string Policy = "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:; frame-ancestors 'none'; base-uri 'none'; "
        + "object-src 'none'; connect-src 'self' ";

    /// <summary>Maps the page. In Development it needs no key.</summary>
    public static void MapDocs(this WebApplication app, bool isDevelopment)
    {
        var policy = isDevelopment
            ? new RoutePolicy(Listener.Management, RouteAccess.Open) { Prefix = Prefix }
            : new RoutePolicy(Listener.Management, RouteAccess.ManagementKey) { Prefix = Prefix, Roles = RouteRoles.Of("GET", Prefix) };
        app.MapGet(DocumentPath, (Delegate)Document).ExcludeFromDescription().WithMetadata(policy);
        app.MapScalarApiReference(Prefix, static (options, http) => Describe(options, http))
            .ExcludeFromDescription().WithMetadata(policy);
    }

    private static void Describe(ScalarOptions options, HttpContext http)
    {
        var headers = http.Response.Headers;
        headers.ContentSecurityPolicy = Policy + Address(http, Listener.Public);
        headers["Referrer-Policy"] = "no-referrer";
        headers.XContentTypeOptions = "nosniff";
        options.WithTitle("BankEzy.Sessions").WithOpenApiRoutePattern(DocumentPath)
            .DisableDefaultFonts().DisableTelemetry().DisableAgent().DisableMcp().HideDeveloperTools().HideClientButton();
    }

    // With the addresses under which the reader reaches the two listeners now, instead of the defaults of the committed document.
    private static async Task Document(HttpContext http)
    {
        var provider = http.RequestServices.GetRequiredKeyedService<IOpenApiDocumentProvider>("v1");
        var document = await provider.GetOpenApiDocumentAsync(http.RequestAborted);
        document.Servers = [new OpenApiServer { Url = Address(http, Listener.Public), Description = "The public listener." }];
        OpenApiServer management = new() { Url = $"{http.Request.Scheme}://{http.Request.Host}", Description = "The management listener." };
        foreach (var operation in document.Paths.Values.SelectMany(static path => path.Operations?.Values.AsEnumerable() ?? []))
        {
            operation.Servers = operation.Servers is { Count: > 0 } ? [management] : null;
        }

        using var json = new MemoryStream(); // the writer writes at once, which the server does not allow
        await document.SerializeAsJsonAsync(json, OpenApiSpecVersion.OpenApi3_1, http.RequestAborted);
        Answer.WriteJson(http.Response, StatusCodes.Status200OK, json.GetBuffer().AsSpan(0, (int)json.Length));
    }

    // The host that the browser knows, with the listener's own port.
    private static string Address(HttpContext http, Listener listener)
    {
        var addresses = http.RequestServices.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses;
        var port = new Uri(listener == Listener.Public ? addresses.First() : addresses.Last()).Port;
        return $"http://{http.Request.Host.Host}:{port}";
    }
}
