using CsCheck;
using Harrier.Sigma.Tuning;
using YamlDotNet.RepresentationModel;

namespace Harrier.Tests.Sigma.Tuning;

/// <summary>Cases worked by hand: hits as <c>verdict | value | value …</c>, selections as they come.</summary>
public class FilterLearnerTests
{
    static readonly string[] s_fields = ["Image", "ParentImage", "User"];
    static readonly Dictionary<string, YamlMappingNode> s_cases = CaseFile.Read(
        "Tuning",
        "Filters.cases.yaml"
    );

    public static TheoryData<string> Names => [.. s_cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Selections_are_those_of_the_case(string name)
    {
        var node = s_cases[name];
        var least = node.Children.TryGetValue("least", out var text)
            ? int.Parse(((YamlScalarNode)text).Value!)
            : 2;
        Assert.Equal(
            Texts(node["selections"]),
            FilterLearner
                .Learn(s_fields, [.. Texts(node["hits"]).Select(Example)], least)
                .Select(Shown)
        );
    }

    [Fact]
    public void What_must_stay_is_never_taken()
    {
        string[] texts = [@"C:\a\x.exe", @"C:\a\y.exe", @"C:\b\x.exe", @"c:\A\X.EXE", "u", "v", ""];
        bool?[] verdicts = [true, false, null];
        var value = Gen.Int[0, texts.Length - 1].Select(at => texts[at]);
        var example = Gen.Select(
            Gen.Int[0, verdicts.Length - 1].Select(at => verdicts[at]),
            value,
            value,
            value,
            (verdict, a, b, c) => new TuningExample(verdict, [a, b.Length == 0 ? null : b, c])
        );
        example
            .Array[0, 20]
            .Sample(
                examples =>
                {
                    var clauses = FilterLearner.Learn(s_fields, examples, 1);
                    foreach (var clause in clauses)
                    {
                        Assert.DoesNotContain(
                            examples,
                            one => one.IsBenign == false && Holds(clause, one)
                        );
                        Assert.InRange(clause.Tests.Count, 1, 3);
                    }

                    Assert.Equal(
                        examples.Count(one =>
                            one.IsBenign == true && clauses.Any(clause => Holds(clause, one))
                        ),
                        clauses.Sum(clause => clause.Benign)
                    );
                },
                iter: 2_000
            );
    }

    static bool Holds(FilterClause clause, TuningExample one) =>
        clause.Tests.All(test =>
        {
            var value = one.Values[Array.IndexOf(s_fields, test.Field)];
            const StringComparison any = StringComparison.OrdinalIgnoreCase;
            return value is not null
                && test.Modifier switch
                {
                    "startswith" => value.StartsWith(test.Value, any),
                    "endswith" => value.EndsWith(test.Value, any),
                    _ => value.Equals(test.Value, any),
                };
        });

    static TuningExample Example(string text)
    {
        var parts = text.Split('|', StringSplitOptions.TrimEntries);
        return new TuningExample(
            parts[0] switch
            {
                "benign" => true,
                "stays" => false,
                _ => null,
            },
            [.. parts[1..].Select(part => part.Length == 0 ? null : part)]
        );
    }

    static string Shown(FilterClause clause) =>
        $"{clause.Benign}+{clause.Others}: {string.Join(", ", clause.Tests.Select(test => $"{test.Field}{(test.Modifier.Length == 0 ? "" : "|" + test.Modifier)}={test.Value}"))}";

    static IEnumerable<string> Texts(YamlNode node) =>
        ((YamlSequenceNode)node).Select(one => ((YamlScalarNode)one).Value!);
}
