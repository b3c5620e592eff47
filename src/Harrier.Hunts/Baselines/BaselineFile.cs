using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Harrier.Schema;

namespace Harrier.Hunts.Baselines;

/// <summary>The baseline as YAML that a person reads. Texts are written in JSON's quotes, which YAML shares, so that hostile values stay texts.</summary>
static class BaselineFile
{
    const int ShownValues = 200;

    static readonly JsonSerializerOptions Quotes = new() { Encoder = JavaScriptEncoder.Default };

    public static void Write(BaselineDocument document, string folder)
    {
        var path = Path.Combine(folder, $"{document.Hunt}.yaml");
        try
        {
            Directory.CreateDirectory(folder);
            var staging = path + ".part";
            File.WriteAllText(staging, Text(document));
            File.Move(staging, path, overwrite: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new HarrierFault(
                FaultKind.Environment,
                $"The baseline can't be written: {error.Message}",
                path,
                "Make room, or give yourself permission to write there.",
                error
            );
        }
    }

    internal static string Text(BaselineDocument document)
    {
        var text = new StringBuilder();
        text.AppendLine(
            "# What is normal, as this hunt's last run learned it. Written by Harrier: changes are lost."
        );
        text.AppendLine($"hunt: {document.Hunt}");
        text.AppendLine($"version: {document.Version}");
        text.AppendLine($"run: {document.RunId}");
        text.AppendLine($"from: {Time(document.From)}");
        text.AppendLine($"to: {Time(document.To)}");
        text.AppendLine($"status: {(document.Provisional ? "provisional" : "valid")}");
        text.AppendLine($"valid_until: {Time(document.ValidUntil)}");
        text.AppendLine($"leads: {document.Leads}");
        text.AppendLine($"not_raised_again: {document.NotRaisedAgain}");
        text.AppendLine("dictionary:");
        foreach (var entry in document.Dictionary)
        {
            text.AppendLine(
                $"  - {{ column: {entry.Column}, type: {entry.Type}, events: {entry.Events}, filled: {entry.Filled}, distinct: {entry.Distinct}, description: {Quote(entry.Description)} }}"
            );
        }

        text.AppendLine("steps:");
        foreach (var step in document.Steps)
        {
            text.AppendLine($"  - step: {step.Step}");
            text.AppendLine($"    values: {step.ValueCount}");
            text.AppendLine("    normal:");
            foreach (var value in step.Values.Take(ShownValues))
            {
                text.AppendLine(
                    $"      - {{ group: {Quote(value.Group)}, value: {Quote(value.Value)}, events: {value.Events}, hosts: {value.Hosts}, first: {Time(value.First)}, last: {Time(value.Last)} }}"
                );
            }

            text.AppendLine("    open:");
            foreach (var open in step.Open)
            {
                text.AppendLine(
                    $"      - {{ lead: {open.Lead}, group: {Quote(open.Group)}, value: {Quote(open.Value)}, score: {open.Score.ToString("0.###", CultureInfo.InvariantCulture)}, raised_again: {(open.Quiet ? "no" : "yes")} }}"
                );
            }
        }

        text.AppendLine("known_benign:");
        foreach (var benign in document.Benign)
        {
            text.AppendLine(
                $"  - {{ lead: {benign.Lead}, step: {benign.Step}, group: {Quote(benign.Group)}, value: {Quote(benign.Value)}, why: {Quote(benign.Why)}, who: {Quote(benign.Who)}, expires: {Time(benign.Expires)} }}"
            );
        }

        return text.ToString();
    }

    static string Quote(string text) => JsonSerializer.Serialize(text, Quotes);

    static string Time(long micros) =>
        DateTimeOffset
            .UnixEpoch.AddTicks(micros * 10)
            .ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
