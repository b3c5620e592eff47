using System.CommandLine;
using System.CommandLine.Parsing;
using Harrier.Cli.Console;
using Harrier.Cli.Verbs;
using Harrier.Schema;

namespace Harrier.Cli;

/// <summary>The command line: the verbs, the global options, and how a fault becomes a sentence and an exit code.</summary>
public static class Application
{
    public const int Done = 0;
    public const int No = 1;
    public const int CallIsWrong = 2;
    public const int InputUnread = 3;
    public const int EnvironmentFailed = 4;
    public const int Bug = 70;
    public const int Cancelled = 130;

    static readonly Option<string?> s_workspace = new("--workspace", "-w")
    {
        Description =
            "Folder of the workspace (default: $HARRIER_WORKSPACE, the nearest parent with a harrier.yaml, else ./harrier-workspace)",
        HelpName = "DIR",
        Recursive = true,
    };

    static readonly Option<bool> s_json = new("--json")
    {
        Description = "One JSON document on stdout",
        Recursive = true,
    };
    static readonly Option<bool> s_quiet = new("--quiet", "-q")
    {
        Description = "No progress",
        Recursive = true,
    };
    static readonly Option<bool> s_verbose = new("--verbose", "-v")
    {
        Description = "A line for each finished step",
        Recursive = true,
    };
    static readonly Option<bool> s_noColor = new("--no-color")
    {
        Description = "No colour (also NO_COLOR)",
        Recursive = true,
    };
    static readonly Option<bool> s_yes = new("--yes", "-y")
    {
        Description = "Answer yes to questions",
        Recursive = true,
    };

    /// <summary>Runs one command line; the exit code is cli.md's.</summary>
    public static int Run(string[] args, TextWriter stdout, TextWriter stderr, TimeProvider clock)
    {
        var root = Root(clock, stdout, stderr);
        var parsed = root.Parse(args);
        var face = FaceOf(parsed, stdout, stderr);
        try
        {
            if (parsed.Errors.Count > 0)
            {
                var help =
                    parsed.CommandResult.Command is RootCommand
                        ? "harrier --help"
                        : $"harrier {PathOf(parsed.CommandResult)} --help";
                return Fail(face, stderr, "usage", UsageSentence(parsed), null, help, CallIsWrong);
            }

            return parsed.Invoke(
                new InvocationConfiguration
                {
                    EnableDefaultExceptionHandler = false,
                    Output = stdout,
                    Error = stderr,
                }
            );
        }
        catch (OperationCanceledException)
        {
            return Fail(
                face,
                stderr,
                "cancelled",
                "Cancelled; what was finished before is kept, nothing is half-written.",
                null,
                null,
                Cancelled
            );
        }
        catch (HarrierFault fault)
        {
            return Fail(
                face,
                stderr,
                fault.Kind.ToString().ToLowerInvariant(),
                fault.Message,
                fault.Where,
                fault.Remedy,
                CodeOf(fault.Kind)
            );
        }
        catch (IOException error) when (stdout is StreamWriter && IsBrokenPipe(error))
        {
            return Done;
        }
        catch (Exception error)
            when (error is IOException or UnauthorizedAccessException or OutOfMemoryException)
        {
            var remedy = IsFull(error)
                ? "Free some room and run it again; finished imports are kept."
                : null;
            return Fail(
                face,
                stderr,
                "environment",
                error.Message,
                null,
                remedy,
                EnvironmentFailed
            );
        }
        catch (Exception error)
        {
            var trace = Path.Combine(
                Path.GetTempPath(),
                $"harrier-bug-{clock.GetUtcNow():yyyyMMdd-HHmmss}.txt"
            );
            File.WriteAllText(
                trace,
                $"harrier {VersionVerb.Version}\n{string.Join(' ', args)}\n{error}\n"
            );
            return Fail(
                face,
                stderr,
                "bug",
                "This is a bug of Harrier, not of yours.",
                trace,
                "Please report it with that file.",
                Bug
            );
        }
        finally
        {
            Flush(stdout);
        }
    }

