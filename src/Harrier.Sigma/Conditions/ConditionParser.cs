using System.IO.Enumeration;
using Harrier.Schema;
using Harrier.Sigma.Language;

namespace Harrier.Sigma.Conditions;

/// <summary>Reads a condition by recursive descent: or binds weakest, then and, then not, then <c>x of y</c>.</summary>
sealed class ConditionParser
{
    const int MaxLength = 65_536;
    const int MaxDepth = 64;

    static readonly string[] Words = ["and", "or", "not", "of", "them", "all", "any", "1"];

    readonly YamlPlace _place;
    readonly IReadOnlyDictionary<string, SigmaNode> _selections;
    readonly List<string> _tokens = [];
    int _next;
    int _depth;

    ConditionParser(YamlPlace place, IReadOnlyDictionary<string, SigmaNode> selections) =>
        (_place, _selections) = (place, selections);

    /// <exception cref="RuleRefused">Not a condition, or one that names what is not there.</exception>
    public static SigmaNode Parse(
        string text,
        YamlPlace place,
        IReadOnlyDictionary<string, SigmaNode> selections
    )
    {
        var parser = new ConditionParser(place, selections);
        parser.Split(text);
        var node = parser.Or();
        return parser._next == parser._tokens.Count
            ? node
            : throw parser.Wrong($"'{parser.Peek}' can't stand here.");
    }

    void Split(string text)
    {
        if (text.Length > MaxLength)
        {
            throw Wrong($"A condition of more than {MaxLength} characters is refused.");
        }

        for (var index = 0; index < text.Length; )
        {
            var c = text[index];
            if (char.IsWhiteSpace(c))
            {
                index++;
            }
            else if (c is '(' or ')')
            {
                _tokens.Add(c.ToString());
                index++;
            }
            else if (IsWord(c))
            {
                var from = index;
                while (index < text.Length && IsWord(text[index]))
                {
                    index++;
                }

                _tokens.Add(text[from..index]);
            }
            else if (c == '|')
            {
                throw new RuleRefused(
                    _place,
                    "aggregation",
                    $"Counting and 'near' behind '|' are not supported: '{text[index..].Trim()}'.",
                    "Use a hunt with a sequence, or a step of SQL."
                );
            }
            else
            {
                throw Wrong($"A condition has no character '{c}'.");
            }
        }
    }

    static bool IsWord(char c) => char.IsLetterOrDigit(c) || c is '_' or '-' or '*' or '.' or '$';

    string? Peek => _next < _tokens.Count ? _tokens[_next] : null;

    SigmaNode Or()
    {
        if (++_depth > MaxDepth)
        {
            throw Wrong($"A condition is at most {MaxDepth} levels deep.");
        }

        var terms = new List<SigmaNode> { And() };
        while (Take("or"))
        {
            terms.Add(And());
        }

        _depth--;
        return SigmaNode.AnyOf(terms);
    }

    SigmaNode And()
    {
        var terms = new List<SigmaNode> { Not() };
        while (Take("and"))
        {
            terms.Add(Not());
        }

        return SigmaNode.AllOf(terms);
    }

    SigmaNode Not()
    {
        var negate = false;
        while (Take("not"))
        {
            negate = !negate;
        }

        var node = Operand();
        return negate ? new SigmaNode.Not(node) : node;
    }

    SigmaNode Operand()
    {
        var word = Peek ?? throw Wrong("The condition ends too early.");
        _next++;
        if (word == "(")
        {
            var node = Or();
            return Take(")") ? node : throw Wrong("A parenthesis is not closed.");
        }

        if (Peek == "of")
        {
            _next++;
            return Several(word);
        }

        if (_selections.TryGetValue(word, out var selection))
        {
            return selection;
        }

        throw Missing(word);
    }

    SigmaNode Several(string quantifier)
    {
        if (quantifier is not ("1" or "any" or "all"))
        {
            throw Wrong($"'{quantifier} of' is not supported.", "Write '1 of' or 'all of'.");
        }

        var pattern = Peek ?? throw Wrong("The condition ends too early.");
        _next++;
        var found = _selections
            .Where(pair => Names(pattern, pair.Key))
            .Select(pair => pair.Value)
            .ToList();
        if (found.Count == 0)
        {
            throw Missing(pattern);
        }

        return quantifier == "all" ? SigmaNode.AllOf(found) : SigmaNode.AnyOf(found);
    }

    /// <summary>Names that begin with an underscore are meant only where the pattern says so.</summary>
    static bool Names(string pattern, string name) =>
        pattern == "them"
            ? name[0] != '_'
            : FileSystemName.MatchesSimpleExpression(pattern, name, ignoreCase: false)
                && (name[0] != '_' || pattern[0] == '_');

    bool Take(string word)
    {
        if (Peek != word)
        {
            return false;
        }

        _next++;
        return true;
    }

    RuleRefused Missing(string word)
    {
        if (word is "AND" or "OR" or "NOT")
        {
            return Wrong(
                $"Operators are lower case: '{word}'.",
                $"Write '{word.ToLowerInvariant()}'."
            );
        }

        if (word is ")" or "and" or "or" or "of" or "them")
        {
            return Wrong($"'{word}' can't stand here.");
        }

        var near = Nearest.To(word, _selections.Keys.Concat(Words));
        return Wrong(
            $"There is no selection '{word}'.",
            near is null
                ? $"There are {string.Join(", ", _selections.Keys)}."
                : $"Did you mean '{near}'?"
        );
    }

    RuleRefused Wrong(string message, string? suggestion = null) =>
        new(_place, "condition", message, suggestion);
}
