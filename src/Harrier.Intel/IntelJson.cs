using System.Text.Json.Serialization;

namespace Harrier.Intel;

/// <summary>Lists and counts that stand in one column as JSON.</summary>
[JsonSerializable(typeof(string[]))]
[JsonSerializable(typeof(SortedDictionary<string, long>))]
sealed partial class IntelJson : JsonSerializerContext;
