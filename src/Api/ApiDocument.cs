// The OpenAPI 3.1 description of both listeners, with the contract's examples.
using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using BankEzy.Sessions.Api.Http;
using BankEzy.Sessions.Api.Notices;
using BankEzy.Sessions.Api.Security;
using BankEzy.Sessions.Api.Users;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;

namespace BankEzy.Sessions.Api;

/// <summary>Describes the API.</summary>
public static class ApiDocument
{
    /// <summary>Where the description is, on the management listener.</summary>
    public const string Path = "/openapi/v1.json";

    private const string LoginToken = "loginToken";
    private const string ApiKey = "apiKey";
    private const string NoticeTicket = "noticeTicket";
    private const string ManagementKey = "managementKey";
    private const string ManagementKeyAsPassword = "managementKeyAsPassword";

    private const string Device = "tdid:zoqDZXDF59W+5yuhCodFoDGCGXTo8uHJkVRhLTOxk6o=:7971";

    /// <summary>Registers the description.</summary>
    public static IServiceCollection AddApiDocument(this IServiceCollection services) => services
        .ConfigureHttpJsonOptions(static http =>
        {
            // The schemas are those of what is written: the same names, and numbers that are numbers.
            http.SerializerOptions.TypeInfoResolverChain.Insert(0, ApiJson.Default);
            http.SerializerOptions.NumberHandling = JsonNumberHandling.Strict;
        })
        .AddOpenApi("v1", static options =>
        {
            options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
            options.AddDocumentTransformer(static (document, _, _) => Done(() => Describe(document)));
            options.AddOperationTransformer(static (operation, context, _) => Done(() => Describe(operation, context)));
            options.AddOperationTransformer(AddNotices);
            options.AddSchemaTransformer(static (schema, context, _) => Done(() => Describe(schema, context)));
        });

    private static Task Done(Action describe)
    {
        describe();
        return Task.CompletedTask;
    }

