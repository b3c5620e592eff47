using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Harrier.Schema;
using Harrier.Sigma.Language;

namespace Harrier.Sigma.Modifiers;

/// <summary>What stands behind a field's name: <c>|base64offset|contains</c>.</summary>
sealed class ModifierChain
{
    static readonly string[] Known =
    [
        "all",
        "base64",
        "base64offset",
        "cased",
        "cidr",
        "contains",
        "day",
        "dotall",
        "endswith",
        "exists",
        "expand",
        "fieldref",
        "gt",
        "gte",
        "hour",
        "i",
        "ignorecase",
        "lt",
        "lte",
        "m",
        "minute",
        "month",
        "multiline",
        "neq",
        "re",
        "s",
        "startswith",
        "utf16",
        "utf16be",
        "utf16le",
        "week",
        "wide",
        "windash",
        "year",
    ];

    readonly Placeholders _placeholders;
    bool _expand;
    bool _regex;
    bool _cidr;
    bool _windash;
    bool _base64;
    bool _base64Offset;
    Encoding? _encoding;
    NumberOrder? _order;
    TimePart? _timePart;
    RegexOptions _options;

    ModifierChain(Placeholders placeholders) => _placeholders = placeholders;

    public static ModifierChain None { get; } = new(Placeholders.None);

    public TextPart Part { get; private set; }
    public bool All { get; private set; }

    /// <summary>Whether null can be a value: only where nothing is done to values.</summary>
    public bool TakesNull =>
        !_regex
        && !_expand
        && !_cidr
        && !_windash
        && !_base64
        && !Cased
        && _order is null
        && _timePart is null
        && Part == TextPart.Whole;

    /// <summary>Whether only a field can be asked so.</summary>
    public bool NeedsField =>
        Exists || IsReference || _cidr || _order is not null || _timePart is not null;

    public bool Negated { get; private set; }
    public bool Cased { get; private set; }
    public bool Exists { get; private set; }
    public bool IsReference { get; private set; }

    /// <exception cref="RuleRefused">A modifier is unknown, not supported, or does not go with the others.</exception>
    public static ModifierChain Parse(string text, YamlPlace place, Placeholders placeholders)
    {
        var chain = new ModifierChain(placeholders);
        var names = text.Split('|');
        if (names.GroupBy(name => name).FirstOrDefault(same => same.Count() > 1) is { } twice)
        {
            throw new RuleRefused(
                place,
                "modifier",
                $"The modifier '{twice.Key}' stands twice.",
                "Leave one out."
            );
        }

        foreach (var name in names)
        {
            chain.Take(name, place);
        }

        chain.Check(text, place);
        return chain;
    }

    void Take(string name, YamlPlace place)
    {
        switch (name)
        {
            case "all":
                All = true;
                break;
            case "neq":
                Negated = true;
                break;
            case "cased":
                Cased = true;
                break;
            case "contains":
                Place(TextPart.Contains, name, place);
                break;
            case "startswith":
                Place(TextPart.Start, name, place);
                break;
            case "endswith":
                Place(TextPart.End, name, place);
                break;
            case "exists":
                Exists = true;
                break;
            case "fieldref":
                IsReference = true;
                break;
            case "expand":
                _expand = true;
                break;
            case "re":
                _regex = true;
                break;
            case "i" or "ignorecase" when _regex:
                _options |= RegexOptions.IgnoreCase;
                break;
            case "m" or "multiline" when _regex:
                _options |= RegexOptions.Multiline;
                break;
            case "s" or "dotall" when _regex:
                _options |= RegexOptions.Singleline;
                break;
            case "cidr":
                _cidr = true;
                break;
            case "windash":
                _windash = true;
                break;
            case "base64" or "base64offset" when Part != TextPart.Whole:
                throw new RuleRefused(
                    place,
                    "modifier",
                    $"'{name}' stands behind the modifier that says where the text is.",
                    $"Write '{name}|contains': modifiers work from left to right."
                );
            case "base64" or "base64offset" when _base64:
                throw new RuleRefused(place, "modifier", "A value is encoded as base64 once.");
            case "base64":
                _base64 = true;
                break;
            case "base64offset":
                _base64 = _base64Offset = true;
                break;
            case "wide" or "utf16le" or "utf16be" or "utf16" when _base64 || _encoding is not null:
                throw new RuleRefused(
                    place,
                    "modifier",
                    $"'{name}' stands once, before 'base64' or 'base64offset'."
                );
            case "wide" or "utf16le":
                _encoding = new UnicodeEncoding(bigEndian: false, byteOrderMark: false);
                break;
            case "utf16be":
                _encoding = new UnicodeEncoding(bigEndian: true, byteOrderMark: false);
                break;
            case "utf16":
                _encoding = new UnicodeEncoding(bigEndian: false, byteOrderMark: true);
                break;
            case "lt" or "lte" or "gt" or "gte" when _order is not null:
                throw new RuleRefused(
                    place,
                    "modifier",
                    "A field compares with a number in one way.",
                    "Write two items, which join with and."
                );
            case "lt":
                _order = NumberOrder.Less;
                break;
            case "lte":
                _order = NumberOrder.LessOrEqual;
                break;
            case "gt":
                _order = NumberOrder.Greater;
                break;
            case "gte":
                _order = NumberOrder.GreaterOrEqual;
                break;
            case "minute"
            or "hour"
            or "day"
            or "week"
            or "month"
            or "year" when _timePart is not null:
                throw new RuleRefused(
                    place,
                    "modifier",
                    "A field is asked for one part of its time.",
                    "Write two items, which join with and."
                );
            case "minute" or "hour" or "day" or "week" or "month" or "year":
                _timePart = Enum.Parse<TimePart>(name, ignoreCase: true);
                break;
            default:
                throw Unknown(name, place);
        }
    }

