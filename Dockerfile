# The service as an image. The bank's TLS ends in front of it (deploy/nginx, or an ingress); the image speaks plain HTTP on two ports:
# 10000 for the apps, 10001 for services, operators and probes, which must not be reachable from outside. Nodes of a cluster also listen
# on 11111 (other silos) and 30000 (front ends), at the address that Sessions__Cluster__Address names.

FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /source
ENV DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

# Packages first: this layer is made anew only when a project or a lock file changes.
COPY global.json nuget.config Directory.Build.props Directory.Packages.props BannedSymbols.txt ./
COPY src/Grains.Interfaces/Grains.Interfaces.csproj src/Grains.Interfaces/packages.lock.json src/Grains.Interfaces/
COPY src/Grains/Grains.csproj src/Grains/packages.lock.json src/Grains/
COPY src/EventStore/EventStore.csproj src/EventStore/packages.lock.json src/EventStore/
COPY src/Api/Api.csproj src/Api/packages.lock.json src/Api/
COPY src/Silo/Silo.csproj src/Silo/packages.lock.json src/Silo/
RUN dotnet restore src/Silo --locked-mode

COPY .editorconfig ./
COPY src src
# The commit that is built; it stands in the assemblies' informational version.
ARG REVISION=unknown
RUN dotnet publish src/Silo -c Release --no-restore -o /app -p:SourceRevisionId=$REVISION -p:PublishDocumentationFiles=false

# Not a chiseled image: those have neither a shell nor a tool, so that nothing inside could ask /health/ready, and Compose would start
# the proxy before the nodes. This one has bash, which opens the connection itself; curl is not there, and is not needed.
FROM mcr.microsoft.com/dotnet/aspnet:10.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="BankEzy.Sessions" org.opencontainers.image.licenses="MIT" org.opencontainers.image.revision=$REVISION
RUN install --directory --owner=$APP_UID --group=$APP_UID --mode=0700 /var/lib/bankezy-sessions
WORKDIR /app
COPY --from=build /app ./

# ASPNETCORE_HTTP_PORTS of the base image is not ours: the two listeners are set here. Where 10001 is changed, change the check below.
ENV ASPNETCORE_HTTP_PORTS= \
    Sessions__Public__Url=http://0.0.0.0:10000 \
    Sessions__Management__Url=http://0.0.0.0:10001 \
    Sessions__Sqlite__Path=/var/lib/bankezy-sessions/sessions.db
EXPOSE 10000 10001
# The log with Sessions__Store=sqlite. Empty with PostgreSQL.
VOLUME /var/lib/bankezy-sessions
USER $APP_UID

HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --start-interval=1s --retries=3 CMD ["bash", "-c", \
    "exec 3<>/dev/tcp/127.0.0.1/10001 && printf 'GET /health/ready HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n' >&3 && read -r -t 4 -u 3 status && [[ $status == 'HTTP/1.1 200 '* ]]"]
# The service itself is process 1 and gets SIGTERM: it refuses new requests and finishes what it has, for at most 10 seconds.
ENTRYPOINT ["dotnet", "BankEzy.Sessions.Silo.dll"]
