using System.CommandLine;
using System.Reflection;

namespace Harrier.Cli.Verbs;

/// <summary><c>harrier version</c></summary>
static class VersionVerb
{
    public static string Version { get; } =
        typeof(VersionVerb)
            .Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()
            ?.InformationalVersion.Split('+')[0]
        ?? "0";

    public static Command Command(Func<ParseResult, Run> runOf)
    {
        var command = new Command("version", "Which Harrier this is");
        command.SetAction(parsed =>
        {
            var face = runOf(parsed).Face;
            face.Line($"harrier {Version}");
            face.Document(
                new
                {
                    Schema = "harrier.version/1",
                    Version,
                    Runtime = Environment.Version.ToString(),
                }
            );
            return Application.Done;
        });
        return command;
    }
}
