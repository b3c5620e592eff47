using System.CommandLine;

namespace Harrier.Cli.Verbs;

/// <summary><c>harrier map new | test</c>: for those who write source maps.</summary>
static class MapVerb
{
    public static Command Command(Func<ParseResult, Run> runOf) =>
        new("map", "Source maps: draft one from a sample of a log, and see what it makes of it")
        {
            MapNewVerb.Command(runOf),
            MapTestVerb.Command(runOf),
        };

    public static Option<string?> AsOption() =>
        new("--as")
        {
            Description = "Read the sample as this format instead of telling it by content",
            HelpName = "FORMAT",
        };
}
