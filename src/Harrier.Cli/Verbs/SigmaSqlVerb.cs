using System.CommandLine;
using Harrier.Schema;
using Harrier.Sigma;
using Harrier.Sigma.Predicates;
using Harrier.Store;

namespace Harrier.Cli.Verbs;

/// <summary><c>harrier sigma sql</c>: a rule as queries for <c>harrier query</c>, to pivot from.</summary>
static class SigmaSqlVerb
{
    public static Command Command(Func<ParseResult, Run> runOf)
    {
        var rule = new Argument<string>("RULE") { Description = "A rule file" };
        var command = new Command(
            "sql",
            """
            A rule as SQL over the workspace's classes, to pivot from: the rows that 'sigma scan' finds, or the reason why no query says it exactly

              harrier sigma sql rule.yml
              harrier query "$(harrier sigma sql rule.yml)"
            """
        )
        {
            rule,
        };
        command.SetAction(parsed =>
        {
            var run = runOf(parsed);
            using var session = HuntSession.Open(run);
            var set = SigmaRules.Load(
                SigmaVerb.Existing([parsed.GetValue(rule)!]),
                session.Placeholders
            );
            SigmaVerb.ThrowFirst(set);
            var compiled = SigmaCompiler.Compile(
                set.Rules,
                Logsources.Load(session.LogsourceFolders)
            );
            var queries = set
                .Rules.SelectMany(one =>
                    SigmaPredicates
                        .Of(compiled, one)
                        .Select(asked =>
                            (Rule: one, Asked: asked, Sql: Sql(session.Lake.Dialect, asked))
                        )
                )
                .ToList();
            run.Face.Document(
                new
                {
                    Schema = "harrier.sigma.sql/1",
                    Queries = queries.Select(query => new
                    {
                        Rule = new { query.Rule.Id, query.Rule.Title },
                        Class = query.Asked.Class.Name,
                        query.Sql,
                        query.Asked.Why,
                    }),
                    NotRun = compiled.NotRun.Select(pair => new
                    {
                        Rule = pair.Rule.Title,
                        pair.Why,
                    }),
                }
            );
            if (compiled.NotRun is [var (other, why), ..])
            {
                throw new HarrierFault(FaultKind.Usage, why, $"{other.File}:{other.Line}");
            }

            foreach (var query in queries.Where(query => query.Sql is null))
            {
                run.Face.Warn(
                    $"class {query.Asked.Class.Name}: no query says exactly what the rule asks: {query.Asked.Why}"
                );
            }

            var written = queries.Select(query => query.Sql).OfType<string>().ToList();
            run.Face.Line(string.Join("\nUNION ALL BY NAME\n", written));
            return written.Count == queries.Count ? Application.Done : Application.No;
        });
        return command;
    }

    static string? Sql(Dialect dialect, RulePredicate asked) =>
        asked.Predicate is { } predicate
            ? $"SELECT * FROM {dialect.Name(asked.Class.Name)} WHERE {dialect.Where(predicate)}"
            : null;
}
