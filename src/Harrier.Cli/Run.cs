using Harrier.Cli.Console;
using Harrier.Schema;
using Harrier.Sigma.Caching;
using Harrier.Sigma.Language;
using Harrier.Store;

namespace Harrier.Cli;

/// <summary>What a verb is given: the face, the clock, the workspace it was called for.</summary>
public sealed record Run(Face Face, string WorkspaceFolder, TimeProvider Clock)
{
    /// <summary>Folder of what is shipped with the program: maps, hunts, scenarios, lists.</summary>
    public static string Content { get; } = Path.Combine(AppContext.BaseDirectory, "content");

    /// <summary>What was read of rules, kept from command to command; null where this user has no folder for it.</summary>
    /// <remarks>Not in the workspace: who hands one on would hand on rules that look like those in the files.</remarks>
    public static RuleCache? RuleCache { get; } =
        Environment.GetFolderPath(
            Environment.SpecialFolder.LocalApplicationData,
            Environment.SpecialFolderOption.DoNotVerify
        )
            is { Length: > 0 } folder
            ? new RuleCache(Path.Combine(folder, "harrier", "rules"))
            : null;

    public Workspace OpenWorkspace(bool create = false) => Workspace.Open(WorkspaceFolder, create);

    /// <summary>What Sigma's placeholders stand for in the workspace; nothing where there is none.</summary>
    /// <exception cref="HarrierFault">harrier.yaml can't be read.</exception>
    public Placeholders Placeholders() =>
        File.Exists(Path.Combine(WorkspaceFolder, Workspace.FileName))
            ? new Placeholders(OpenWorkspace().Placeholders)
            : Sigma.Language.Placeholders.None;

    /// <summary>Parses <c>--from</c> and <c>--to</c>: RFC 3339, a day, or -7d before the last event.</summary>
    /// <exception cref="HarrierFault">The text is none of these.</exception>
    public static TimeWindow Window(string? from, string? to, Func<long> last) =>
        new(Moment(from, last) ?? long.MinValue, Moment(to, last) ?? long.MaxValue);

    static long? Moment(string? text, Func<long> last)
    {
        if (text is null)
        {
            return null;
        }

        if (
            text.Length > 2
            && text[0] == '-'
            && int.TryParse(text[1..^1], out var number)
            && text[^1] is 'd' or 'h'
        )
        {
            return last()
                - number
                    * (
                        text[^1] == 'd' ? TimeSpan.MicrosecondsPerDay : TimeSpan.MicrosecondsPerHour
                    );
        }

        if (
            DateTime.TryParse(
                text,
                null,
                System.Globalization.DateTimeStyles.AssumeUniversal
                    | System.Globalization.DateTimeStyles.AdjustToUniversal,
                out var moment
            )
        )
        {
            return (moment - DateTime.UnixEpoch).Ticks / 10;
        }

        throw new HarrierFault(
            FaultKind.Usage,
            $"'{SafeText.From(text, 60)}' is no time.",
            remedy: "Write 2024-05-13, 2024-05-13T08:00:00Z or -7d (counted back from the last event)."
        );
    }
}
