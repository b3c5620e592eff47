using System.Text.Json;
using System.Text.Json.Serialization;

namespace Harrier.Reporting;

/// <summary>A layer for the ATT&amp;CK Navigator (layer format 4.5): techniques with a score and a comment.</summary>
public static class NavigatorLayer
{
    static readonly JsonSerializerOptions s_json = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    /// <param name="name">Title of the layer.</param>
    /// <param name="mostScore">Score of the strongest colour; scores begin at 0.</param>
    /// <param name="techniques">Identifier (T1059.001), score, comment.</param>
    public static string Json(
        string name,
        string description,
        double mostScore,
        IEnumerable<(string Technique, double Score, string Comment)> techniques
    ) =>
        JsonSerializer.Serialize(
            new
            {
                name,
                versions = new { layer = "4.5", navigator = "5.1.0" },
                domain = "enterprise-attack",
                description,
                sorting = 3,
                hideDisabled = false,
                techniques = techniques.Select(one => new
                {
                    techniqueID = one.Technique,
                    score = Math.Round(one.Score, 2),
                    comment = one.Comment,
                    enabled = true,
                    showSubtechniques = one.Technique.Contains('.', StringComparison.Ordinal)
                        ? (bool?)null
                        : true,
                }),
                gradient = new
                {
                    colors = new[] { "#f4f1ea", "#e0b15a", "#9c3d1a" },
                    minValue = 0,
                    maxValue = mostScore,
                },
            },
            s_json
        );
}