    static RuleRefused Unknown(string name, YamlPlace place)
    {
        if (Known.Contains(name))
        {
            return new RuleRefused(place, "modifier", $"The modifier '{name}' stands behind 're'.");
        }

        var near = Nearest.To(name, Known);
        return new RuleRefused(
            place,
            "modifier",
            $"There is no modifier '{name}'.",
            near is null ? null : $"Did you mean '{near}'?"
        );
    }

    void Place(TextPart part, string name, YamlPlace place)
    {
        if (Part != TextPart.Whole)
        {
            throw new RuleRefused(
                place,
                "modifier",
                $"'{name}' can't stand beside another of contains, startswith, endswith.",
                "Keep one of them."
            );
        }

        Part = part;
    }

    void Check(string text, YamlPlace place)
    {
        var names = text.Split('|');
        Refuse("re", ["all", "neq", "expand", "i", "ignorecase", "m", "multiline", "s", "dotall"]);
        Refuse("cidr", ["all", "neq", "expand"]);
        Refuse("exists", []);
        string[] parts = ["minute", "hour", "day", "week", "month", "year"];
        string[] orders = ["lt", "lte", "gt", "gte"];
        foreach (var order in orders)
        {
            Refuse(order, ["all", "neq", .. parts]);
        }

        foreach (var part in parts)
        {
            Refuse(part, ["all", "neq", .. orders]);
        }

        Refuse("fieldref", ["all", "neq", "cased", "contains", "startswith", "endswith"]);
        // An encoded text has no flags, and a text with other dashes has another encoding.
        foreach (var encoding in (string[])["base64", "base64offset"])
        {
            Refuse(
                encoding,
                [
                    "all",
                    "neq",
                    "expand",
                    "cased",
                    "contains",
                    "startswith",
                    "endswith",
                    "wide",
                    "utf16le",
                    "utf16be",
                    "utf16",
                ]
            );
        }

        void Refuse(string name, string[] friends)
        {
            if (
                names.Contains(name)
                && names.FirstOrDefault(other => other != name && !friends.Contains(other))
                    is { } other
            )
            {
                throw new RuleRefused(
                    place,
                    "modifier",
                    $"The modifiers '{name}' and '{other}' don't go together.",
                    friends.Length == 0
                        ? $"'{name}' stands alone."
                        : $"Beside '{name}' can stand {string.Join(", ", friends)}."
                );
            }
        }

        if (_encoding is not null && !_base64)
        {
            throw new RuleRefused(
                place,
                "modifier",
                "UTF-16 is supported before 'base64' and 'base64offset' only.",
                "Add '|base64offset|contains'."
            );
        }
    }

    /// <summary>This chain for keywords, which are found anywhere in a value.</summary>
    public ModifierChain AsKeyword()
    {
        if (_regex || _cidr || _order is not null)
        {
            return this;
        }

        var chain = (ModifierChain)MemberwiseClone();
        chain.Part = TextPart.Contains;
        return chain;
    }

    /// <summary>Tests for a value; one of them must hold.</summary>
    public IReadOnlyList<ValueTest> Tests(YamlValue.Scalar value) =>
        _expand
            ?
            [
                .. _placeholders
                    .Expand(value, _regex)
                    .SelectMany(text =>
                        TestsOf(new YamlValue.Scalar(text, Plain: false, value.Place))
                    ),
            ]
            : TestsOf(value);

