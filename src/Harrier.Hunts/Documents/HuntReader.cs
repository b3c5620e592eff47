using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Harrier.Hunts.Techniques;
using Harrier.Hunts.Verdicts;
using Harrier.Schema;
using Harrier.Schema.Yaml;

namespace Harrier.Hunts.Documents;

/// <summary>Something wrong in a hunt document.</summary>
/// <param name="Where">file:line:column.</param>
public sealed record DocumentError(string Where, string Message, string? Suggestion)
{
    /// <summary>The sentence, without the place.</summary>
    public string Said => Suggestion is null ? Message : $"{Message} Did you mean '{Suggestion}'?";

    public override string ToString() => $"{Where}: {Said}";
}

/// <summary>Reads a hunt document, and collects everything that is wrong with it.</summary>
sealed class HuntReader(string file, List<DocumentError> errors)
{
    static readonly string[] Keys =
    [
        "id",
        "type",
        "title",
        "question",
        "why",
        "attack",
        "window",
        "able",
        "hypothesis",
        "needs",
        "wants",
        "steps",
        "sequence",
        "verdict",
        "immediate_flags",
        "cannot_see",
        "if_confirmed",
        "if_not",
        "next_steps",
        "benign",
    ];

    static readonly string[] StepKeys =
    [
        "id",
        "question",
        "technique",
        "sigma",
        "sql",
        "intel",
        "with",
        "needs",
        "entities",
        "score",
        "attack",
    ];

    static readonly YamlNode.Mapping Nothing = new([], 0, 0);

    /// <returns>The hunt, or null where <paramref name="errors"/> were found.</returns>
    public static HuntDocument? Read(
        byte[] bytes,
        string file,
        bool fromWorkspace,
        List<DocumentError> errors
    )
    {
        var before = errors.Count;
        try
        {
            var reader = new HuntReader(file, errors);
            var root = YamlTree.Read(Encoding.UTF8.GetString(bytes), file);
            var sha256 = Convert.ToHexStringLower(SHA256.HashData(bytes));
            var document = reader.Document(root, sha256, fromWorkspace);
            return errors.Count == before ? document : null;
        }
        catch (HarrierFault fault)
        {
            errors.Add(new DocumentError(fault.Where ?? file, fault.Message, null));
            return null;
        }
    }

    HuntDocument? Document(YamlNode root, string sha256, bool fromWorkspace)
    {
        if (root is not YamlNode.Mapping map)
        {
            Wrong(root, "A hunt document is a mapping of keys.");
            return null;
        }

        CheckKeys(map, Keys);
        CheckOrder(map);
        var id = Text(map, "id", required: true);
        if (id != Path.GetFileNameWithoutExtension(file))
        {
            Wrong(map.Find("id") ?? map, $"The id '{id}' is not the file's name.");
        }

        var type = Type(map);
        var steps = Steps(map);
        var names = steps.Select(step => step.Id).ToList();
        var sequence = Sequence(map, names);
        if (sequence is not null)
        {
            names.Add(sequence.Id);
        }

        return new HuntDocument(
            id,
            type,
            Text(map, "title", required: true),
            Text(map, "question", required: true),
            Text(map, "why", required: true),
            Texts(map, "attack"),
            Window(map, "window"),
            ReadAble(map, type),
            ReadHypothesis(map, type),
            Needs(map, "needs", required: true),
            Needs(map, "wants", required: false),
            steps,
            sequence,
            Verdict(map, type, names),
            Known(map, "immediate_flags", names),
            Texts(map, "cannot_see"),
            Text(map, "if_confirmed"),
            Text(map, "if_not"),
            Texts(map, "next_steps"),
            Texts(map, "benign"),
            file,
            sha256,
            fromWorkspace
        );
    }

