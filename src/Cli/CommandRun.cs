// One run of one command: what was given, where the service is, where the answer goes.
using System.CommandLine;
using System.Text.Json;
using BankEzy.Sessions.Cli.Service;

namespace BankEzy.Sessions.Cli;

/// <summary>What a command works with.</summary>
/// <param name="Given">The arguments.</param>
/// <param name="Out">Where the answer goes.</param>
/// <param name="Service">The service.</param>
/// <param name="Time">The clock.</param>
/// <param name="Stop">Cancelled by Ctrl-C.</param>
internal sealed record CommandRun(ParseResult Given, Output Out, ServiceClient Service, TimeProvider Time, CancellationToken Stop);

/// <summary>Gives commands their work.</summary>
internal static class Commands
{
    /// <summary>Sets what a command does. Whatever ends it early is said once, with what to do, and becomes its exit code.</summary>
    public static Command Does(this Command command, CommonOptions common, Func<CommandRun, Task<int>> work)
    {
        command.SetAction(async (given, stop) =>
        {
            var output = new Output(given.GetValue(common.Json));
            try
            {
                using var service = ServiceClient.Open(
                    given.GetValue(common.Url), given.GetValue(common.KeyFile), given.GetValue(common.Actor));
                return await work(new CommandRun(given, output, service, TimeProvider.System, stop));
            }
            catch (Failure failure)
            {
                output.Fail(failure);
                return failure.Code;
            }
            catch (Exception form) when (form is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
            {
                output.Fail(new Failure(
                    ExitCode.Failed, $"An answer of the service has a form that this tool does not know: {form.Message}",
                    "Is the service of the same version? Compare with 'sessions --version'."));
                return ExitCode.Failed;
            }
            catch (Exception broken) when (ServiceClient.IsBroken(broken, stop))
            {
                output.Fail(new Failure(ExitCode.Unreachable, $"It was broken off: {broken.Message}", "Repeat it."));
                return ExitCode.Unreachable;
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                output.Fail(new Failure(ExitCode.Failed, "Stopped.", "Nothing is running any more."));
                return ExitCode.Failed;
            }
        });
        return command;
    }
}
