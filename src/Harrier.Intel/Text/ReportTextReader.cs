using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using Harrier.Intel.Indicators;

namespace Harrier.Intel.Text;

/// <summary>Finds indicators in prose and lists: plain, defanged, Markdown or HTML. The place is the line.</summary>
/// <remarks>
/// <para>A value that is defanged, or alone in its line, is meant as an indicator. In a text that defangs, a plain name or URL
/// within a sentence is a reference, and is rejected as such.</para>
/// <para>Linear in the text: a word is looked at a fixed number of times.</para>
/// </remarks>
static partial class ReportTextReader
{
    const int MaximumLineLength = 100_000;

    public static void Read(string text, bool isHtml, IntelDocument document)
    {
        if (isHtml)
        {
            text = WithoutTags(text);
        }

        var lines = text.Split('\n');
        var defangs = lines.Any(line =>
            line.Length < MaximumLineLength && Refang.Line(line).Marks.Contains(true)
        );
        string? heading = null;
        for (var number = 1; number <= lines.Length; number++)
        {
            var line = lines[number - 1].AsSpan().Trim();
            if (line.IsEmpty)
            {
                continue;
            }

            document.Count("lines");
            var (indicators, rejects) = (document.Indicators.Count, document.RejectCount);
            var place = string.Create(CultureInfo.InvariantCulture, $"line {number}");
            // A line without end is cut at blanks: nothing that is looked for is longer than this.
            while (line.Length > MaximumLineLength)
            {
                var cut = line[..MaximumLineLength].LastIndexOfAny(" \t,;");
                cut = cut <= 0 ? MaximumLineLength : cut;
                new LineReader(document, Refang.Line(line[..cut]), place, defangs, heading).Read();
                line = line[cut..];
            }

            new LineReader(document, Refang.Line(line), place, defangs, heading).Read();
            if (indicators == document.Indicators.Count && rejects == document.RejectCount)
            {
                heading = Heading(line) ?? heading;
                document.Title ??=
                    indicators == 0 && document.Counts["lines"] <= 5 ? Title(line) : null;
            }
        }
    }

    /// <summary>A short line without indicators: what the list below it is, 'C2 servers' or 'Loader DLL'.</summary>
    static string? Heading(ReadOnlySpan<char> line)
    {
        var heading = line.Trim("#=*-_:|\uFEFF \t");
        return heading.Length is > 2 and < 120 ? heading.ToString() : null;
    }

    /// <summary>One of the first lines that reads like a title.</summary>
    static string? Title(ReadOnlySpan<char> line)
    {
        var title = line.Trim("#= *\uFEFF");
        return title.Length is > 3 and < 200 && title.Contains(' ') ? title.ToString() : null;
    }

    /// <summary>Crude, and enough: tags become blanks, scripts and styles go, entities are undone; line numbers stay.</summary>
    internal static string WithoutTags(string html)
    {
        var text = new System.Text.StringBuilder(html.Length);
        var at = 0;
        while (at < html.Length)
        {
            if (
                html[at] != '<'
                || at + 1 >= html.Length
                || !(char.IsAsciiLetter(html[at + 1]) || html[at + 1] is '/' or '!')
            )
            {
                text.Append(html[at++]);
                continue;
            }

            var end = Skip(html, at);
            text.Append(' ');
            text.Append('\n', html.AsSpan(at, end - at).Count('\n'));
            at = end;
        }

        return WebUtility.HtmlDecode(text.ToString());
    }

    static int Skip(string html, int at)
    {
        foreach (
            var (open, close) in ((string, string)[])
                [("<script", "</script>"), ("<style", "</style>"), ("<!--", "-->"), ("<", ">")]
        )
        {
            if (html.AsSpan(at).StartsWith(open, StringComparison.OrdinalIgnoreCase))
            {
                var end = html.IndexOf(close, at, StringComparison.OrdinalIgnoreCase);
                return end < 0 ? html.Length : end + close.Length;
            }
        }

        return at + 1;
    }

    [GeneratedRegex(@"\bT1\d{3}(?:\.\d{3})?\b", RegexOptions.CultureInvariant, 10_000)]
    private static partial Regex Technique();

