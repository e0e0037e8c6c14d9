// sessions user export: everything that the log has of a person, as a file for them.
using System.CommandLine;

namespace BankEzy.Sessions.Cli.Users;

internal static class ExportUser
{
    private static readonly Option<string> Format = new("--format")
    {
        Description = "json or csv",
        DefaultValueFactory = _ => "json",
        HelpName = "format",
    };

    private static readonly Option<string?> To = new("--output")
    {
        Description = "The file to make; standard output when absent",
        HelpName = "file",
    };

    public static Command Command(CommonOptions common)
    {
        Format.AcceptOnlyFromAmong("json", "csv");
        var user = new UserOption();
        var command = new Command("export", "Everything that the log has of a person, complete and readable. Roles: support, audit")
        {
            Format, To,
        };
        user.AddTo(command);
        return command.Does(common, async run =>
        {
            var (who, file) = (await user.Find(run), run.Given.GetValue(To));
            if (file is not null)
            {
                CheckNew(file);
            }

            using var response = await run.Service.Open(
                run.Service.JsonPost("/internal/export/v1", json =>
                {
                    who.Write(json);
                    json.WriteString("format"u8, run.Given.GetValue(Format));
                }),
                run.Stop);
            await Save(run, response, file);
            if (file is not null && !run.Out.IsJson)
            {
                run.Out.Line($"{file} has everything that the log has of this person. It is personal data: only you can read it.");
            }

            return ExitCode.Done;
        });
    }

    private static void CheckNew(string file)
    {
        if (File.Exists(file) || Directory.Exists(file))
        {
            throw Failure.Usage($"{file} is there already.", "Name a new file: an export replaces none.");
        }

        if (!Directory.Exists(Path.GetDirectoryName(Path.GetFullPath(file))))
        {
            throw Failure.Usage($"The folder of {file} does not exist.", "Name a file in a folder that you may write to.");
        }
    }

    // Under another name first, so that half an export is never taken for a whole one. Of one that failed nothing is left behind.
    private static async Task Save(CommandRun run, HttpResponseMessage response, string? file)
    {
        try
        {
            if (file is null)
            {
                await using var output = Console.OpenStandardOutput();
                await response.Content.CopyToAsync(output, run.Stop);
                return;
            }

            var part = $"{file}.{OnBehalf.NewRequestId():N}.part";
            try
            {
                await using (var written = new FileStream(part, OwnersAlone()))
                {
                    await response.Content.CopyToAsync(written, run.Stop);
                }

                File.Move(part, file, overwrite: false);
            }
            finally
            {
                File.Delete(part);
            }
        }
        catch (UnauthorizedAccessException failure)
        {
            throw Failure.Usage($"{file} cannot be written: {failure.Message}", "Name a file in a folder that you may write to.");
        }
        catch (Exception failure) when (Service.ServiceClient.IsBroken(failure, run.Stop))
        {
            throw new Failure(ExitCode.Unreachable, $"The export was broken off: {failure.Message}",
                file is null ? "What was written is not complete. Repeat it." : "No file was made. Repeat it.");
        }
    }

    private static FileStreamOptions OwnersAlone()
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return options;
    }
}
