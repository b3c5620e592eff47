using System.IO.Enumeration;
using Harrier.Schema;
using Harrier.Sigma.Language;

namespace Harrier.Sigma.Conditions;

/// <summary>Reads a condition by recursive descent: or binds weakest, then and, then not, then <c>x of y</c>.</summary>
sealed class ConditionParser
{
    const int MaxLength = 65_536;
    const int MaxDepth = 64;
    const int MaxNames = 1_000;

    /// <summary>Words of the grammar, which can't name a selection.</summary>
    public static readonly IReadOnlyList<string> Reserved =
    [
        "and",
        "or",
        "not",
        "of",
        "them",
        "all",
        "any",
        "1",
    ];

    readonly YamlPlace _place;
    readonly IReadOnlyCollection<string> _names;
    readonly string _what;
    readonly List<Token> _tokens = [];
    int _next;
    int _depth;
    int _named;

    ConditionParser(YamlPlace place, IReadOnlyCollection<string> names, string what) =>
        (_place, _names, _what) = (place, names, what);

    /// <param name="names">What the condition may name.</param>
    /// <param name="what">What a name is, for errors: selection, rule.</param>
    /// <exception cref="RuleRefused">Not a condition, or one that names what is not there.</exception>
    public static ConditionTree Parse(
        string text,
        YamlPlace place,
        IReadOnlyCollection<string> names,
        string what = "selection"
    )
    {
        var parser = new ConditionParser(place, names, what);
        parser.Split(text);
        var tree = parser.Or();
        return parser._next == parser._tokens.Count
            ? tree
            : throw parser.Wrong($"'{parser.Peek}' can't stand here");
    }

    void Split(string text)
    {
        if (text.Length > MaxLength)
        {
            throw Wrong($"A condition of more than {MaxLength} characters is refused");
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
                _tokens.Add(new Token(c.ToString(), index));
                index++;
            }
            else if (IsWord(c))
            {
                var from = index;
                while (index < text.Length && IsWord(text[index]))
                {
                    index++;
                }

                _tokens.Add(new Token(text[from..index], from));
            }
            else if (c == '|')
            {
                throw Aggregations.Refuse(text, index, _place);
            }
            else
            {
                _tokens.Add(new Token(c.ToString(), index));
                _next = _tokens.Count - 1;
                throw Wrong($"A condition has no character '{c}'");
            }
        }
    }

    static bool IsWord(char c) => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '*';

    string? Peek => _next < _tokens.Count ? _tokens[_next].Word : null;

    ConditionTree Or()
    {
        if (++_depth > MaxDepth)
        {
            throw Wrong($"A condition is at most {MaxDepth} levels deep");
        }

        var terms = new List<ConditionTree> { And() };
        while (Take("or"))
        {
            terms.Add(And());
        }

        _depth--;
        return ConditionTree.AnyOf(terms);
    }

    ConditionTree And()
    {
        var terms = new List<ConditionTree> { Not() };
        while (Take("and"))
        {
            terms.Add(Not());
        }

        return ConditionTree.AllOf(terms);
    }

    ConditionTree Not()
    {
        var negate = false;
        while (Take("not"))
        {
            negate = !negate;
        }

        var tree = Operand();
        return negate ? new ConditionTree.Not(tree) : tree;
    }

    ConditionTree Operand()
    {
        var word = Peek ?? throw Wrong("The condition ends too early");
        if (word == "(")
        {
            _next++;
            var tree = Or();
            return Take(")") ? tree : throw Wrong("A parenthesis is not closed");
        }

        if (_next + 1 < _tokens.Count && _tokens[_next + 1].Word == "of")
        {
            return Several(word);
        }

        if (!_names.Contains(word) || Reserved.Contains(word))
        {
            throw Missing(word);
        }

        _next++;
        return Named(word);
    }

    ConditionTree Several(string quantifier)
    {
        if (quantifier is not ("1" or "any" or "all"))
        {
            throw Wrong($"'{quantifier} of' is not Sigma", "Write '1 of', 'any of' or 'all of'.");
        }

        _next += 2;
        var pattern = Peek ?? throw Wrong("The condition ends too early");
        var found = _names.Where(name => Means(pattern, name)).Select(Named).ToList();
        if (found.Count == 0)
        {
            throw pattern == "them"
                ? Wrong($"'them' means no {_what}: names that begin with '_' are left out")
                : Missing(pattern);
        }

        _next++;
        return quantifier == "all" ? ConditionTree.AllOf(found) : ConditionTree.AnyOf(found);
    }

    /// <summary>Names that begin with an underscore are meant only where the pattern says so.</summary>
    static bool Means(string pattern, string name) =>
        pattern == "them"
            ? name[0] != '_'
            : FileSystemName.MatchesSimpleExpression(pattern, name, ignoreCase: false)
                && (name[0] != '_' || pattern[0] == '_');

    ConditionTree Named(string name) =>
        ++_named > MaxNames
            ? throw Wrong($"A condition of more than {MaxNames} names is refused")
            : new ConditionTree.Name(name);

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
        if (word is "AND" or "OR" or "NOT" or "OF" or "THEM" or "ALL" or "ANY")
        {
            return Wrong(
                $"Operators are lower case: '{word}'",
                $"Write '{word.ToLowerInvariant()}'."
            );
        }

        if (word == ")" || Reserved.Contains(word))
        {
            return Wrong($"'{word}' can't stand here");
        }

        var near = Nearest.To(word, _names.Concat(Reserved));
        return Wrong(
            $"There is no {_what} '{word}'",
            near is null
                ? $"There are {string.Join(", ", _names.Take(20))}."
                : $"Did you mean '{near}'?"
        );
    }

    RuleRefused Wrong(string message, string? suggestion = null) =>
        new(
            _place,
            "condition",
            _next < _tokens.Count
                ? $"{message} (character {_tokens[_next].At + 1} of the condition)."
                : $"{message}.",
            suggestion
        );

    sealed record Token(string Word, int At);
}