    HuntType Type(YamlNode.Mapping map)
    {
        var text = Text(map, "type", required: true);
        if (text.Length == 0 || Enum.TryParse<HuntType>(text, ignoreCase: true, out _) is false)
        {
            Wrong(
                map.Find("type") ?? map,
                $"The type '{text}' is not one of baseline, hypothesis, model.",
                Nearest.To(text, ["baseline", "hypothesis", "model"])
            );
            return HuntType.Baseline;
        }

        return Enum.Parse<HuntType>(text, ignoreCase: true);
    }

    Able? ReadAble(YamlNode.Mapping map, HuntType type)
    {
        var able = Mapping(map, "able", required: type == HuntType.Hypothesis);
        if (able is null)
        {
            return null;
        }

        CheckKeys(able, ["actor", "behavior", "location", "evidence"]);
        return new Able(
            Text(able, "actor"),
            Text(able, "behavior", required: true),
            Text(able, "location", required: true),
            Texts(able, "evidence", required: true)
        );
    }

    Hypothesis? ReadHypothesis(YamlNode.Mapping map, HuntType type)
    {
        var hypothesis = Mapping(map, "hypothesis", required: type == HuntType.Hypothesis);
        if (hypothesis is null)
        {
            return null;
        }

        CheckKeys(hypothesis, ["statement", "null", "confirm", "disconfirm"]);
        return new Hypothesis(
            Text(hypothesis, "statement", required: true),
            Text(hypothesis, "null", required: true),
            Text(hypothesis, "confirm", required: true),
            Text(hypothesis, "disconfirm", required: true)
        );
    }

    IReadOnlyList<HuntStep> Steps(YamlNode.Mapping map)
    {
        if (map.Find("steps") is not YamlNode.Sequence { Items.Count: > 0 } list)
        {
            Wrong(map.Find("steps") ?? map, "The hunt needs a list of steps.");
            return [];
        }

        var steps = new List<HuntStep>();
        foreach (var item in list.Items)
        {
            if (item is not YamlNode.Mapping step)
            {
                Wrong(item, "A step is a mapping of keys.");
                continue;
            }

            var read = Step(step);
            if (steps.Any(other => other.Id == read.Id))
            {
                Wrong(step, $"The step id '{read.Id}' is used twice.");
            }

            steps.Add(read);
        }

        return steps;
    }

    HuntStep Step(YamlNode.Mapping map)
    {
        CheckKeys(map, StepKeys);
        var id = Text(map, "id", required: true);
        if (
            id.Length > 0
            && !id.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-')
        )
        {
            Wrong(
                map.Find("id")!,
                $"The step id '{id}' has other characters than a-z, 0-9 and '-'."
            );
        }

        var parameters = Parameters(map, id);
        var test = Test(map);
        var needs = Needs(map, "needs", required: false);
        if (test is StepTest.Technique technique)
        {
            try
            {
                needs = [.. needs, .. technique.Implementation.Needs(parameters)];
            }
            catch (HarrierFault fault)
            {
                errors.Add(new DocumentError(fault.Where ?? parameters.Where, fault.Message, null));
            }
        }

        return new HuntStep(
            id,
            Text(map, "question", required: true),
            test,
            Texts(map, "attack"),
            needs,
            Texts(map, "entities"),
            Score(map),
            parameters
        );
    }

    StepTest Test(YamlNode.Mapping map)
    {
        string[] kinds = ["technique", "sigma", "sql", "intel"];
        var given = kinds.Where(kind => map.Find(kind) is not null).ToList();
        if (given.Count != 1)
        {
            Wrong(map, "A step has exactly one of technique, sigma, sql, intel.");
            return new StepTest.Sql("");
        }

        switch (given[0])
        {
            case "technique":
                var name = Text(map, "technique");
                if (TechniqueList.All.FirstOrDefault(t => t.Name == name) is { } technique)
                {
                    return new StepTest.Technique(technique);
                }

                Wrong(
                    map.Find("technique")!,
                    $"There is no technique '{name}'.",
                    Nearest.To(name, TechniqueList.All.Select(t => t.Name))
                );
                return new StepTest.Sql("");
            case "sigma":
                return new StepTest.Sigma(Texts(map, "sigma", required: true));
            case "sql":
                return new StepTest.Sql(Text(map, "sql", required: true));
            default:
                var intel = Mapping(map, "intel", required: true) ?? Nothing;
                CheckKeys(intel, ["classes"]);
                return new StepTest.Intel(
                    Known(intel, "classes", EventClasses.All.Select(c => c.Name).ToList())
                );
        }
    }

