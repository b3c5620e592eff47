namespace Harrier.Sigma.Correlations;

/// <summary>A group of a correlation as people read it: <c>User=anna, Computer=WS1</c>.</summary>
public static class GroupText
{
    /// <param name="group">Fields or aliases with their values, as logs have them: to be escaped where it is shown.</param>
    public static string Of(IEnumerable<KeyValuePair<string, string>> group) =>
        string.Join(", ", group.Select(pair => $"{pair.Key}={pair.Value}"));
}
