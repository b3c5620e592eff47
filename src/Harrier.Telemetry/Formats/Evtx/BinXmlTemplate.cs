namespace Harrier.Telemetry.Formats.Evtx;

/// <summary>A template made ready: the fields it gives, in order, and what their values are made of.</summary>
/// <remarks>
/// A template is a tree of elements with substitutions. What tree it is does not depend on the values, so neither do the names: the
/// tree is walked once a template (<see cref="BinXmlCompiler"/>), and what remains for a record is to fill a list of slots.
/// </remarks>
/// <param name="Parts">Texts and substitutions of all slots; a slot has a range of them.</param>
/// <param name="Substitutions">Values that an instance must bring.</param>
sealed record BinXmlTemplate(Slot[] Slots, Part[] Parts, int Substitutions);

/// <summary>A field of a template.</summary>
/// <param name="Name">Number in <see cref="FieldNames"/>; of an instance its offset in the chunk.</param>
/// <param name="IsInSystem">Elements in its binary XML stand in <c>System</c>.</param>
readonly record struct Slot(
    SlotKind Kind,
    int Name,
    int FirstPart,
    int PartCount,
    bool IsInSystem = false
);

enum SlotKind : byte
{
    /// <summary>Text of an element; no field where it is empty.</summary>
    Text,

    /// <summary>Text of an attribute; no field where it is empty.</summary>
    Attribute,

    /// <summary>Data with a name: a field also where it is empty.</summary>
    NamedData,

    /// <summary>Data without a name: Data, Data_2 ... No field where it is empty, but it counts: which value stands where is all that tells them apart.</summary>
    UnnamedData,

    /// <summary>The name for the next slot, which a value says; where it is empty the next slot is Data without a name.</summary>
    NameOfNext,

    /// <summary>No field: an instance of another template stands in this one.</summary>
    Instance,
}

/// <summary>A piece of a field's value: a text, or a substitution.</summary>
/// <param name="Text">UTF-8; null for a substitution.</param>
/// <param name="Number">Index of the substitution; of a template's text its number in <see cref="FieldNames"/>, of another text -1.</param>
readonly record struct Part(byte[]? Text, int Number);
