using CsCheck;
using Harrier.Sigma.Modifiers;
using Harrier.Sigma.Tuning;

namespace Harrier.Tests.Sigma.Tuning;

public class FilterDraftTests
{
    [Theory]
    [InlineData(@"C:\a\b.exe", @"C:\a\b.exe")]
    [InlineData(@"\\server\share", @"\\\\server\share")]
    [InlineData(@"a\*b", @"a\\\*b")]
    [InlineData("what?", @"what\?")]
    [InlineData(@"C:\a\", @"C:\a\")]
    public void A_value_is_written_as_Sigma_writes_it(string text, string expected) =>
        Assert.Equal(expected, FilterDraft.Escape(text));

    [Fact]
    public void Every_text_means_itself() =>
        Gen.Char[@"\*?a:"]
            .Array[0, 12]
            .Select(chars => new string(chars))
            .Sample(
                text => Assert.Equal(text, WildcardPattern.Parse(FilterDraft.Escape(text)).Text),
                iter: 20_000
            );
}
