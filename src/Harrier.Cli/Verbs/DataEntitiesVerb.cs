using System.CommandLine;
using Harrier.Cli.Console;
using Harrier.Schema;
using Harrier.Store.Identity;
using Harrier.Store.Lake;

namespace Harrier.Cli.Verbs;

/// <summary><c>harrier data entities [NAME...]</c>: which address was which host when, and what says so.</summary>
static class DataEntitiesVerb
{
    public static Command Command(Func<ParseResult, Run> runOf)
    {
        var names = new Argument<string[]>("NAME")
        {
            Description = "Hosts, accounts, addresses or security identifiers; none: all",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var command = new Command(
            "entities",
            "Which address was which host when, which identifier is which account, and what says so\n\n  harrier data entities 10.0.0.5 ws1"
        )
        {
            names,
        };
        command.SetAction(
            (parsed, cancel) =>
            {
                var run = runOf(parsed);
                using var lake = LakeStore.Open(run.OpenWorkspace());
                var links = EntityLinks.Of(
                    lake,
                    TimeWindow.All,
                    parsed.GetValue(names) ?? [],
                    cancel
                );
                run.Face.Document(
                    new
                    {
                        Schema = "harrier.data.entities/1",
                        Links = links.Select(link => new
                        {
                            link.Kind,
                            link.Entity,
                            link.Value,
                            First = Shown.Rfc3339(link.First),
                            Last = Shown.Rfc3339(link.Last),
                            link.Events,
                            link.Evidence,
                        }),
                    }
                );
                Show(run.Face, links);
                return Task.FromResult(Application.Done);
            }
        );
        return command;
    }

    static void Show(Face face, IReadOnlyList<EntityLink> links)
    {
        if (links.Count == 0)
        {
            face.Line("No event links these names.");
            return;
        }

        var table = Face.Table("", "name", "is", "from (UTC)", "to (UTC)", ">events", "by");
        foreach (var link in links)
        {
            table.AddRow(
                Face.Cell(link.Kind.Replace('_', ' ')),
                Face.Cell(SafeText.From(link.Entity, 40)),
                Face.Cell(SafeText.From(link.Value, 60)),
                Face.Cell(Shown.Minute(link.First)),
                Face.Cell(Shown.Minute(link.Last)),
                Face.Cell(Shown.Count(link.Events)),
                Face.Cell(SafeText.From(link.Evidence, 60))
            );
        }

        face.Show(table);
    }
}
