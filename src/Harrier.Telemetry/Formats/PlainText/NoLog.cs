using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Text.Unicode;
using Harrier.Telemetry.Archives;
using Harrier.Telemetry.Clocks;

namespace Harrier.Telemetry.Formats.PlainText;

/// <summary>
/// Tells texts that may be logs from what is none: binary data, documents, configuration, programs' sources. A text whose lines hold times is a
/// log whatever else it looks like; what no rule knows is taken for one, since a log that is left out is worse than a letter that is read.
/// </summary>
/// <remarks>The rule stands in docs/formats.md for those who wonder why a file was left.</remarks>
static class NoLog
{
    const int LookedLines = 200;
    const int MaxLineLength = 300;

    /// <summary>What it is, for the receipt; null: it may be a log.</summary>
    /// <param name="head">First bytes, as UTF-8 where the encoding is known.</param>
    public static string? WhatIs(ReadOnlySpan<byte> head)
    {
        if ((ContentKind.UnopenedOf(head) ?? ContentKind.BinaryOf(head)) is { } binary)
        {
            return binary;
        }

        head = head.Trim((byte)0);
        if (!IsText(head))
        {
            return "binary data of an unknown kind";
        }

        var lines = Lines(head);
        return lines.Count == 0 ? "a text of nothing but blanks"
            : ShareOf(lines, HasTime) >= 0.3 ? null
            : DocumentOf(head, lines) ?? ConfigurationOf(lines) ?? SourceOf(lines);
    }

    /// <summary>UTF-8 or Latin-1 with hardly a control character. ESC, which colours terminals, form feed and backspace are ordinary in logs.</summary>
    static bool IsText(ReadOnlySpan<byte> head)
    {
        var controls = 0;
        foreach (var letter in head)
        {
            if (letter < 0x20 && letter is not (0x08 or 0x09 or 0x0A or 0x0C or 0x0D or 0x1B))
            {
                controls++;
            }
        }

        if (controls * 100 > head.Length)
        {
            return false;
        }

        if (IsUtf8(head))
        {
            return true;
        }

        // Latin-1: letters of ASCII with a few others between them; packed data has as many above as below.
        var high = 0;
        foreach (var letter in head)
        {
            high += letter >= 0x80 ? 1 : 0;
        }

        return high * 4 < head.Length;
    }

