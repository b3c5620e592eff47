using System.CommandLine;
using Harrier.Schema;

namespace Harrier.Cli.Verbs;

/// <summary><c>--format</c> and <c>--out</c> of verbs that print long lists.</summary>
static class ListFormat
{
    public static Option<string> Option(params string[] allowed)
    {
        var option = new Option<string>("--format")
        {
            Description = string.Join(", ", allowed),
            DefaultValueFactory = _ => "table",
            HelpName = "FORMAT",
        };
        option.AcceptOnlyFromAmong(allowed);
        return option;
    }

    /// <summary>A CSV cell: quoted where needed; text that a spreadsheet would run as a formula gets a quote before it.</summary>
    public static string CsvCell(object? value)
    {
        var text = value switch
        {
            null => "",
            string s => s.Length > 0 && s[0] is '=' or '+' or '-' or '@' or '\t' or '\r'
                ? "'" + s
                : s,
            IFormattable number => number.ToString(
                null,
                System.Globalization.CultureInfo.InvariantCulture
            ),
            _ => value.ToString() ?? "",
        };
        return
            text.AsSpan().ContainsAny('"', ',', '\n')
            || text.Contains('\r', StringComparison.Ordinal)
            ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\""
            : text;
    }

    public static string CsvLine(IEnumerable<object?> values) =>
        string.Join(',', values.Select(CsvCell));

    /// <summary>Where <c>--out</c> leads. The file is written beside its name first, so that it is whole or not there.</summary>
    public static void WriteTo(string path, Action<string> write)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        if (!Directory.Exists(folder))
        {
            throw new HarrierFault(
                FaultKind.Usage,
                $"There is no folder '{folder}'.",
                remedy: "Make it, or choose another --out."
            );
        }

        if (Directory.Exists(path))
        {
            throw new HarrierFault(
                FaultKind.Usage,
                $"'{path}' is a folder.",
                remedy: "Name a file in it with --out."
            );
        }

        var part = path + ".part";
        try
        {
            write(part);
            File.Move(part, path, overwrite: true);
        }
        finally
        {
            File.Delete(part);
        }
    }
}
