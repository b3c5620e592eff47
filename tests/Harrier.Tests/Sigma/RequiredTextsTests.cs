using System.Text.RegularExpressions;
using Harrier.Sigma.Modifiers;

namespace Harrier.Tests.Sigma;

/// <summary>Texts without which a regular expression can't match.</summary>
public class RequiredTextsTests
{
    [Theory]
    [InlineData(@"net\s+use", "net")]
    [InlineData(@"HostId=[a-z]{3}\s+EngineVersion=", "engineversion=")]
    [InlineData(@"https?://[0-9]", "http://", "https://")]
    [InlineData(@"[Rr][Uu]n(?:\.exe)? \S", "run ", "run.exe ")]
    [InlineData(@"(?i)\s(-u|--user)\s*:", "-u", "--user")]
    [InlineData(@"a+bc", "bc")]
    [InlineData(@"(abc){2,3}x", "abc")]
    [InlineData(@"^\\Temp\\dat[0-9A-Z]{4}\.tmp$", @"\temp\dat")]
    [InlineData(@"\x41\u0042\n\.", "ab\n.")]
    [InlineData(@"x{,3}y", "x{,3}y")]
    [InlineData(@"a{2}bcd", "bcd")]
    [InlineData(@"[ab]x", "ax", "bx")]
    [InlineData(@"abc|[0-9]+def", "abc", "def")]
    public void One_of_them_stands_in_every_match(string pattern, params string[] texts) =>
        Assert.Equal(
            texts.Order(StringComparer.Ordinal),
            RequiredTexts.Of(pattern, RegexOptions.None)!.Order(StringComparer.Ordinal)
        );

    [Theory]
    [InlineData(@"[0-9]{1,3}\.[0-9]")]
    [InlineData("(abc)?")]
    [InlineData("(abc)*")]
    [InlineData("abc|")]
    [InlineData("abc|.x?")]
    [InlineData("[^abc]")]
    [InlineData("ä{3}")]
    [InlineData("(?<name>abc)")]
    [InlineData("(?-i)abc")]
    [InlineData("[a-z-[b]]bc")]
    public void There_are_none_where_none_is_sure(string pattern) =>
        Assert.Null(RequiredTexts.Of(pattern, RegexOptions.None));

    /// <summary>A text is looked for folded: what an expression without case takes for a letter has to fold to it.</summary>
    [Fact]
    public void What_is_matched_without_case_folds_to_the_letter()
    {
        for (var letter = 'a'; letter <= 'z'; letter++)
        {
            var regex = new Regex(
                letter.ToString(),
                RegexOptions.IgnoreCase
                    | RegexOptions.CultureInvariant
                    | RegexOptions.NonBacktracking
            );
            Assert.All(
                Enumerable
                    .Range(1, 0xFFFF)
                    .Select(code => ((char)code).ToString())
                    .Where(text => regex.IsMatch(text)),
                text => Assert.Equal(letter.ToString(), CaseFolding.Fold(text))
            );
        }
    }

    [Fact]
    public void Each_value_that_a_rule_of_the_corpus_matches_has_one()
    {
        // Values are made of the expressions themselves: their letters are what they look for.
        var patterns = Directory
            .EnumerateFiles(Corpus.Need("sigma-rules"), "*.yml", SearchOption.AllDirectories)
            .SelectMany(File.ReadLines)
            .Where(line =>
                line.Contains("|re", StringComparison.Ordinal)
                || line.Contains(@"\s", StringComparison.Ordinal)
            )
            .Select(line => line[(line.IndexOf('\'') + 1)..].TrimEnd('\'', ' '))
            .Where(pattern => pattern.Length > 3)
            .Distinct()
            .ToList();
        var random = new Random(1);
        var (known, matches) = (0, 0);
        foreach (var pattern in patterns)
        {
            if (
                Read(pattern) is not { } regex
                || RequiredTexts.Of(pattern, RegexOptions.None) is not { } texts
            )
            {
                continue;
            }

            known++;
            for (var turn = 0; turn < 200; turn++)
            {
                var value = Value(pattern, random);
                if (regex.IsMatch(value))
                {
                    matches++;
                    var folded = CaseFolding.Fold(value);
                    Assert.Contains(texts, text => folded.Contains(text, StringComparison.Ordinal));
                }
            }
        }

        Assert.True(known > 50 && matches > 500, $"{known} expressions, {matches} matches");
    }

    static Regex? Read(string pattern)
    {
        try
        {
            return new Regex(pattern, RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);
        }
        catch (Exception error) when (error is ArgumentException or NotSupportedException)
        {
            return null;
        }
    }

    /// <summary>A text in which each part of an expression that is written for other texts is replaced by one of them, more or less.</summary>
    static string Value(string pattern, Random random)
    {
        string[] digits = ["1", "23", "4567", "aB3dE6f8"];
        var text = Regex.Replace(pattern, @"\(\?i\)|\(\?:|[()^$]", "");
        text = Regex.Replace(
            text,
            @"\[[^\]]+\](\{[0-9,]+\}|[+*?])?|\\[dw](\{[0-9,]+\}|[+*?])?",
            _ => digits[random.Next(4)]
        );
        text = Regex.Replace(text, @"\\s[+*?]?", " ");
        text = Regex.Replace(
            text,
            @"\.(\{[0-9,]+\}|[+*?])",
            _ => random.Next(2) == 0 ? "" : "some text"
        );
        var ways = text.Split('|');
        text = random.Next(2) == 0 ? ways[random.Next(ways.Length)] : string.Concat(ways);
        text = Regex.Replace(text, @"(?<!\\)[?*+]", "");
        text = Regex.Replace(text, @"\\(.)", "$1");
        return random.Next(3) == 0 ? text.ToUpperInvariant() : text;
    }
}
