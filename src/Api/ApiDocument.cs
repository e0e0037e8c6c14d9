// The OpenAPI 3.1 description of both listeners, with the contract's examples.
using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;

namespace BankEzy.Sessions.Api;

/// <summary>Describes the API.</summary>
public static class ApiDocument
{
    /// <summary>Where the description is, on the management listener.</summary>
    public const string Path = "/openapi/v1.json";

    private const string Device = "tdid:zoqDZXDF59W+5yuhCodFoDGCGXTo8uHJkVRhLTOxk6o=:7971";

    /// <summary>Registers the description.</summary>
    public static IServiceCollection AddApiDocument(this IServiceCollection services) => services.AddOpenApi("v1", options =>
    {
        options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info = new OpenApiInfo
            {
                Title = "BankEzy.Sessions",
                Version = "v1",
                Description = "The session service of a mobile bank. Paths below /internal and /health are on the management listener, "
                    + "all others on the public one.",
            };
            document.Servers = [];
            document.Components ??= new OpenApiComponents();
            document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
            {
                ["managementKey"] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer" },
            };
            return Task.CompletedTask;
        });
        options.AddOperationTransformer((operation, context, _) =>
        {
            Describe(operation, context);
            return Task.CompletedTask;
        });
    });

    private static void Describe(OpenApiOperation operation, OpenApiOperationTransformerContext context)
    {
        var policy = context.Description.ActionDescriptor.EndpointMetadata.OfType<Http.RoutePolicy>().Single();
        operation.Tags = new HashSet<OpenApiTagReference>();
        if (policy.Access != Http.RouteAccess.Open)
        {
            var key = new OpenApiSecuritySchemeReference("managementKey", context.Document);
            operation.Security = [new OpenApiSecurityRequirement { [key] = [] }];
        }
        else if (policy.Listener == Http.Listener.Public)
        {
            operation.Parameters =
            [
                Header("X-API-TOKEN", "The login token.", required: true),
                Header("X-API-KEY", "The app's key, such as MOB-APP-2001.", required: false),
            ];
        }

        AddStreamParameters(operation);
        if (operation.OperationId == "logout")
        {
            AddContractExamples(operation);
        }
    }

    private static void AddStreamParameters(OpenApiOperation operation)
    {
        if (operation.OperationId is not ("feed" or "notices"))
        {
            return;
        }

        var isFeed = operation.OperationId == "feed";
        operation.Parameters = [.. operation.Parameters ?? [], Header("Last-Event-ID", "The id of the last event.", required: false)];
        if (isFeed)
        {
            operation.Parameters.Add(Query("after", "A cursor: the id of the last event that the caller has.", JsonSchemaType.String));
            operation.Parameters.Add(Query("follow", "false for one JSON page instead of a stream.", JsonSchemaType.Boolean));
            operation.Parameters.Add(Query("max", "The most events of a page: 1 to 1000, 100 when absent.", JsonSchemaType.Integer));
        }
    }

    private static void AddContractExamples(OpenApiOperation operation)
    {
        foreach (var content in operation.RequestBody?.Content?.Values ?? [])
        {
            content.Example = new JsonObject { ["signOutMode"] = 1, ["deviceId"] = Device, ["token"] = "eyJlbmMiOiJBMjU2R0NNIiwiYWxnIjoiZGlyIn0..b6UC68wkKw3icLR-.8xVJwyqcg….aT0zUbt6al4aymQydmLQSQ" };
        }

        foreach (var (status, response) in operation.Responses ?? [])
        {
            foreach (var content in response.Content?.Values ?? [])
            {
                content.Example = status == "200"
                    ? new JsonObject { ["resCode"] = 200, ["resDesc"] = "SUCCESS" }
                    : new JsonObject { ["resCode"] = int.Parse(status, CultureInfo.InvariantCulture), ["resDesc"] = TextOf(status) };
            }
        }
    }

    private static string TextOf(string status) => status switch
    {
        "400" => "Device id is mandatory",
        "401" => Http.Answer.Unauthorized.Text,
        "413" => Http.Answer.TooLarge.Text,
        "415" => Http.Answer.UnsupportedMediaType.Text,
        "429" => Http.Answer.TooMany.Text,
        _ => Http.Answer.Unavailable.Text,
    };

    private static OpenApiParameter Query(string name, string description, JsonSchemaType type) => new()
    {
        Name = name,
        In = ParameterLocation.Query,
        Description = description,
        Schema = new OpenApiSchema { Type = type },
    };

    private static OpenApiParameter Header(string name, string description, bool required) => new()
    {
        Name = name,
        In = ParameterLocation.Header,
        Description = description,
        Required = required,
        Schema = new OpenApiSchema { Type = JsonSchemaType.String },
    };
}
