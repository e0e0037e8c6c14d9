// The OpenAPI document: it is the committed one, it says what clients need, and it finds an answer that is not as it says.
using System.Text.Json;
using BankEzy.Sessions.Api.Http;
using BankEzy.Sessions.Api.Sessions;
using BankEzy.Sessions.Tests.Repository;
using BankEzy.Sessions.Tests.Support;
using Microsoft.AspNetCore.Routing;

namespace BankEzy.Sessions.Tests.Api;

public sealed class OpenApiTests(ServiceUnderTest service) : IClassFixture<ServiceUnderTest>
{
    [Fact]
    public async Task The_document_is_the_committed_one()
    {
        var given = (await service.Manage("/openapi/v1.json", content: null)).Body;
        var fresh = Path.Combine(Path.GetTempPath(), "openapi.json");
        var isCommitted = given.TrimEnd() == RepositoryFiles.Read(ApiContract.File).TrimEnd();
        if (!isCommitted)
        {
            await File.WriteAllTextAsync(fresh, given.TrimEnd() + "\n", TestContext.Current.CancellationToken);
        }

        Assert.True(isCommitted, $"The API has changed. If that is meant: cp {fresh} {ApiContract.File}");
    }

    [Fact]
    public void Every_route_is_an_operation_that_says_what_a_client_needs()
    {
        var document = JsonDocument.Parse(RepositoryFiles.Read(ApiContract.File)).RootElement;
        var routes = ((IEndpointRouteBuilder)service.App).DataSources.SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
            .Where(route => route.RoutePattern.RawText != "/openapi/v1.json"
                && route.Metadata.GetMetadata<IExcludeFromDescriptionMetadata>() is null
                && route.Metadata.GetMetadata<RoutePolicy>() is { Prefix: null }); // pages
        Assert.All(routes, route =>
        {
            var methods = route.Metadata.GetMetadata<IHttpMethodMetadata>()!.HttpMethods;
            var policy = route.Metadata.GetMetadata<RoutePolicy>()!;
            Assert.All(methods, method =>
            {
                var path = document.GetProperty("paths").GetProperty(route.RoutePattern.RawText!);
                var operation = path.GetProperty(method.ToLowerInvariant());
                var asksForKeys = policy.Access != RouteAccess.Open
                    || (policy.Listener == Listener.Public && route.RoutePattern.RawText != "/simulator/timeline/v1");
                Assert.NotEmpty(operation.GetProperty("operationId").GetString()!);
                Assert.NotEmpty(operation.GetProperty("summary").GetString()!);
                Assert.Equal(asksForKeys, operation.GetProperty("security").GetArrayLength() > 0);
                Assert.Equal(policy.Listener == Listener.Management, operation.TryGetProperty("servers", out _));
                Assert.All(operation.GetProperty("responses").EnumerateObject().Where(response => response.Name != "204"), response =>
                    Assert.All(response.Value.GetProperty("content").EnumerateObject(), content => content.Value.GetProperty("schema")));
            });
        });
    }

    [Fact]
    public void Introspection_takes_a_form_with_named_fields()
    {
        var form = ApiContract.SchemaOf("IntrospectionForm");
        Assert.Equal(
            ["token", "token_type_hint", "program", "account", "session_id"],
            form.GetProperty("properties").EnumerateObject().Select(field => field.Name));
        Assert.False(form.TryGetProperty("required", out _));
    }

    [Fact]
    public void The_mode_of_a_sign_out_is_optional() =>
        Assert.Equal(
            ["deviceId", "token"],
            ApiContract.SchemaOf("LogoutRequest").GetProperty("required").EnumerateArray().Select(name => name.GetString()));

    [Fact]
    public async Task An_introspection_that_is_written_by_hand_has_the_bytes_of_its_record()
    {
        var visitor = await service.SignIn();
        var body = (await service.Introspect(("token", visitor.LoginToken))).Body;
        var record = JsonSerializer.Deserialize(body, ApiJson.Plain.Introspection)!;
        Assert.True(record.Active);
        Assert.Equal(body, JsonSerializer.Serialize(record, ApiJson.Plain.Introspection));
        Assert.Equal("{\"active\":false}", JsonSerializer.Serialize(new Introspection(Active: false), ApiJson.Plain.Introspection));
    }

    [Theory]
    [InlineData(401, "application/json", "{\"resCode\":401}")]
    [InlineData(401, "application/json", "{\"resCode\":\"401\",\"resDesc\":\"Unauthorized\"}")]
    [InlineData(401, "application/json", "{\"resCode\":401,\"resDesc\":\"Unauthorized\",\"why\":\"a secret\"}")]
    [InlineData(401, "text/plain", "Unauthorized")]
    [InlineData(418, "application/json", "{\"resCode\":418,\"resDesc\":\"A teapot\"}")]
    public void An_answer_that_the_document_does_not_show_is_found(int status, string mediaType, string body) =>
        Assert.ThrowsAny<Xunit.Sdk.XunitException>(() => ApiContract.Check("POST", RawLogout.Path, status, mediaType, body));

    [Fact]
    public void A_wrong_value_deep_in_an_answer_is_found()
    {
        const string Right = """
            {"resCode":200,"resDesc":"SUCCESS","data":[{"device":"7971","signInMode":1,"startedAt":"2026-11-22T09:00:00Z",
            "expiresAt":"2026-11-22T09:30:00Z","current":true,"ref":"00"}],"ended":[]}
            """;
        void Check(string body) => ApiContract.Check("GET", "/onboarding/user/sessions/v1", 200, "application/json", body);
        Check(Right);
        string Wrong(string right, string wrong) => Right.Replace(right, wrong, StringComparison.Ordinal);
        string[] bodies = [Wrong("09:00:00Z", "09:00:00+00:00"), Wrong("true", "\"yes\""), Wrong("\"device\"", "\"deviceId\"")];
        Assert.All(bodies, body => Assert.ThrowsAny<Xunit.Sdk.XunitException>(() => Check(body)));
    }
}
