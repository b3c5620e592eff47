using YamlDotNet.RepresentationModel;

namespace Harrier.Tests.Sigma;

/// <summary>A file of cases by their names.</summary>
static class CaseFile
{
    /// <param name="path">Below this folder.</param>
    public static Dictionary<string, YamlMappingNode> Read(params string[] path)
    {
        var yaml = new YamlStream();
        yaml.Load(
            new StringReader(
                File.ReadAllText(
                    RepositoryRoot.Combine(["tests", "Harrier.Tests", "Sigma", .. path])
                )
            )
        );
        return ((YamlMappingNode)yaml.Documents[0].RootNode).Children.ToDictionary(
            pair => ((YamlScalarNode)pair.Key).Value!,
            pair => (YamlMappingNode)pair.Value
        );
    }
}
