using Harrier.Intel;
using Harrier.Intel.Indicators;
using Harrier.Knowledge;
using Harrier.Schema;

namespace Harrier.Tests.Intel;

/// <summary>Real intelligence of many publishers: nothing crashes, and the sums are printed.</summary>
public sealed class IntelCorpusTest(ITestOutputHelper output) : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("harrier-intel-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("talos-iocs", 260)]
    [InlineData("stix-examples", 30)]
    [InlineData("ti", 150)]
    public void Every_file_is_imported_or_refused_with_a_sentence(string folder, int atLeast)
    {
        Assert.SkipWhen(Corpus.Path is null, "needs ../shared/corpus");
        using var db = KnowledgeDb.Open(Path.Combine(_folder, "knowledge.db"), TimeProvider.System);
        var store = IntelStore.Open(db, RepositoryRoot.Combine("intel", "too-common.yaml"));
        var imported = 0;
        var byFormat = new SortedDictionary<string, (int Files, long Indicators, long Rejected)>();
        var reasons = new Dictionary<string, int>();
        foreach (var file in IntelImporter.FilesOf(Corpus.Combine(folder)))
        {
            var name = Path.GetRelativePath(Corpus.Path!, file);
            try
            {
                var receipt = IntelImporter.Import(store, file);
                imported++;
                var sum = byFormat.GetValueOrDefault(receipt.Format);
                byFormat[receipt.Format] = (
                    sum.Files + 1,
                    sum.Indicators + receipt.Indicators,
                    sum.Rejected + receipt.RejectedCount
                );
                foreach (var reject in receipt.Rejected)
                {
                    reasons[reject.Reason] = reasons.GetValueOrDefault(reject.Reason) + 1;
                }

                output.WriteLine(
                    $"{name}: {receipt.Format} {receipt.Indicators} indicators, {receipt.RejectedCount} rejected"
                );
                Assert.All(receipt.Rejected, reject => Assert.NotEmpty(reject.Reason));
            }
            catch (HarrierFault fault)
            {
                Assert.NotNull(fault.Remedy);
                output.WriteLine($"{name}: REFUSED {fault.Message}");
            }
        }

        foreach (var (format, sum) in byFormat)
        {
            output.WriteLine($"SUM {format}: {sum}");
        }

        foreach (var (reason, count) in reasons.OrderByDescending(r => r.Value).Take(40))
        {
            output.WriteLine($"REASON {count} {reason}");
        }

        foreach (var type in store.Indicators().CountBy(i => i.Type))
        {
            output.WriteLine($"TYPE {type.Key.Name()} {type.Value}");
        }

        Assert.True(imported >= atLeast, $"only {imported} files imported");
        Assert.Equal(store.Indicators().Count, store.Matcher().Count);
    }

    /// <summary>Talos publishes most reports twice, as STIX and as text: one reader checks the other.</summary>
    [Fact]
    public void The_text_of_a_report_gives_what_its_STIX_gives()
    {
        Assert.SkipWhen(Corpus.Path is null, "needs ../shared/corpus");
        var tooCommon = TooCommon.Load(RepositoryRoot.Combine("intel", "too-common.yaml"));
        var (pairs, both, onlyStix, onlyText) = (0, 0, 0, 0);
        foreach (var text in IntelImporter.FilesOf(Corpus.Combine("talos-iocs")))
        {
            var stix = new[] { ".json", ".json.gz" }
                .Select(e => text.Replace(".txt.gz", ".txt").Replace(".txt", e))
                .FirstOrDefault(File.Exists);
            if (
                !text.Contains(".txt")
                || stix is null
                || Values(stix, tooCommon) is not { } fromStix
            )
            {
                continue;
            }

            var fromText = Values(text, tooCommon)!;
            pairs++;
            both += fromStix.Intersect(fromText).Count();
            onlyStix += fromStix.Except(fromText).Count();
            onlyText += fromText.Except(fromStix).Count();
            foreach (var value in fromStix.Except(fromText).Take(5))
            {
                output.WriteLine($"{Path.GetFileName(text)}: only STIX {value}");
            }

            foreach (var value in fromText.Except(fromStix).Take(5))
            {
                output.WriteLine($"{Path.GetFileName(text)}: only text {value}");
            }
        }

        output.WriteLine($"PAIRS {pairs} both {both}, only STIX {onlyStix}, only text {onlyText}");
        Assert.True(both > 9 * onlyStix, $"{both} in both, {onlyStix} only in STIX");
    }

    static HashSet<string>? Values(string file, TooCommon tooCommon)
    {
        var folder = Directory.CreateTempSubdirectory("harrier-intel-");
        try
        {
            using var db = KnowledgeDb.Open(
                Path.Combine(folder.FullName, "k.db"),
                TimeProvider.System
            );
            var store = IntelStore.Open(db);
            IntelImporter.Import(store, file);
            return
            [
                .. store
                    .Indicators()
                    .Where(i => tooCommon.Because(i.Value) is null)
                    .Select(i => i.ToString()),
            ];
        }
        catch (HarrierFault)
        {
            return null;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
