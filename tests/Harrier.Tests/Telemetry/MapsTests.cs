using Harrier.Telemetry.Maps;

namespace Harrier.Tests.Telemetry;

public class MapsTests
{
    [Fact]
    public void The_shipped_maps_are_right() =>
        Assert.NotEmpty(SourceMaps.Load([RepositoryRoot.Combine("maps")]).Maps);
}
