namespace Harrier.Hunts.Techniques;

/// <summary>All techniques there are. Adding one is a file beside this one and a line here.</summary>
public static class TechniqueList
{
    public static IReadOnlyList<ITechnique> All { get; } =
    [
        new StackCount(),
        new FirstSeen(),
        new RobustOutlier(),
        new AccountHabits(),
        new Beacon(),
        new HostDays(),
    ];
}
