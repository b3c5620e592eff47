using System.Text;
using System.Text.Json;
using Harrier.Schema;

namespace Harrier.Tests.Sigma;

/// <summary>Events as JSON with Sigma's names, as rows that the maps would make of them.</summary>
static class ProcessEvents
{
    public static EventBatch Batch(IEnumerable<string> events)
    {
        var batch = new EventBatch(EventClasses.Process);
        foreach (var json in events)
        {
            batch.SetText(CommonColumns.Source, "sysmon"u8);
            batch.SetText(CommonColumns.Action, "start"u8);
            var moved = new Dictionary<string, JsonElement>();
            foreach (var property in JsonDocument.Parse(json).RootElement.EnumerateObject())
            {
                // Fields that have a column go there, as the maps would put them.
                if (
                    EventClasses.Process.FindSigma(property.Name)
                        is { Type: ColumnType.Text } column
                    && property.Value.ValueKind == JsonValueKind.String
                )
                {
                    batch.SetText(
                        column.Ordinal,
                        Encoding.UTF8.GetBytes(property.Value.GetString()!)
                    );
                }
                else
                {
                    moved[property.Name] = property.Value;
                }
            }

            batch.SetText(CommonColumns.Extra, JsonSerializer.SerializeToUtf8Bytes(moved));
            batch.EndRow();
        }

        return batch;
    }
}
