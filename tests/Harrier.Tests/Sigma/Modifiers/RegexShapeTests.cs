using System.Text.RegularExpressions;
using CsCheck;
using Harrier.Sigma.Modifiers;

namespace Harrier.Tests.Sigma.Modifiers;

public class RegexShapeTests
{
    [Theory]
    [InlineData("plain text", true)]
    [InlineData(@"(?i)\\(venv|python(.+)?)\\lib", true)]
    [InlineData(@"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", true)]
    [InlineData(@"a{b}c{,3}d{1000}", true)]
    [InlineData(@"[(](?:[)]{2}|\))", true)]
    [InlineData("a{100}{100}", false)]
    [InlineData("(a{100}){100}", false)]
    [InlineData("((){100}){100}", false)]
    [InlineData("([)]a){3000}", false)]
    [InlineData("a{99999999999999999999}", false)]
    [InlineData("(?=a)", false)]
    [InlineData("(?<!a)b", false)]
    [InlineData("(?>a)", false)]
    [InlineData("(?x)a", false)]
    [InlineData(@"(a)\1", false)]
    [InlineData(@"(?<n>a)\k<n>", false)]
    public void A_pattern_is_plain_where_nothing_can_keep_it_from_being_built(
        string pattern,
        bool isPlain
    ) => Assert.Equal(isPlain, RegexShape.IsPlain(pattern));

    [Fact]
    public void What_is_plain_and_can_be_read_can_be_built()
    {
        string[] parts =
        [
            .. @"a . ^ $ \d \) \( \[ [ ] [^ [] ( ) (?: (?i) (?= { } {2} {40} {300} {0,70} {9,} * + ? | - \ ".Split(
                ' '
            ),
        ];
        var part = Gen.Int[0, parts.Length - 1].Select(index => parts[index]);
        part.Array[1, 14]
            .Select(string.Concat)
            .Sample(
                pattern =>
                {
                    if (!RegexShape.IsPlain(pattern))
                    {
                        return;
                    }

                    try
                    {
                        _ = new Regex(pattern, RegexOptions.CultureInvariant);
                    }
                    catch (RegexParseException)
                    {
                        return;
                    }

                    _ = new Regex(
                        pattern,
                        RegexOptions.CultureInvariant | RegexOptions.NonBacktracking
                    );
                },
                iter: 3_000
            );
    }
}