    static RootCommand Root(TimeProvider clock, TextWriter stdout, TextWriter stderr)
    {
        Harrier.Cli.Run RunOf(ParseResult parsed) =>
            new(
                FaceOf(parsed, stdout, stderr),
                WorkspaceFolder(parsed.GetValue(s_workspace)),
                clock
            );

        var root = new RootCommand(
            "Harrier, a threat-hunting workbench: logs and intelligence in, hunts over them, leads a person can defend out."
        )
        {
            s_workspace,
            s_json,
            s_quiet,
            s_verbose,
            s_noColor,
            s_yes,
        };
        // In the order a hunter meets them.
        root.Add(DemoVerb.Command(RunOf));
        root.Add(ImportVerb.Command(RunOf));
        root.Add(DataVerb.Command(RunOf));
        root.Add(MapVerb.Command(RunOf));
        root.Add(QueryVerb.Command(RunOf));
        root.Add(StackVerb.Command(RunOf));
        root.Add(IntelVerb.Command(RunOf));
        root.Add(HuntVerb.Command(RunOf));
        root.Add(LeadsVerb.Command(RunOf));
        root.Add(ReportVerb.Command(RunOf));
        root.Add(SigmaVerb.Command(RunOf));
        root.Add(LakeVerb.Command(RunOf));
        root.Add(SimulateVerb.Command(RunOf));
        root.Add(EvaluateVerb.Command(RunOf));
        root.Add(CompletionVerb.Command(RunOf));
        root.Add(VersionVerb.Command(RunOf));
        return root;
    }

    static Face FaceOf(ParseResult parsed, TextWriter stdout, TextWriter stderr)
    {
        var terminal = stdout is StreamWriter && !System.Console.IsOutputRedirected;
        var color =
            terminal
            && !parsed.GetValue(s_noColor)
            && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));
        return new Face(
            stdout,
            stderr,
            parsed.GetValue(s_json),
            parsed.GetValue(s_quiet),
            parsed.GetValue(s_verbose),
            color,
            terminal ? Math.Max(40, System.Console.WindowWidth) : 100
        );
    }

    static string WorkspaceFolder(string? option)
    {
        if (option is not null)
        {
            return Path.GetFullPath(option);
        }

        if (Environment.GetEnvironmentVariable("HARRIER_WORKSPACE") is { Length: > 0 } variable)
        {
            return Path.GetFullPath(variable);
        }

        for (
            var folder = new DirectoryInfo(Directory.GetCurrentDirectory());
            folder is not null;
            folder = folder.Parent
        )
        {
            if (File.Exists(Path.Combine(folder.FullName, "harrier.yaml")))
            {
                return folder.FullName;
            }
        }

        return Path.GetFullPath("harrier-workspace");
    }

    static int Fail(
        Face face,
        TextWriter stderr,
        string kind,
        string message,
        string? where,
        string? remedy,
        int code
    )
    {
        face.Progress("");
        var safe = SafeText.From(message).Value;
        stderr.WriteLine(
            where is null ? $"harrier: {safe}" : $"harrier: {SafeText.From(where)}: {safe}"
        );
        if (remedy is not null)
        {
            stderr.WriteLine($"         {SafeText.From(remedy)}");
        }

        face.Document(
            new
            {
                Schema = "harrier.error/1",
                Error = new
                {
                    Kind = kind,
                    Message = message,
                    Where = where,
                    Remedy = remedy,
                },
            }
        );
        return code;
    }

    static int CodeOf(FaultKind kind) =>
        kind switch
        {
            FaultKind.Usage => CallIsWrong,
            FaultKind.Input => InputUnread,
            FaultKind.Environment => EnvironmentFailed,
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
        };

    static string PathOf(CommandResult? command)
    {
        var names = new Stack<string>();
        for (
            SymbolResult? result = command;
            result is CommandResult current && current.Command is not RootCommand;
            result = result.Parent
        )
        {
            names.Push(current.Command.Name);
        }

        return string.Join(' ', names);
    }

    /// <summary>What is wrong with the call. The parser says first that a verb is missing, and then which word it could not place.</summary>
    static string UsageSentence(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        if (command.Subcommands.Count > 0 && command.Action is null)
        {
            var verbs = string.Join(", ", command.Subcommands.Select(verb => verb.Name));
            var path = PathOf(parsed.CommandResult);
            var name = path.Length == 0 ? "harrier" : "harrier " + path;
            return parsed.UnmatchedTokens is [var word, ..]
                ? $"'{name}' has no verb '{word}'; there are: {verbs}."
                : $"'{name}' needs a verb; there are: {verbs}.";
        }

        // The parser puts the values that are allowed on lines of their own.
        return Sentence(
            string.Join(
                ' ',
                parsed
                    .Errors[0]
                    .Message.Split(
                        '\n',
                        StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries
                    )
            )
        );
    }

    static string Sentence(string message) => message.EndsWith('.') ? message : message + ".";

    static bool IsFull(Exception error) =>
        error.HResult is unchecked((int)0x80070070) or 28
        || error.Message.Contains("No space left", StringComparison.Ordinal);

    static bool IsBrokenPipe(IOException error) =>
        error.Message.Contains("Broken pipe", StringComparison.Ordinal);

    static void Flush(TextWriter stdout)
    {
        try
        {
            stdout.Flush();
        }
        catch (IOException)
        {
            // Nobody reads any more (harrier query ... | head): that is the reader's wish, not a fault.
        }
    }
}
