using System.CommandLine;
using Harrier.Cli.Console;
using Harrier.Store.Lake;

namespace Harrier.Cli.Verbs;

/// <summary><c>harrier lake verify</c>: whether every file of the lake is what the manifest says.</summary>
static class LakeVerb
{
    public static Command Command(Func<ParseResult, Run> runOf)
    {
        var verify = new Command(
            "verify",
            "Check hash and rows of every file; exit 1 when something is damaged"
        );
        verify.SetAction(
            (parsed, cancel) =>
            {
                var run = runOf(parsed);
                var workspace = run.OpenWorkspace();
                using var lake = LakeStore.Open(workspace);
                var result = lake.Verify(cancel);
                run.Face.Document(
                    new
                    {
                        Schema = "harrier.lake.verify/1",
                        result.Files,
                        result.Rows,
                        Damaged = result.Damaged.Select(damage => new
                        {
                            damage.Path,
                            Message = damage.Sentence,
                        }),
                        result.Orphans,
                    }
                );
                foreach (var damage in result.Damaged)
                {
                    run.Face.Line($"! {SafeText.From(damage.Sentence)}");
                }

                run.Face.Line(
                    $"{Shown.Count(result.Files, "file")}, {Shown.Count(result.Rows, "row")}: {(result.Damaged.Count == 0 ? "as the manifest says" : $"{result.Damaged.Count} damaged")}"
                );
                return Task.FromResult(
                    result.Damaged.Count == 0 ? Application.Done : Application.No
                );
            }
        );
        return new Command("lake", "The store itself") { verify };
    }
}
