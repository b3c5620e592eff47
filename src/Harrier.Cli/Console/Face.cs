using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Spectre.Console.Rendering;

namespace Harrier.Cli.Console;

/// <summary>
/// The two streams of a run: data to stdout, everything else to stderr. With <c>--json</c> stdout holds exactly one document.
/// </summary>
public sealed class Face(
    TextWriter stdout,
    TextWriter stderr,
    bool json,
    bool quiet,
    bool verbose,
    bool color,
    int width
)
{
    static readonly JsonSerializerOptions s_json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DictionaryKeyPolicy = null,
        DefaultIgnoreCondition = JsonIgnoreCondition.Never,
        // Readable for people; it is written to a pipe or a file, never into a page.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    readonly IAnsiConsole _console = AnsiConsole.Create(
        new AnsiConsoleSettings
        {
            Ansi = color ? AnsiSupport.Yes : AnsiSupport.No,
            ColorSystem = color ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new FixedWidthOutput(stdout, width),
        }
    );

    public bool Json { get; } = json;

    public bool Verbose { get; } = verbose;

    public TextWriter Stdout { get; } = stdout;

    /// <summary>A line of data for a person.</summary>
    public void Line(string text = "")
    {
        if (!Json)
        {
            Stdout.WriteLine(text);
        }
    }

    /// <summary>A table or another widget for a person.</summary>
    public void Show(IRenderable widget)
    {
        if (!Json)
        {
            _console.Write(widget);
        }
    }

    /// <summary>A table without vertical lines, as look.md asks.</summary>
    public static Table Table(params ReadOnlySpan<string> headings)
    {
        var table = new Table { Border = TableBorder.None, ShowHeaders = true };
        foreach (var heading in headings)
        {
            var right = heading.StartsWith('>');
            var column = new TableColumn(
                new Text(heading.TrimStart('>'), new Style(decoration: Decoration.Dim))
            );
            column.Padding = new Padding(0, 0, 2, 0);
            column.Alignment = right ? Justify.Right : Justify.Left;
            column.NoWrap = right;
            table.AddColumn(column);
        }

        return table;
    }

    /// <summary>A cell: text that was made safe, or our own.</summary>
    public static IRenderable Cell(SafeText text, Color? color = null) =>
        new Text(text.Value, color is { } c ? new Style(c) : Style.Plain);

    public static IRenderable Cell(string own, Color? color = null) =>
        new Text(own, color is { } c ? new Style(c) : Style.Plain);

    /// <summary>The one document of <c>--json</c>.</summary>
    public void Document<T>(T document)
    {
        if (Json)
        {
            Stdout.WriteLine(ToJson(document));
        }
    }

    public static string ToJson<T>(T value) => JsonSerializer.Serialize(value, s_json);

    /// <summary>One object of a long list (<c>--format ndjson</c>).</summary>
    public void Row<T>(T row) => Stdout.WriteLine(ToJson(row));

    /// <summary>Progress and other things beside the data.</summary>
    public void Note(string sentence)
    {
        if (!quiet)
        {
            stderr.WriteLine(sentence);
        }
    }

    public void Warn(string sentence) => stderr.WriteLine("harrier: " + sentence);

    /// <summary>Rewrites one line of progress on a terminal; nothing in a pipe.</summary>
    public void Progress(string line)
    {
        if (!quiet && !Json && color && !System.Console.IsErrorRedirected)
        {
            stderr.Write("\r\u001b[K" + (line.Length < width ? line : line[..(width - 1)]));
            stderr.Flush();
        }
    }

    sealed class FixedWidthOutput(TextWriter writer, int width) : IAnsiConsoleOutput
    {
        public TextWriter Writer => writer;

        public bool IsTerminal => false;

        public int Width => width;

        public int Height => 50;

        public void SetEncoding(System.Text.Encoding encoding) { }
    }
}