    [GeneratedRegex(
        @"\bCVE-\d{4}-\d{4,7}\b",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase,
        10_000
    )]
    private static partial Regex Cve();

    [GeneratedRegex(
        @"\bTLP:\s?(CLEAR|WHITE|GREEN|AMBER\+STRICT|AMBER|RED)\b",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture,
        10_000
    )]
    private static partial Regex TlpMark();

    [GeneratedRegex(
        @"\b(version|release|build|ver|v)\.?\s*$",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture,
        10_000
    )]
    private static partial Regex VersionBefore();

    /// <summary>One line: URLs first, since they hold the signs that part words, then the words.</summary>
    sealed class LineReader(
        IntelDocument document,
        RefangedLine line,
        string place,
        bool defangs,
        string? heading
    )
    {
        readonly string _text = line.Text;
        readonly IndicatorContext _inSentence = new(Description(line.Text));
        readonly IndicatorContext _inList = new(heading);

        public void Read()
        {
            foreach (Match match in Technique().Matches(_text))
            {
                document.AddTechnique(match.Value, "", place);
                document.Count("attack-pattern");
            }

            foreach (Match match in Cve().Matches(_text))
            {
                var cve = match.Value.ToUpperInvariant();
                document.Count("vulnerability");
                document.AddObject(new IntelObject(cve, "vulnerability", cve, null, [], null));
            }

            if (document.Tlp is null && TlpMark().Match(_text) is { Success: true } tlp)
            {
                document.Tlp = Tlp.Parse(tlp.Value.Replace(" ", ""));
            }

            var at = 0;
            while (at < _text.Length)
            {
                var scheme = _text.IndexOf("://", at, StringComparison.Ordinal);
                var start = scheme;
                while (start > at && char.IsAsciiLetter(_text[start - 1]))
                {
                    start--;
                }

                if (scheme < 0 || start == scheme)
                {
                    Words(at, scheme < 0 ? _text.Length : scheme);
                    at = scheme < 0 ? _text.Length : scheme + 3;
                    continue;
                }

                Words(at, start);
                at = Url(start);
            }
        }

        int Url(int start)
        {
            var end = start;
            while (
                end < _text.Length
                && !char.IsWhiteSpace(_text[end])
                && _text[end] is not ('"' or '\'' or '<' or '>' or '|' or '`' or '\\')
            )
            {
                end++;
            }

            // AsciiDoc writes https://site.example/[its title].
            var title = _text.IndexOf('[', start, end - start);
            end = title > 0 && !_text.AsSpan(start, title - start).EndsWith("://") ? title : end;
            var url = Trimmed(_text[start..end]);
            Take(IndicatorType.Url, url, start, start + url.Length);
            return end;
        }

        static string Trimmed(string url)
        {
            while (
                url.Length > 0
                && (
                    url[^1] is '.' or ',' or ';' or ':' or '!' or '*'
                    || Unbalanced(url, '(', ')')
                    || Unbalanced(url, '[', ']')
                )
            )
            {
                url = url[..^1];
            }

            return url;
        }

        static bool Unbalanced(string url, char open, char close) =>
            url[^1] == close && url.AsSpan().Count(close) > url.AsSpan().Count(open);

        void Words(int from, int to)
        {
            var start = from;
            for (var at = from; at <= to; at++)
            {
                if (at == to || IsSeparator(_text[at]))
                {
                    if (at > start)
                    {
                        Word(start, at);
                    }

                    start = at + 1;
                }
            }
        }

        static bool IsSeparator(char c) =>
            char.IsWhiteSpace(c)
            || c
                is '"'
                    or '\''
                    or '<'
                    or '>'
                    or '|'
                    or ','
                    or ';'
                    or '('
                    or ')'
                    or '['
                    or ']'
                    or '{'
                    or '}'
                    or '`'
                    or '*'
                    or '='
                    or '\u2018'
                    or '\u2019'
                    or '\u201c'
                    or '\u201d';

        void Word(int start, int end)
        {
            while (
                end > start && _text[end - 1] is '.' or ':' or '!' or '?' or '-' or '_' or '\u2026'
            )
            {
                end--;
            }

            while (end > start && _text[start] is '.' or '-' or '\u2022' or '#' or '~')
            {
                start++;
            }

            if (end - start is < 4 or > 2048)
            {
                return;
            }

            var word = _text[start..end];
            if (word.AsSpan().IndexOfAny('.', ':', '@') < 0 && word.Length < 32)
            {
                return;
            }

            var (bare, port) = WithoutPort(word);
            var defanged = line.IsDefanged(start, end);
            // A name alone in its line may be in any case, and still be a file of a kind not known here: its ending decides.
            var certain = defanged || (IsAlone(start, end) && EndsInTopLevel(bare));
            if (IndicatorGuess.Of(bare, certain, defanged) is not { } type)
            {
                // 'MD5:abc...' and 'sha256:abc...'.
                if (
                    word.LastIndexOf(':') is var colon and > 0
                    && IndicatorGuess.HashType(word[(colon + 1)..]) is { } hash
                )
                {
                    Take(hash, word[(colon + 1)..], start + colon + 1, end);
                }
                else if (LooksLikeAddress(bare))
                {
                    document.Reject(
                        place,
                        bare,
                        "four or more numbers that are no address: a version, perhaps"
                    );
                }
                else if (IsAlone(start, end) && IndicatorGuess.IsDomain(bare, isCertain: true))
                {
                    document.Reject(
                        place,
                        bare,
                        "it ends in no well-known top-level domain and in no known file ending; defanged, it is taken for a name"
                    );
                }

                return;
            }

            if (
                type == IndicatorType.Ipv4
                && !line.IsDefanged(start, end)
                && VersionBefore().IsMatch(_text[Math.Max(0, start - 16)..start])
            )
            {
                document.Reject(place, bare, "a version number, by the word before it");
                return;
            }

            Take(type, bare, start, end, port is null ? null : $"written with port {port}");
        }

        static (string Bare, string? Port) WithoutPort(string word)
        {
            var colon = word.LastIndexOf(':');
            return
                colon > 0
                && word.IndexOf(':') == colon
                && word.Length - colon is > 1 and <= 6
                && !word.AsSpan(colon + 1).ContainsAnyExceptInRange('0', '9')
                ? (word[..colon], word[(colon + 1)..])
                : (word, null);
        }

        static bool EndsInTopLevel(string word)
        {
            var slash = word.IndexOf('/');
            var host = slash > 0 ? word[..slash] : word;
            return TopLevelDomains.Contains(host[(host.LastIndexOf('.') + 1)..].ToLowerInvariant());
        }

        static bool LooksLikeAddress(string word) =>
            word.AsSpan().Count('.') >= 3 && !word.AsSpan().ContainsAnyExcept(s_addressCharacters);

        /// <summary>Alone in its line or its cell, but for bullets: a list, and no sentence.</summary>
        bool IsAlone(int start, int end)
        {
            var before = _text.AsSpan(0, start).TrimEnd(" \t`*\"'");
            var after = _text.AsSpan(end).TrimStart(" \t`*\"',;");
            var begins =
                before.TrimStart(" \t-*\u2022#+>").IsEmpty
                || before[^1] is '|' or '\t' or ',' or ';';
            return begins
                && (
                    after.IsEmpty
                    || after[0] is '|' or '\t' or '(' or '#'
                    || after.StartsWith("- ")
                    || after.StartsWith("//")
                );
        }

        void Take(IndicatorType type, string value, int start, int end, string? note = null)
        {
            if (
                defangs
                && type is IndicatorType.Url or IndicatorType.Domain or IndicatorType.Email
                && !line.IsDefanged(start, end)
                && !IsAlone(start, end)
            )
            {
                document.Reject(
                    place,
                    value,
                    "not defanged, in a text that defangs: a reference, not an indicator"
                );
                return;
            }

            document.Add(type, value, place, IsAlone(start, end) ? _inList : _inSentence, note);
        }

        static string? Description(string text)
        {
            text = text.Trim();
            return text.Length > 300 ? text[..300] + "..." : text;
        }

        static readonly System.Buffers.SearchValues<char> s_addressCharacters =
            System.Buffers.SearchValues.Create("0123456789.");
    }
}