    IReadOnlyList<ValueTest> TestsOf(YamlValue.Scalar value)
    {
        if (_regex)
        {
            return [Regex(value)];
        }

        if (_cidr)
        {
            return [Cidr(value)];
        }

        if (_timePart is { } part)
        {
            return [new TimePartTest(part, _order, PartNumber(part, value))];
        }

        if (_order is { } order)
        {
            return
            [
                new NumberTest(
                    order,
                    value.Number
                        ?? throw new RuleRefused(
                            value.Place,
                            "value",
                            $"'{value.Text}' is no number.",
                            "Write a number without quotes."
                        )
                ),
            ];
        }

        return [.. Patterns(value).Select(pattern => pattern.As(Part).Test(Cased))];
    }

    static int PartNumber(TimePart part, YamlValue.Scalar value)
    {
        var (least, most) = TimeParts.Range(part);
        return
            int.TryParse(
                value.Number,
                NumberStyles.AllowLeadingSign,
                CultureInfo.InvariantCulture,
                out var number
            )
            && number >= least
            && number <= most
            ? number
            : throw new RuleRefused(
                value.Place,
                "value",
                $"'{value.Text}' is no {part.ToString().ToLowerInvariant()}.",
                $"Write a number from {least} to {most} without quotes."
            );
    }

    RegexTest Regex(YamlValue.Scalar value)
    {
        const int MaxLength = 8_192;
        if (value.Text.Length > MaxLength)
        {
            throw new RuleRefused(
                value.Place,
                "regex",
                $"A regular expression of more than {MaxLength} characters is refused."
            );
        }

        try
        {
            return new RegexTest(value.Text, _options);
        }
        catch (ArgumentException fault)
        {
            throw new RuleRefused(value.Place, "regex", fault.Message);
        }
        catch (NotSupportedException)
        {
            throw new RuleRefused(
                value.Place,
                "regex",
                "This regular expression looks around, refers back or repeats too much: it can't be run in a time that its text bounds.",
                "Write it without (?=, (?!, (?<=, (?<!, (?> and back references; a condition can say 'and not'."
            );
        }
    }

    static CidrTest Cidr(YamlValue.Scalar value)
    {
        try
        {
            return new CidrTest(value.Text);
        }
        catch (Exception fault) when (fault is FormatException or OverflowException)
        {
            throw new RuleRefused(
                value.Place,
                "value",
                $"'{value.Text}' is no network: {fault.Message}",
                "Write it as 10.0.0.0/8."
            );
        }
    }

    IReadOnlyList<WildcardPattern> Patterns(YamlValue.Scalar value)
    {
        if (Part != TextPart.Whole && value.Boolean is not null)
        {
            throw new RuleRefused(
                value.Place,
                "value",
                "A boolean has no part that could be compared.",
                $"Write '{value.Text}' in quotes for the text."
            );
        }

        var pattern = value.Number is { } number
            ? WildcardPattern.Literal(number)
            : WildcardPattern.Parse(value.Text);
        if (_windash)
        {
            return pattern.WithDashes()
                ?? throw new RuleRefused(
                    value.Place,
                    "value",
                    "'windash' takes at most four flags in a value."
                );
        }

        if (!_base64)
        {
            return [pattern];
        }

        var plain =
            pattern.Text
            ?? throw new RuleRefused(
                value.Place,
                "value",
                "A value with wildcards can't be encoded as base64.",
                "Write '\\*' for a star."
            );
        byte[] bytes = _encoding is null
            ? Encoding.UTF8.GetBytes(plain)
            : [.. _encoding.GetPreamble(), .. _encoding.GetBytes(plain)];
        if (_base64Offset && bytes.Length < 2)
        {
            // One of the three forms would be empty, and match everything.
            throw new RuleRefused(
                value.Place,
                "value",
                "A value of one byte can't be looked for with 'base64offset'.",
                "Take at least two characters; four say something."
            );
        }

        return _base64Offset
            ?
            [
                .. Enumerable
                    .Range(0, 3)
                    .Select(shift => WildcardPattern.Literal(Shifted(bytes, shift))),
            ]
            : [WildcardPattern.Literal(Convert.ToBase64String(bytes))];
    }

    /// <summary>What stays the same in base64 whatever stands before and behind, for a start at byte 3n + shift.</summary>
    static string Shifted(byte[] bytes, int shift)
    {
        var text = Convert.ToBase64String([.. new byte[shift], .. bytes]);
        ReadOnlySpan<int> head = [0, 2, 3];
        ReadOnlySpan<int> tail = [0, 3, 2];
        var end = text.Length - tail[(bytes.Length + shift) % 3];
        return end > head[shift] ? text[head[shift]..end] : "";
    }
}
