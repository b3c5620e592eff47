using Harrier.Hunts.Techniques;

namespace Harrier.Tests.Hunts;

public class WordingTests
{
    [Theory]
    [InlineData("An event log was cleared", "an event log was cleared")]
    [InlineData(
        "LSASS is opened with rights to read its memory",
        "LSASS is opened with rights to read its memory"
    )]
    [InlineData("X", "x")]
    [InlineData("", "")]
    public void A_title_stands_in_a_sentence(string title, string inSentence) =>
        Assert.Equal(inSentence, Wording.InSentence(title));

    [Theory]
    [InlineData("Which commands dump LSASS?", "commands dump LSASS")]
    [InlineData("Was an account added?", "Was an account added")]
    public void A_question_becomes_what_it_found(string question, string statement) =>
        Assert.Equal(statement, Wording.Statement(question));
}
