using System.CommandLine;

namespace Harrier.Cli.Verbs;

/// <summary><c>harrier completion SHELL</c>: a script that asks the program itself what fits (its [suggest] directive).</summary>
static class CompletionVerb
{
    static readonly Dictionary<string, string> s_scripts = new()
    {
        ["bash"] = """
            _harrier() { mapfile -t COMPREPLY < <(harrier "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null | grep -- "^${COMP_WORDS[COMP_CWORD]}"); }
            complete -o default -F _harrier harrier
            """,
        ["zsh"] = """
            _harrier() { compadd -- ${(f)"$(harrier "[suggest:$CURSOR]" "$BUFFER" 2>/dev/null)"}; }
            compdef _harrier harrier
            """,
        ["fish"] = """
            complete -c harrier -a '(harrier "[suggest:"(commandline -C)"]" (commandline) 2>/dev/null)'
            """,
        ["pwsh"] = """
            Register-ArgumentCompleter -Native -CommandName harrier -ScriptBlock { param($word, $ast, $cursor)
              harrier "[suggest:$cursor]" "$ast" 2>$null | Where-Object { $_ -like "$word*" } }
            """,
    };

    public static Command Command(Func<ParseResult, Run> runOf)
    {
        var shell = new Argument<string>("SHELL") { Description = "bash, zsh, fish or pwsh" };
        shell.AcceptOnlyFromAmong([.. s_scripts.Keys]);
        var command = new Command(
            "completion",
            "A script for your shell: source <(harrier completion bash)"
        )
        {
            shell,
        };
        command.SetAction(parsed =>
        {
            runOf(parsed).Face.Stdout.WriteLine(s_scripts[parsed.GetValue(shell)!]);
            return Application.Done;
        });
        return command;
    }
}