    StepParameters Parameters(YamlNode.Mapping map, string step)
    {
        var with = Mapping(map, "with", required: false) ?? Nothing;
        var values = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        foreach (var (key, _) in with.Entries)
        {
            values[key.Text] = Texts(with, key.Text);
        }

        var place = with.Line > 0 ? with : map;
        return new StepParameters(step, $"{file}:{place.Line}:{place.Column}", values);
    }

    double Score(YamlNode.Mapping map)
    {
        const double Usual = 0.5;
        if (map.Find("score") is not { } node)
        {
            return Usual;
        }

        if (
            node is YamlNode.Scalar scalar
            && double.TryParse(scalar.Text, CultureInfo.InvariantCulture, out var score)
            && score is >= 0 and <= 1
        )
        {
            return score;
        }

        Wrong(node, "A score is a number from 0 to 1.");
        return Usual;
    }

    SequenceRule? Sequence(YamlNode.Mapping map, List<string> steps)
    {
        if (Mapping(map, "sequence", required: false) is not { } sequence)
        {
            return null;
        }

        CheckKeys(sequence, ["id", "question", "steps", "join", "within", "least"]);
        var id = Text(sequence, "id", required: true);
        if (steps.Contains(id))
        {
            Wrong(sequence, $"The id '{id}' is used twice.");
        }

        var stages = Known(sequence, "steps", steps);
        var join = Known(sequence, "join", ["account", "host"]);
        var least = 2;
        if (
            sequence.Find("least") is { } node
            && (
                node is not YamlNode.Scalar scalar
                || !int.TryParse(scalar.Text, CultureInfo.InvariantCulture, out least)
                || least < 2
                || least > stages.Count
            )
        )
        {
            Wrong(node, "'least' is a number of stages, from 2 to the number of steps.");
        }

        if (stages.Count < 2 || join.Count == 0)
        {
            Wrong(sequence, "A sequence has at least two steps, and a join.");
        }

        const long ThreeDays = 3 * 86_400_000_000L;
        return new SequenceRule(
            id,
            Text(sequence, "question", required: true),
            stages,
            join,
            Window(sequence, "within") ?? ThreeDays,
            least
        );
    }

    VerdictRule? Verdict(YamlNode.Mapping map, HuntType type, List<string> names)
    {
        if (Mapping(map, "verdict", required: type == HuntType.Hypothesis) is not { } verdict)
        {
            return null;
        }

        CheckKeys(verdict, ["confirm"]);
        var text = Text(verdict, "confirm", required: true);
        if (text.Length == 0)
        {
            return null;
        }

        var place = verdict.Find("confirm")!;
        var rule = VerdictRule.Parse(text, $"{file}:{place.Line}:{place.Column}");
        foreach (var name in rule.Names().Where(name => !names.Contains(name)))
        {
            Wrong(place, $"There is no step '{name}'.", Nearest.To(name, names));
        }

        return rule;
    }

    IReadOnlyList<DataNeed> Needs(YamlNode.Mapping map, string key, bool required)
    {
        var needs = new List<DataNeed>();
        var classes = Mapping(map, key, required) ?? Nothing;
        foreach (var (name, _) in classes.Entries)
        {
            if (EventClasses.Find(name.Text) is not { } eventClass)
            {
                Wrong(
                    name,
                    $"There is no class '{name.Text}'.",
                    Nearest.To(name.Text, EventClasses.All.Select(c => c.Name))
                );
                continue;
            }

            var known = eventClass.Columns.Select(column => column.Name).ToList();
            var columns = Known(classes, name.Text, known);
            needs.Add(new DataNeed(eventClass, [.. columns.Select(c => eventClass.Find(c)!)]));
        }

        return needs;
    }

