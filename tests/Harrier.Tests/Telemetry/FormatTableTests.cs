using Harrier.Telemetry.Maps;

namespace Harrier.Tests.Telemetry;

public sealed class FormatTableTests
{
    [Fact]
    public void The_table_of_formats_has_a_row_for_every_map()
    {
        var rows = File.ReadLines(RepositoryRoot.Combine("docs", "format-table.md"))
            .Where(line => line.StartsWith("| `", StringComparison.Ordinal))
            .Select(line => line.Split('`')[1]);
        var maps = SourceMaps
            .Load([RepositoryRoot.Combine("maps")])
            .Maps.Select(map => map.Id)
            .Order(StringComparer.Ordinal);

        Assert.True(
            maps.SequenceEqual(rows),
            "docs/format-table.md is not of these maps: Harrier.Bench formats . writes it (CONTRIBUTING.md)"
        );
    }
}