    private static void Describe(OpenApiDocument document)
    {
        document.Info = new OpenApiInfo
        {
            Title = "BankEzy.Sessions",
            Version = "v1",
            Description = "The session service of a mobile bank. Paths below /internal and /health are on the management listener, "
                + "all others on the public one.",
            License = new OpenApiLicense { Name = "MIT", Identifier = "MIT" },
        };
        document.Servers = [Public];
        document.Tags = new HashSet<OpenApiTag>
        {
            new() { Name = "Apps", Description = "For the bank's apps, on the public listener." },
            new() { Name = "Services", Description = "For the bank's services and operators, on the management listener." },
            new() { Name = "Probes", Description = "For orchestrators and load balancers, on the management listener." },
        };
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
        {
            [LoginToken] = HeaderKey("X-API-TOKEN", "The login token; the app token where the simulator signs a user in."),
            [ApiKey] = HeaderKey("X-API-KEY", "The app's key, such as MOB-APP-2001. It names the program."),
            [NoticeTicket] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.ApiKey,
                In = ParameterLocation.Query,
                Name = NoticeTickets.Field,
                Description = "A ticket of POST /onboarding/user/notices/ticket/v1, for EventSource, which sends no headers.",
            },
            [ManagementKey] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http,
                Scheme = "bearer",
                Description = "A key of Sessions__Management__Keys.",
            },
            [ManagementKeyAsPassword] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http,
                Scheme = "basic",
                Description = "The name of a key and the key; any name where the key has none.",
            },
        };
    }

    private static OpenApiServer Public => new() { Url = "http://localhost:10000", Description = "The public listener." };

    private static OpenApiServer Management => new() { Url = "http://localhost:10001", Description = "The management listener." };

    private static OpenApiSecurityScheme HeaderKey(string name, string description) => new()
    {
        Type = SecuritySchemeType.ApiKey,
        In = ParameterLocation.Header,
        Name = name,
        Description = description,
    };

    private static void Describe(OpenApiOperation operation, OpenApiOperationTransformerContext context)
    {
        var policy = context.Description.ActionDescriptor.EndpointMetadata.OfType<RoutePolicy>().Single();
        var tag = policy.Listener == Listener.Public ? "Apps" : policy.Access != RouteAccess.Open ? "Services" : "Probes";
        operation.Tags = new HashSet<OpenApiTagReference> { new(tag, context.Document) };
        operation.Servers = policy.Listener == Listener.Management ? [Management] : null;
        operation.Security = SecurityOf(operation.OperationId!, policy, context.Document!);
        if (policy.Access == RouteAccess.ManagementKey)
        {
            operation.Description = $"{operation.Description} Roles: {RoleNames.TextOf(policy.Roles, "or")}.".TrimStart();
        }

        AddParameters(operation, policy.Access == RouteAccess.ManagementKey);
        foreach (var (status, response) in operation.Responses ?? [])
        {
            AddRequestId(response);
            AddExample(operation, status, response);
            foreach (var (_, text) in response.Content?.Where(media => media.Key is EventStream.MediaType or ExportUser.Csv) ?? [])
            {
                text.Schema = new OpenApiSchema { Type = JsonSchemaType.String };
            }
        }

        if (operation.OperationId == "logout")
        {
            foreach (var content in operation.RequestBody?.Content?.Values ?? [])
            {
                content.Example = new JsonObject { ["signOutMode"] = 1, ["deviceId"] = Device, ["token"] = "eyJlbmMiOiJBMjU2R0NNIiwiYWxnIjoiZGlyIn0..b6UC68wkKw3icLR-.8xVJwyqcg….aT0zUbt6al4aymQydmLQSQ" };
            }
        }
    }

    // The format of a stream is text to OpenAPI; what its events carry is among the schemas.
    private static async Task AddNotices(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken stop)
    {
        if (operation.OperationId != "notices")
        {
            return;
        }

        foreach (var type in (Type[])[typeof(DeviceSignedOutNotice), typeof(SessionEndedNotice), typeof(TokenExpiredNotice)])
        {
            var schema = await context.GetOrCreateSchemaAsync(type, parameterDescription: null, stop);
            context.Document!.AddComponent(type.Name, schema);
        }
    }

    // An empty requirement says that the operation asks for nothing.
    private static List<OpenApiSecurityRequirement> SecurityOf(string operation, RoutePolicy policy, OpenApiDocument document)
    {
        OpenApiSecurityRequirement All(params string[] schemes)
        {
            var requirement = new OpenApiSecurityRequirement();
            foreach (var scheme in schemes)
            {
                requirement[new OpenApiSecuritySchemeReference(scheme, document)] = [];
            }

            return requirement;
        }

        return (policy.Access, policy.Listener, operation) switch
        {
            (RouteAccess.ManagementKey, _, _) => [All(ManagementKey), All(ManagementKeyAsPassword)],
            (_, Listener.Management, _) => [],
            (_, _, "simulated-timeline") => [],
            (_, _, "simulated-app-token") => [All(ApiKey)],
            (_, _, "simulated-login") => [All(LoginToken, ApiKey)],
            (_, _, "notices") => [All(LoginToken, ApiKey), All(LoginToken), All(NoticeTicket)],
            _ => [All(LoginToken, ApiKey), All(LoginToken)],
        };
    }

    private static void AddParameters(OpenApiOperation operation, bool asksForKey)
    {
        IOpenApiParameter[] parameters = operation.OperationId switch
        {
            "wakes" => OfAllUsers(),
            "feed" =>
            [
                .. OfAllUsers(),
                Query("accounts", "masked: accounts are shown by their last digits.", JsonSchemaType.String),
                Query("user", "With events=all: one user, as answers name it. Then after is a version.", JsonSchemaType.String),
                Query("events", "all, and with user alone.", JsonSchemaType.String),
            ],
            "log" =>
            [
                Query("after", "The next of an answer: the cursor of the last event that the caller has.", JsonSchemaType.String),
                Query("max", "The most events of a page: 1 to 10000, 1000 when absent.", JsonSchemaType.Integer),
            ],
            "notices" =>
            [
                Header("Last-Event-ID", "The id of the last event; wins over after."),
                Query("after", "The id of the last event.", JsonSchemaType.String),
            ],
            "incidents" => [Query("id", "The id of one incident; all when absent.", JsonSchemaType.String)],
            "simulated-app-token" => [Header("X-ACCOUNT-NUMBER", "The account that the token is to name.")],
            "simulated-login" => [Header("X-ACCOUNT-NUMBER", "The account that signs in.", required: true)],
            _ => [],
        };
        IOpenApiParameter[] actor = asksForKey
            ? [Header(ManagementAccess.ActorHeader, "The person for whom the key asks: 2 to 32 of A-Z a-z 0-9 . _ -")]
            : [];
        var requestId = Header(RequestId.Header, "The caller's id of the request: 1 to 64 of A-Z a-z 0-9 . _ -");
        operation.Parameters = [.. parameters, .. actor, requestId];
    }

    private static IOpenApiParameter[] OfAllUsers() =>
    [
        Header("Last-Event-ID", "The id of the last event; wins over after."),
        Query("after", "A cursor: the id of the last event that the caller has; or end.", JsonSchemaType.String),
        Query("follow", "false for one JSON page instead of a stream.", JsonSchemaType.Boolean),
        Query("max", "The most events of a page: 1 to 1000, 100 when absent.", JsonSchemaType.Integer),
    ];

    private static void AddRequestId(IOpenApiResponse response)
    {
        if (response is OpenApiResponse own)
        {
            own.Headers ??= new Dictionary<string, IOpenApiHeader>();
            own.Headers[RequestId.Header] = new OpenApiHeader
            {
                Description = "The request's id, which stands in the log as rid: the caller's, or one of the service.",
                Schema = new OpenApiSchema { Type = JsonSchemaType.String },
            };
        }
    }

    private static void AddExample(OpenApiOperation operation, string status, IOpenApiResponse response)
    {
        var code = int.Parse(status, CultureInfo.InvariantCulture);
        var text = code switch
        {
            StatusCodes.Status200OK when operation.OperationId is "logout" or "acknowledge-notices" or "revoke" => Answer.Success.Text,
            StatusCodes.Status400BadRequest when operation.OperationId == "logout" => Refusals.AnswerTo(RefusalCode.BodyDevice).Text,
            StatusCodes.Status401Unauthorized => Answer.Unauthorized.Text,
            StatusCodes.Status403Forbidden => Refusals.AnswerTo(RefusalCode.Role).Text,
            StatusCodes.Status413PayloadTooLarge => Answer.TooLarge.Text,
            StatusCodes.Status415UnsupportedMediaType when operation.OperationId is "introspect" or "revoke" =>
                Answer.UnsupportedFormType.Text,
            StatusCodes.Status415UnsupportedMediaType => Answer.UnsupportedMediaType.Text,
            StatusCodes.Status429TooManyRequests => Answer.TooMany.Text,
            StatusCodes.Status503ServiceUnavailable when operation.OperationId != "ready" => Answer.Unavailable.Text,
            _ => null,
        };
        if (text is not null && response.Content is { } content)
        {
            foreach (var media in content.Values)
            {
                media.Example = new JsonObject { ["resCode"] = code, ["resDesc"] = text };
            }
        }
    }

    private static void Describe(OpenApiSchema schema, OpenApiSchemaTransformerContext context)
    {
        schema.Description = schema.Description is { } text
            ? string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
            : null;
        schema.Type &= ~JsonSchemaType.Null; // What has no value is left out, of answers and of requests.
        if (context.JsonTypeInfo.Type == typeof(StoredContent))
        {
            schema.Type = JsonSchemaType.Object;
        }
        else if (context.JsonPropertyInfo is { Name: "signOutMode" })
        {
            schema.Enum = [1, 2];
        }
    }

    private static OpenApiParameter Query(string name, string description, JsonSchemaType type) => new()
    {
        Name = name,
        In = ParameterLocation.Query,
        Description = description,
        Schema = new OpenApiSchema { Type = type },
    };

    private static OpenApiParameter Header(string name, string description, bool required = false) => new()
    {
        Name = name,
        In = ParameterLocation.Header,
        Description = description,
        Required = required,
        Schema = new OpenApiSchema { Type = JsonSchemaType.String },
    };
}