    /// <summary>A span of days, hours or minutes in microseconds; null for 'all' or a missing key.</summary>
    long? Window(YamlNode.Mapping map, string key)
    {
        var text = Text(map, key);
        if (text.Length == 0 || text == "all")
        {
            return null;
        }

        var unit = text[^1] switch
        {
            'd' => 86_400_000_000L,
            'h' => 3_600_000_000L,
            'm' => 60_000_000L,
            _ => 0L,
        };
        if (
            unit > 0
            && int.TryParse(text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var n)
            && n is > 0 and <= 100_000
        )
        {
            return n * unit;
        }

        Wrong(map.Find(key)!, $"'{text}' is no span of time: write 30d, 12h or 90m.");
        return null;
    }

    IReadOnlyList<string> Known(YamlNode.Mapping map, string key, IReadOnlyList<string> known)
    {
        var texts = Texts(map, key);
        foreach (var text in texts.Where(text => !known.Contains(text)))
        {
            Wrong(map.Find(key)!, $"'{key}' does not know '{text}'.", Nearest.To(text, known));
        }

        return [.. texts.Where(known.Contains)];
    }

    YamlNode.Mapping? Mapping(YamlNode.Mapping map, string key, bool required)
    {
        switch (map.Find(key))
        {
            case YamlNode.Mapping mapping:
                return mapping;
            case null when !required:
                return null;
            case null:
                Wrong(map, $"The key '{key}' is missing.");
                return null;
            case var other:
                Wrong(other, $"'{key}' is a mapping of keys.");
                return null;
        }
    }

    string Text(YamlNode.Mapping map, string key, bool required = false)
    {
        switch (map.Find(key))
        {
            case YamlNode.Scalar scalar when !required || scalar.Text.Trim().Length > 0:
                return scalar.Text.Trim();
            case null when !required:
                return "";
            case null:
                Wrong(map, $"The key '{key}' is missing.");
                return "";
            case var other:
                Wrong(other, $"'{key}' is a text.");
                return "";
        }
    }

    /// <summary>A list of texts; one text alone is a list of one.</summary>
    IReadOnlyList<string> Texts(YamlNode.Mapping map, string key, bool required = false)
    {
        switch (map.Find(key))
        {
            case YamlNode.Scalar scalar when scalar.Text.Length > 0:
                return [scalar.Text.Trim()];
            case YamlNode.Sequence list when list.Items.All(item => item is YamlNode.Scalar):
                return [.. list.Items.Select(item => ((YamlNode.Scalar)item).Text.Trim())];
            case null when !required:
                return [];
            case null:
                Wrong(map, $"The key '{key}' is missing.");
                return [];
            case var other:
                Wrong(other, $"'{key}' is a text or a list of texts.");
                return [];
        }
    }

    void CheckKeys(YamlNode.Mapping map, IReadOnlyList<string> known)
    {
        foreach (var (key, _) in map.Entries.Where(entry => !known.Contains(entry.Key.Text)))
        {
            Wrong(key, $"The key '{key.Text}' has no meaning here.", Nearest.To(key.Text, known));
        }
    }

    /// <summary>Keys stand in one order, so that two hunts can be read beside each other.</summary>
    void CheckOrder(YamlNode.Mapping map)
    {
        var last = -1;
        foreach (var (key, _) in map.Entries)
        {
            var index = Array.IndexOf(Keys, key.Text);
            if (index >= 0 && index < last)
            {
                Wrong(key, $"The key '{key.Text}' stands before '{Keys[last]}'.");
            }

            last = Math.Max(last, index);
        }
    }

    void Wrong(YamlNode at, string message, string? suggestion = null) =>
        errors.Add(new DocumentError($"{file}:{at.Line}:{at.Column}", message, suggestion));
}
