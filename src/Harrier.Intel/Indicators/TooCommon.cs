using Harrier.Schema;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Harrier.Intel.Indicators;

/// <summary>Values that are never indicators because every network has them, each with its reason: <c>intel/too-common.yaml</c>.</summary>
public sealed class TooCommon
{
    readonly Dictionary<string, string> _whyByValue = new(StringComparer.OrdinalIgnoreCase);

    TooCommon() { }

    public static TooCommon Nothing { get; } = new();

    public int Count => _whyByValue.Count;

    /// <summary>Why a value is refused, or null.</summary>
    public string? Because(string value) => _whyByValue.GetValueOrDefault(value);

    /// <summary>Reads the list: a sequence of <c>{why, values}</c>.</summary>
    /// <exception cref="HarrierFault">The file is missing or has another form.</exception>
    public static TooCommon Load(string path)
    {
        try
        {
            using var reader = File.OpenText(path);
            return Read(new Parser(reader), path);
        }
        catch (YamlException e)
        {
            throw Fault(path, e.Start, e.Message, e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new HarrierFault(
                FaultKind.Environment,
                "The list of values that are too common to be indicators can't be read.",
                path,
                "Restore intel/too-common.yaml from the release.",
                e
            );
        }
    }

    static TooCommon Read(Parser parser, string path)
    {
        var list = new TooCommon();
        parser.Consume<StreamStart>();
        parser.Consume<DocumentStart>();
        parser.Consume<SequenceStart>();
        while (!parser.TryConsume<SequenceEnd>(out _))
        {
            var start = parser.Consume<MappingStart>();
            string? why = null;
            var values = new List<string>();
            while (!parser.TryConsume<MappingEnd>(out _))
            {
                var key = parser.Consume<Scalar>();
                switch (key.Value)
                {
                    case "why":
                        why = parser.Consume<Scalar>().Value;
                        break;
                    case "values":
                        parser.Consume<SequenceStart>();
                        while (!parser.TryConsume<SequenceEnd>(out _))
                        {
                            values.Add(parser.Consume<Scalar>().Value);
                        }

                        break;
                    default:
                        throw Fault(
                            path,
                            key.Start,
                            $"'{key.Value}' is neither 'why' nor 'values'"
                        );
                }
            }

            if (why is null)
            {
                throw Fault(path, start.Start, "an entry has no 'why'");
            }

            foreach (var value in values)
            {
                list._whyByValue.TryAdd(value, why);
            }
        }

        return list;
    }

    static HarrierFault Fault(string path, Mark mark, string what, Exception? inner = null) =>
        new(
            FaultKind.Usage,
            $"The list of values that are too common to be indicators is wrong: {what}.",
            $"{path}:{mark.Line}:{mark.Column}",
            "Each entry is a reason and its values: {why: ..., values: [...]}.",
            inner
        );
}
