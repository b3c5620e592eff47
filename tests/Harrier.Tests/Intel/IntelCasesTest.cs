using Harrier.Intel;
using Harrier.Intel.Indicators;
using Harrier.Intel.Matching;
using Harrier.Intel.Stix;
using Harrier.Intel.Text;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace Harrier.Tests.Intel;

/// <summary>The case tables beside this file.</summary>
public sealed class IntelCasesTest
{
    public sealed class RefangCase
    {
        public string Written { get; set; } = "";
        public string Meant { get; set; } = "";
    }

    public sealed class TextCase
    {
        public string Name { get; set; } = "";
        public string Text { get; set; } = "";
        public bool Html { get; set; }
        public List<string> Found { get; set; } = [];
        public List<string> Rejected { get; set; } = [];
        public List<string> Techniques { get; set; } = [];
    }

    public sealed class PatternCase
    {
        public string Pattern { get; set; } = "";
        public List<string> Values { get; set; } = [];
        public bool Note { get; set; }
        public int Unused { get; set; }
        public string? Error { get; set; }
    }

    public sealed class MatchCase
    {
        public List<string> Indicators { get; set; } = [];
        public string Entity { get; set; } = "";
        public List<string> Hit { get; set; } = [];
        public List<string> Miss { get; set; } = [];
    }

    static List<T> Cases<T>(string name) =>
        new DeserializerBuilder()
            .WithNamingConvention(CamelCaseNamingConvention.Instance)
            .Build()
            .Deserialize<List<T>>(
                File.ReadAllText(
                    RepositoryRoot.Combine("tests", "Harrier.Tests", "Intel", $"{name}.cases.yaml")
                )
            );

    [Fact]
    public void Defanging_is_undone() =>
        Assert.Multiple([
            .. Cases<RefangCase>("Refang")
                .Select<RefangCase, Action>(c =>
                    () => Assert.Equal(c.Meant, Refang.Line(c.Written).Text)
                ),
        ]);

    [Fact]
    public void Reports_give_their_indicators() =>
        Assert.Multiple([
            .. Cases<TextCase>("ReportText")
                .Select<TextCase, Action>(c =>
                    () =>
                    {
                        var document = new IntelDocument("text", TooCommon.Nothing, false);
                        ReportTextReader.Read(c.Text, c.Html, document);
                        Assert.Equal(
                            (c.Name, string.Join(", ", c.Found)),
                            (
                                c.Name,
                                string.Join(
                                    ", ",
                                    document.Indicators.Select(i => $"{i.Type.Name()} {i.Value}")
                                )
                            )
                        );
                        Assert.Equal(
                            (c.Name, string.Join(", ", c.Rejected)),
                            (c.Name, string.Join(", ", document.Rejects.Select(r => r.Value)))
                        );
                        Assert.Equal(c.Techniques, document.Techniques.Select(t => t.Technique));
                    }
                ),
        ]);

    [Fact]
    public void Patterns_are_flattened() =>
        Assert.Multiple([
            .. Cases<PatternCase>("StixPattern")
                .Select<PatternCase, Action>(c =>
                    () =>
                    {
                        if (c.Error is not null)
                        {
                            var error = Assert.Throws<FormatException>(() =>
                                StixPattern.Parse(c.Pattern)
                            );
                            Assert.Contains(c.Error, error.Message, StringComparison.Ordinal);
                            return;
                        }

                        var pattern = StixPattern.Parse(c.Pattern);
                        Assert.Equal(
                            (c.Pattern, string.Join(", ", c.Values)),
                            (
                                c.Pattern,
                                string.Join(
                                    ", ",
                                    pattern.Values.Select(v => $"{v.Type.Name()} {v.Value}")
                                )
                            )
                        );
                        Assert.Equal(
                            (c.Pattern, c.Note, c.Unused),
                            (c.Pattern, pattern.Note is not null, pattern.Unused.Count)
                        );
                    }
                ),
        ]);

    [Fact]
    public void Events_are_matched() =>
        Assert.Multiple([
            .. Cases<MatchCase>("Matching")
                .Select<MatchCase, Action>(c =>
                    () =>
                    {
                        var matcher = new IndicatorMatcher(c.Indicators.Select(Indicator));
                        var kind = new IndicatorMatcher.ColumnKind(c.Entity);
                        Assert.Multiple([
                            .. c.Hit.Select<string, Action>(value =>
                                () =>
                                    Assert.Equal(
                                        (value, 1),
                                        (value, matcher.MatchValue(value, kind).Count)
                                    )
                            ),
                            .. c.Miss.Select<string, Action>(value =>
                                () =>
                                    Assert.Equal(
                                        (value, 0),
                                        (value, matcher.MatchValue(value, kind).Count)
                                    )
                            ),
                        ]);
                    }
                ),
        ]);

    internal static Indicator Indicator(string typeAndValue)
    {
        var blank = typeAndValue.IndexOf(' ');
        return new Indicator(
            IndicatorTypes.Parse(typeAndValue[..blank]),
            typeAndValue[(blank + 1)..],
            null,
            null,
            null,
            null,
            [],
            [],
            []
        );
    }
}