    static bool IsUtf8(ReadOnlySpan<byte> head)
    {
        // The last letter may be cut.
        for (var cut = 0; cut <= 3 && cut < head.Length; cut++)
        {
            if (Utf8.IsValid(head[..^cut]))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>First lines that are not empty; the last one only where its end was seen.</summary>
    static List<string> Lines(ReadOnlySpan<byte> head)
    {
        var lines = new List<string>();
        var text = Encoding.Latin1.GetString(head);
        foreach (var range in text.AsSpan().SplitAny('\n', '\r'))
        {
            var line = text[range];
            if (!string.IsNullOrWhiteSpace(line) && lines.Count < LookedLines)
            {
                lines.Add(line.Length > MaxLineLength ? line[..MaxLineLength] : line.TrimEnd());
            }
        }

        if (
            lines.Count is > 1 and < LookedLines
            && text[^1] is not ('\n' or '\r')
            && head.Length >= Survey.HeadBytes
        )
        {
            lines.RemoveAt(lines.Count - 1);
        }

        return lines;
    }

    static double ShareOf(List<string> lines, Func<string, bool> has) =>
        (double)lines.Count(has) / lines.Count;

    /// <summary>At its start, or anywhere a time of day or seconds since 1970: shells and agents write records that look like configuration.</summary>
    static bool HasTime(string line) =>
        TimeInside.IsMatch(line)
        || LineTime.TryParse(
            Encoding.Latin1.GetBytes(line),
            new LogClock(LocalZone.Utc, 2000),
            out _
        );

    static string? DocumentOf(ReadOnlySpan<byte> head, List<string> lines)
    {
        var first = lines[0].TrimStart();
        if (
            first.StartsWith("<?xml", StringComparison.OrdinalIgnoreCase) || XmlStart.IsMatch(first)
        )
        {
            return "an XML or HTML document";
        }

        if (first.StartsWith(@"{\rtf", StringComparison.Ordinal))
        {
            return "an RTF document";
        }

        if (first.StartsWith("%!PS", StringComparison.Ordinal))
        {
            return "a PostScript document";
        }

        if (first.StartsWith("-----BEGIN ", StringComparison.Ordinal))
        {
            return "a key or certificate";
        }

        if (first[0] is '{' or '[' && IsJsonOverLines(head, first))
        {
            return "a JSON document: records stand in lines of their own in a log";
        }

        var headings = lines.Count(line => MarkdownHeading.IsMatch(line));
        var marks = lines.Count(line => MarkdownMark.IsMatch(line));
        return headings > 0 && marks > 2 && (headings + marks) * 4 > lines.Count
            ? "a Markdown document"
            : null;
    }

    /// <summary>The first line is no JSON by itself, but begins one that goes on.</summary>
    static bool IsJsonOverLines(ReadOnlySpan<byte> head, string first)
    {
        if (IsJson(Encoding.Latin1.GetBytes(first), isWhole: true))
        {
            return false;
        }

        return IsJson(head.TrimStart(" \t\r\n"u8), isWhole: false);
    }

    static bool IsJson(ReadOnlySpan<byte> text, bool isWhole)
    {
        const int enough = 20;
        var reader = new Utf8JsonReader(text, isFinalBlock: isWhole, default);
        try
        {
            for (var tokens = 0; isWhole || tokens < enough; tokens++)
            {
                if (!reader.Read())
                {
                    return isWhole || tokens > 2;
                }
            }

            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    static string? ConfigurationOf(List<string> lines)
    {
        var told = lines.Where(line => line.TrimStart() is not (['#', ..] or [';', ..])).ToList();
        if (told.Count == 0)
        {
            return "a text of nothing but comments";
        }

        if (IsIni(told))
        {
            return "a configuration file (INI, properties)";
        }

        return IsYaml(told) ? "a configuration file (YAML)" : null;
    }

    /// <summary>Sections in brackets and keys with '=', each key about once: records of a log repeat theirs.</summary>
    static bool IsIni(List<string> lines)
    {
        var sections = lines.Count(line => IniSection.IsMatch(line));
        var keys = lines
            .Select(line => IniKey.Match(line))
            .Where(match => match.Success)
            .Select(match => match.Groups["key"].Value)
            .ToList();
        var distinct = keys.Distinct(StringComparer.Ordinal).Count();
        return keys.Count > 0
            && (sections + keys.Count) * 10 >= lines.Count * 8
            && (
                sections > 0
                    ? distinct * 2 >= keys.Count / (sections + 1)
                    : lines.Count > 1 && distinct * 10 >= keys.Count * 9
            );
    }

    /// <summary>Keys with ':' and items with '-', of which some open a deeper level.</summary>
    static bool IsYaml(List<string> lines)
    {
        var fitting = lines.Count(line => YamlLine.IsMatch(line));
        var opens = false;
        for (var at = 0; at + 1 < lines.Count && !opens; at++)
        {
            opens =
                YamlOpen.IsMatch(lines[at])
                && (
                    Indent(lines[at + 1]) > Indent(lines[at])
                    || lines[at + 1].TrimStart().StartsWith("- ", StringComparison.Ordinal)
                );
        }

        return fitting * 10 >= lines.Count * 8
            && (
                opens
                || lines[0].StartsWith("---", StringComparison.Ordinal)
                || lines[0].StartsWith("%YAML", StringComparison.Ordinal)
            );
    }

    static int Indent(string line) => line.Length - line.TrimStart().Length;

    /// <summary>A line that names an interpreter, or words that begin statements together with lines that end like them.</summary>
    static string? SourceOf(List<string> lines)
    {
        if (lines[0].StartsWith("#!", StringComparison.Ordinal))
        {
            return "a script";
        }

        var statements = lines.Count(line => Statement.IsMatch(line));
        var ends = lines.Count(line =>
            line[^1] is '{' or '}' or ';' or ':' || Comment.IsMatch(line)
        );
        return statements >= 2 && (statements + ends) * 10 >= lines.Count * 4
            ? "source code of a program"
            : null;
    }

    // Lines are hostile: no pattern goes back over what it has read.
    static Regex Line(string pattern) =>
        new(
            pattern,
            RegexOptions.NonBacktracking
                | RegexOptions.ExplicitCapture
                | RegexOptions.CultureInvariant
        );

    static readonly Regex TimeInside = Line(
        @"\d\d:\d\d:\d\d|\d{4}-\d\d-\d\dT\d\d:\d\d|\b1\d{9}(\d{3}|\d{6}|\.\d+)?\b"
    );

    static readonly Regex XmlStart = Line(
        @"^<(![Dd][Oo][Cc][Tt][Yy][Pp][Ee]|[Hh][Tt][Mm][Ll]|svg|[A-Za-z][\w:.-]*( [\w:.-]+ *=|>|/>|$))"
    );

    static readonly Regex MarkdownHeading = Line(@"^#{1,6} \S");

    static readonly Regex MarkdownMark = Line(
        @"^(```|\s*[-*] \S|\|.*\|$|> |\d+\. |.*\[[^\]]+\]\([^)]+\))"
    );

    static readonly Regex IniSection = Line(@"^\s*\[[\w .:""/\\*@-]+\]\s*$");

    // One '=' only, but for those that end Base64: records of a log have several.
    static readonly Regex IniKey = Line(
        @"^\s*(export )?(?<key>[\w.@/\\-]+( [\w.-]+){0,2})\s?=[^=]*(=+""?)?$"
    );

    static readonly Regex YamlLine = Line(
        @"^\s*(- |-$|---|\.\.\.|%YAML|(- )*[""']?[\w./$-]+( [\w./-]+)?[""']?\s?:( |$))"
    );

    static readonly Regex YamlOpen = Line(@"^\s*(- )*[""']?[\w./$-]+[""']?:\s*([|>][-+]?)?$");

    static readonly Regex Statement = Line(
        @"^\s*(import [\w.{*""'<]|from [\w.]+ import |using [\w.]+;|#include\b|package \w|namespace [\w.\\]+|(public|private|protected|internal|static|export|async)\s+\w|def \w+\(|class \w+|function \w*\s*\(|func \w|fn \w|const \w+ *=|let \w+ *=|var \w+ *=|param\s*\(|return\b|if\b.*[({:]$|for\b.*[({:]$|while\b.*[({:]$|\}? *else\b|try\b|local \w+=|echo )"
    );

    static readonly Regex Comment = Line(@"^\s*(//|/\*|\*)");
}
