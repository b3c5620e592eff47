using System.Buffers;
using System.Globalization;
using System.Numerics;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Harrier.Sigma.Language;

/// <summary>Line and column, from 1.</summary>
readonly record struct YamlPlace(int Line, int Column);

/// <summary>A YAML value that still knows how it was written: null is not 'null', 010 is not '010'.</summary>
abstract record YamlValue(YamlPlace Place)
{
    /// <param name="Plain">Written without quotes, so that null, numbers and booleans mean what YAML 1.2 says.</param>
    public sealed record Scalar(string Text, bool Plain, YamlPlace Place) : YamlValue(Place)
    {
        public bool IsNull => Plain && Text is "" or "~" or "null" or "Null" or "NULL";

        public bool? Boolean =>
            !Plain ? null
            : Text is "true" or "True" or "TRUE" ? true
            : Text is "false" or "False" or "FALSE" ? false
            : null;

        /// <summary>The number's decimal text (no leading zeros, no exponent), or null where this is no number.</summary>
        public string? Number => Plain ? YamlNumber.Canonical(Text) : null;
    }

    public sealed record Sequence(IReadOnlyList<YamlValue> Items, YamlPlace Place)
        : YamlValue(Place);

    public sealed record Mapping(
        IReadOnlyList<(Scalar Key, YamlValue Value)> Entries,
        YamlPlace Place
    ) : YamlValue(Place)
    {
        public YamlValue? Find(string key) =>
            Entries.FirstOrDefault(entry => entry.Key.Text == key).Value;
    }
}

/// <summary>Numbers of YAML 1.2's core schema as decimal text.</summary>
static class YamlNumber
{
    const int MaxDigits = 300;

    static readonly SearchValues<char> FloatCharacters = SearchValues.Create("0123456789.eE+-");

    public static string? Canonical(string text)
    {
        if (text.Length is 0 or > MaxDigits)
        {
            return null;
        }

        var digits = text[0] is '-' or '+' ? text.AsSpan(1) : text;
        if (digits.Length > 0 && !digits.ContainsAnyExceptInRange('0', '9'))
        {
            return BigInteger
                .Parse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture)
                .ToString(CultureInfo.InvariantCulture);
        }

        if (
            text.StartsWith("0x", StringComparison.Ordinal)
            && ulong.TryParse(
                text.AsSpan(2),
                NumberStyles.AllowHexSpecifier,
                CultureInfo.InvariantCulture,
                out var hex
            )
        )
        {
            return hex.ToString(CultureInfo.InvariantCulture);
        }

        return
            digits.Length > 0
            && (char.IsAsciiDigit(digits[0]) || digits[0] == '.')
            && !digits.ContainsAnyExcept(FloatCharacters)
            && double.TryParse(
                text,
                NumberStyles.Float,
                CultureInfo.InvariantCulture,
                out var number
            )
            && double.IsFinite(number)
            ? Decimal(number)
            : null;
    }

    static string Decimal(double number) =>
        Math.Abs(number) is >= 1e-7 and < 1e15 or 0
            ? ((decimal)number).ToString(
                "0.############################",
                CultureInfo.InvariantCulture
            )
            : number.ToString("R", CultureInfo.InvariantCulture);
}

/// <summary>Reads the documents of a rule file.</summary>
/// <remarks>
/// Built from events in our own loop, because depth must be counted (the library's own tree overflows the stack), and because
/// a rule means different things by <c>null</c> and <c>'null'</c>. Anchors, aliases and tags are refused.
/// </remarks>
static class SigmaYaml
{
    const int MaxDepth = 64;
    const int MaxNodes = 50_000;

    public static IReadOnlyList<YamlValue> Read(
        string text,
        string file,
        List<SigmaDiagnostic> diagnostics
    )
    {
        var documents = new List<YamlValue>();
        try
        {
            ReadEvents(text, documents);
        }
        catch (YamlException fault)
        {
            diagnostics.Add(
                new SigmaDiagnostic(
                    file,
                    (int)fault.Start.Line,
                    (int)fault.Start.Column,
                    "yaml",
                    $"This is not YAML: {fault.Message}"
                )
            );
        }
        catch (RuleRefused refused)
        {
            diagnostics.Add(refused.In(file));
        }

        return documents;
    }

    static void ReadEvents(string text, List<YamlValue> documents)
    {
        var parser = new Parser(new StringReader(text));
        var open = new Stack<Open>();
        var nodes = 0;
        while (parser.MoveNext())
        {
            var current = parser.Current!;
            var place = new YamlPlace((int)current.Start.Line, (int)current.Start.Column);
            if (
                current is AnchorAlias
                || current is NodeEvent node && (!node.Anchor.IsEmpty || !node.Tag.IsEmpty)
            )
            {
                throw new RuleRefused(
                    place,
                    "yaml",
                    "Anchors, aliases and tags are not supported.",
                    "Write the value out."
                );
            }

            if (++nodes > MaxNodes || open.Count > MaxDepth)
            {
                throw new RuleRefused(
                    place,
                    "yaml",
                    $"A file is at most {MaxDepth} levels deep and {MaxNodes} nodes large."
                );
            }

            switch (current)
            {
                case Scalar scalar:
                    Put(
                        new YamlValue.Scalar(scalar.Value, scalar.Style == ScalarStyle.Plain, place)
                    );
                    break;
                case SequenceStart or MappingStart:
                    open.Push(new Open(current is MappingStart, [], place));
                    break;
                case SequenceEnd or MappingEnd:
                    Put(open.Pop().Close());
                    break;
                default:
                    break;
            }
        }

        void Put(YamlValue value)
        {
            if (open.TryPeek(out var parent))
            {
                parent.Children.Add(value);
            }
            else if (value is not YamlValue.Scalar { IsNull: true })
            {
                documents.Add(value);
            }
        }
    }

    sealed record Open(bool IsMapping, List<YamlValue> Children, YamlPlace Place)
    {
        public YamlValue Close()
        {
            if (!IsMapping)
            {
                return new YamlValue.Sequence(Children, Place);
            }

            var entries = new List<(YamlValue.Scalar, YamlValue)>();
            var seen = new HashSet<string>(StringComparer.Ordinal);
            for (var index = 0; index < Children.Count; index += 2)
            {
                if (Children[index] is not YamlValue.Scalar key)
                {
                    throw new RuleRefused(Children[index].Place, "yaml", "A key must be a text.");
                }

                if (!seen.Add(key.Text))
                {
                    throw new RuleRefused(
                        key.Place,
                        "duplicate-key",
                        $"The key '{key.Text}' stands twice in its mapping.",
                        "Join both, or rename one."
                    );
                }

                entries.Add((key, Children[index + 1]));
            }

            return new YamlValue.Mapping(entries, Place);
        }
    }
}
