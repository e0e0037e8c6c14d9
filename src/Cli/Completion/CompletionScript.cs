// sessions completion: a few lines for a shell, which then asks this tool ([suggest]) what may come next.
using System.CommandLine;

namespace BankEzy.Sessions.Cli.Completion;

internal static class CompletionScript
{
    private const string Bash = """
        _sessions() {
          local IFS=$'\n'
          COMPREPLY=( $(compgen -W "$(sessions "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null)" -- "${COMP_WORDS[COMP_CWORD]}") )
        }
        complete -o default -F _sessions sessions
        """;

    private const string Zsh = """
        _sessions() {
          local found=("${(@f)$(sessions "[suggest:${#BUFFER}]" "$BUFFER" 2>/dev/null)}")
          compadd -- "${found[@]}"
        }
        compdef _sessions sessions
        """;

    private const string Fish = """
        complete --command sessions --no-files \
          --arguments '(sessions "[suggest:"(commandline --cursor)"]" (commandline --current-process) 2>/dev/null)'
        """;

    private const string PowerShell = """
        Register-ArgumentCompleter -Native -CommandName sessions -ScriptBlock {
          param($word, $ast, $position)
          sessions "[suggest:$position]" "$ast" 2>$null | ForEach-Object { [System.Management.Automation.CompletionResult]::new($_) }
        }
        """;

    public static Command Command()
    {
        var shell = new Argument<string>("shell") { Description = "bash, zsh, fish or pwsh" };
        shell.AcceptOnlyFromAmong("bash", "zsh", "fish", "pwsh");
        var command = new Command("completion", "Prints what a shell needs to complete arguments: source <(sessions completion bash)")
        {
            shell,
        };
        command.SetAction(given =>
        {
            Console.Out.WriteLine(given.GetValue(shell) switch { "zsh" => Zsh, "fish" => Fish, "pwsh" => PowerShell, _ => Bash });
            return ExitCode.Done;
        });
        return command;
    }
}
