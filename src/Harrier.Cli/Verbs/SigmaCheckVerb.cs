using System.CommandLine;
using System.Text;
using Harrier.Cli.Console;
using Harrier.Schema;
using Harrier.Sigma;
using Harrier.Sigma.Linting;

namespace Harrier.Cli.Verbs;

/// <summary><c>harrier sigma check PATH…</c>: the linter.</summary>
static class SigmaCheckVerb
{
    public static Command Command(Func<ParseResult, Run> runOf)
    {
        var paths = new Argument<string[]>("PATH")
        {
            Description = "Rule files or folders",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var format = new Option<string>("--format")
        {
            Description = "text, sarif",
            DefaultValueFactory = _ => "text",
            HelpName = "FORMAT",
        };
        format.AcceptOnlyFromAmong("text", "sarif");
        var fix = new Option<bool>("--fix")
        {
            Description =
                "Mend what can be mended without a change of meaning; comments and layout stay",
        };
        var failOn = new Option<string>("--fail-on")
        {
            Description = "Exit 1 from this severity on: error, warning, note",
            DefaultValueFactory = _ => "error",
            HelpName = "SEVERITY",
        };
        failOn.AcceptOnlyFromAmong("error", "warning", "note");
        var ignore = new Option<string[]>("--ignore")
        {
            Description = "Leave out a check (also '# harrier: ignore CHECK' in the file)",
            HelpName = "CHECK",
        };
        var list = new Option<bool>("--list") { Description = "List the checks" };
        var command = new Command(
            "check",
            "Say what is wrong with rule files, where, and what to write instead; exit 1 when a rule can't be read\n\n  harrier sigma check rules/\n  harrier sigma check rules/ --fix\n  harrier sigma check rules/ --format sarif --fail-on warning > sigma.sarif"
        )
        {
            paths,
            format,
            fix,
            failOn,
            ignore,
            list,
        };
        command.SetAction(parsed =>
        {
            var run = runOf(parsed);
            if (parsed.GetValue(list))
            {
                List(run.Face);
                return Application.Done;
            }

            var files = SigmaVerb.Existing(parsed.GetValue(paths)!);
            var ignored = Known(parsed.GetValue(ignore) ?? []);
            var @fixed = parsed.GetValue(fix) ? Fix(files, run.Face) : 0;
            var report = Linter.Check(files, run.Placeholders());
            report = report with
            {
                Findings =
                [
                    .. report.Findings.Where(one =>
                        one.Severity == LintSeverity.Error || !ignored.Contains(one.Code)
                    ),
                ],
            };
            if (parsed.GetValue(format) == "sarif")
            {
                run.Face.Stdout.WriteLine(Sarif.Json(report, VersionVerb.Version));
            }
            else
            {
                Show(run.Face, report, @fixed);
            }

            var least = Enum.Parse<LintSeverity>(parsed.GetValue(failOn)!, ignoreCase: true);
            return report.Findings.Any(one => one.Severity >= least)
                ? Application.No
                : Application.Done;
        });
        return command;
    }

    static void Show(Face face, LintReport report, int @fixed)
    {
        face.Document(
            new
            {
                Schema = "harrier.sigma.check/1",
                report.Files,
                report.Rules,
                Errors = Of(report, error: true),
                Warnings = Of(report, error: false),
                Fixed = @fixed,
            }
        );
        foreach (var one in report.Findings)
        {
            var place =
                $"{one.File}:{one.Line}:{one.Column}: {Word(one.Severity)} {one.Code}: {one.Message}";
            face.Line(
                SafeText.From(one.Suggestion is null ? place : $"{place} {one.Suggestion}").Value
            );
        }

        var mendable = report.Findings.Count(one => one.Fixable);
        face.Line(
            $"{Shown.Count(report.Files, "file")}, {Shown.Count(report.Rules, "rule")}: "
                + string.Join(
                    ", ",
                    new[] { LintSeverity.Error, LintSeverity.Warning, LintSeverity.Note }.Select(
                        severity =>
                            Shown.Count(
                                report.Findings.Count(one => one.Severity == severity),
                                Word(severity)
                            )
                    )
                )
                + (@fixed > 0 ? $"; {Shown.Count(@fixed)} mended" : "")
                + (mendable > 0 ? $"; --fix mends {Shown.Count(mendable)}" : "")
        );
    }

    static IEnumerable<object> Of(LintReport report, bool error) =>
        report
            .Findings.Where(one => one.Severity == LintSeverity.Error == error)
            .Select(one => new
            {
                one.File,
                one.Line,
                one.Column,
                one.Code,
                Severity = Word(one.Severity),
                one.Message,
                one.Suggestion,
                one.Fixable,
            });

    static string Word(LintSeverity severity) => severity.ToString().ToLowerInvariant();

    static HashSet<string> Known(IReadOnlyList<string> names)
    {
        var ids = Linter.Checks.Select(check => check.Id).ToList();
        foreach (var name in names.Where(name => !ids.Contains(name, StringComparer.Ordinal)))
        {
            var near = Nearest.To(name, ids);
            throw new HarrierFault(
                FaultKind.Usage,
                $"There is no check '{name}'.",
                remedy: near is null
                    ? "'harrier sigma check --list' lists them."
                    : $"Did you mean '{near}'?"
            );
        }

        return names.ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>Mends files in place; each is written beside its name first, so that it is whole or as it was.</summary>
    static int Fix(IReadOnlyList<string> paths, Face face)
    {
        var total = 0;
        foreach (var file in SigmaRules.FilesOf(paths))
        {
            var before = Linter.ReadText(file);
            var (after, count) = Linter.Fix(before, file);
            if (count > 0)
            {
                ListFormat.WriteTo(
                    file,
                    part => File.WriteAllText(part, after, new UTF8Encoding(false))
                );
                face.Note($"{SafeText.From(file)}: {Shown.Count(count)} mended");
                total += count;
            }
        }

        return total;
    }

    static void List(Face face)
    {
        face.Document(
            new
            {
                Schema = "harrier.sigma.checks/1",
                Checks = Linter.Checks.Select(check => new
                {
                    check.Id,
                    Severity = Word(check.Severity),
                    check.About,
                }),
            }
        );
        var table = Face.Table("check", "severity", "about");
        foreach (
            var (id, severity, about) in Linter.Checks.OrderBy(
                check => check.Id,
                StringComparer.Ordinal
            )
        )
        {
            table.AddRow(Face.Cell(id), Face.Cell(Word(severity)), Face.Cell(about));
        }

        face.Show(table);
    }
}
