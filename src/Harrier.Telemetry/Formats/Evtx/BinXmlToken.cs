namespace Harrier.Telemetry.Formats.Evtx;

/// <summary>Tokens of binary XML ([MS-EVEN6] 2.2.12).</summary>
static class BinXmlToken
{
    public const byte EndOfFragment = 0x00;
    public const byte Element = 0x01;
    public const byte EndOfStartElement = 0x02;
    public const byte EndOfEmptyElement = 0x03;
    public const byte EndElement = 0x04;
    public const byte ValueText = 0x05;
    public const byte Attribute = 0x06;
    public const byte CharacterData = 0x07;
    public const byte CharacterReference = 0x08;
    public const byte EntityReference = 0x09;
    public const byte ProcessingInstruction = 0x0a;
    public const byte ProcessingInstructionData = 0x0b;
    public const byte TemplateInstance = 0x0c;
    public const byte NormalSubstitution = 0x0d;
    public const byte OptionalSubstitution = 0x0e;
    public const byte FragmentHeader = 0x0f;

    /// <summary>Set in a token that has more behind it: an element with attributes, an attribute before another.</summary>
    public const byte More = 0x40;

    /// <summary>Whether a part of a text stands here.</summary>
    public static bool IsValue(ByteCursor cursor) =>
        (cursor.Byte() & ~More)
            is ValueText
                or CharacterReference
                or EntityReference
                or NormalSubstitution
                or OptionalSubstitution;

    /// <param name="cursor">Behind the token.</param>
    public static EvtxException Unexpected(byte token, string expected, ByteCursor cursor) =>
        new($"token 0x{token:x2} where {expected} is expected", cursor.Position - 1);
}
