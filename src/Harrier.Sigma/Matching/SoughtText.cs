using Harrier.Sigma.Language;
using Harrier.Sigma.Modifiers;

namespace Harrier.Sigma.Matching;

/// <summary>A text that is looked for in values.</summary>
/// <param name="Folded">The text (<see cref="CaseFolding"/>).</param>
/// <param name="Part">Which part of a value it is.</param>
/// <param name="Test">What is asked of a value that has it; null where to have it is all.</param>
readonly record struct SoughtText(string Folded, TextPart Part, ValueTest? Test)
{
    /// <summary>What a test looks for; null where it looks for no text, or for one that every value has.</summary>
    public static SoughtText? Of(ValueTest test) =>
        test switch
        {
            { Segments: [var whole] } => new SoughtText(whole, TextPart.Whole, null),
            { Segments: [{ Length: > 0 } start, ""] } => new(start, TextPart.Start, null),
            { Segments: ["", { Length: > 0 } end] } => new(end, TextPart.End, null),
            { Segments: ["", { Length: > 0 } part, ""] } => new(part, TextPart.Contains, null),
            { Literal: { } whole, IsWhole: true } => new SoughtText(
                CaseFolding.Fold(whole),
                TextPart.Whole,
                test
            ),
            { Literal.Length: > 0 } => new SoughtText(
                CaseFolding.Fold(test.Literal),
                TextPart.Contains,
                test
            ),
            _ => null,
        };

    /// <summary>Whether a test holds for every value.</summary>
    public static bool IsAny(ValueTest test) => test.Segments is ["", ""];
}
