using System.CommandLine;
using System.Text;
using Harrier.Cli.Console;
using Harrier.Schema;
using Harrier.Sigma;
using Harrier.Sigma.Converting;
using Harrier.Sigma.Linting;

namespace Harrier.Cli.Verbs;

/// <summary><c>harrier sigma convert-legacy RULE</c>: correlations in the place of conditions that count.</summary>
static class SigmaConvertVerb
{
    public static Command Command(Func<ParseResult, Run> runOf)
    {
        var rule = new Argument<string>("RULE") { Description = "A rule file" };
        var timespan = new Option<string?>("--timespan")
        {
            Description = "For rules without a timeframe: 5m, 1h, 7d",
            HelpName = "SPAN",
        };
        var output = new Option<string?>("--out")
        {
            Description = "Write to this file; RULE itself is allowed",
            HelpName = "FILE",
        };
        var command = new Command(
            "convert-legacy",
            "Write '| count() by user > 5' and '| near' as correlations; comments stay. Exit 1 when a rule could not be converted\n\n  harrier sigma convert-legacy rule.yml\n  harrier sigma convert-legacy rule.yml --timespan 5m --out rule.yml"
        )
        {
            rule,
            timespan,
            output,
        };
        command.SetAction(parsed =>
        {
            var face = runOf(parsed).Face;
            var file = parsed.GetValue(rule)!;
            if (!File.Exists(file))
            {
                throw new HarrierFault(FaultKind.Input, "There is no such file.", file);
            }

            var span = parsed.GetValue(timespan);
            if (span is not null && !LegacyConverter.IsTimespan(span))
            {
                throw new HarrierFault(
                    FaultKind.Usage,
                    $"'{SafeText.From(span, 40)}' is no timespan.",
                    remedy: "Write a number and s, m, h, d or w: 5m."
                );
            }

            var result = LegacyConverter.Convert(Linter.ReadText(file), file, span);
            if (parsed.GetValue(output) is { } path)
            {
                ListFormat.WriteTo(
                    path,
                    part => File.WriteAllText(part, result.Text, new UTF8Encoding(false))
                );
            }

            Show(face, result, parsed.GetValue(output));
            return result.Left.Count > 0 ? Application.No : Application.Done;
        });
        return command;
    }

    static void Show(Face face, LegacyConversion result, string? output)
    {
        face.Document(
            new
            {
                Schema = "harrier.sigma.convert-legacy/1",
                result.Converted,
                Left = result.Left.Select(Json),
                Notices = result.Notices.Select(Json),
                result.Text,
                File = output,
            }
        );
        if (output is null && !face.Json)
        {
            var safe = string.Join(
                '\n',
                result.Text.TrimEnd('\n').Split('\n').Select(line => SafeText.From(line).Value)
            );
            face.Line(safe);
            if (safe.Length != result.Text.TrimEnd('\n').Length)
            {
                face.Warn(
                    "characters that can't be seen are shown by signs here; --out writes them as they are"
                );
            }
        }

        foreach (var one in result.Left.Concat(result.Notices))
        {
            face.Warn(SafeText.From(one.ToString()).Value);
        }

        face.Note(
            $"{Shown.Count(result.Converted, "rule")} converted{(result.Left.Count > 0 ? $", {Shown.Count(result.Left.Count)} to look at" : "")}"
        );
    }

    static object Json(SigmaDiagnostic one) =>
        new
        {
            one.File,
            one.Line,
            one.Column,
            one.Message,
            one.Suggestion,
        };
}
