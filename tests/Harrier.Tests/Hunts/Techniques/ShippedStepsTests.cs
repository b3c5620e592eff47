using Harrier.Hunts.Documents;
using Harrier.Hunts.Techniques;
using Harrier.Schema;

namespace Harrier.Tests.Hunts.Techniques;

/// <summary>Every technique step of every shipped hunt runs on a lake that has all classes: its SQL is right.</summary>
public class ShippedStepsTests
{
    static readonly HuntLibrary Library = HuntLibrary.Load(RepositoryRoot.Combine("hunts"), null);

    [Fact]
    public void Every_technique_is_used_by_a_shipped_hunt()
    {
        Assert.Empty(Library.Errors);
        var used = Library
            .Hunts.SelectMany(hunt => hunt.Steps)
            .Select(step => step.Test)
            .OfType<StepTest.Technique>()
            .Select(test => test.Implementation.Name)
            .ToHashSet();

        Assert.Equal(TechniqueList.All.Select(t => t.Name).Order(), used.Order());
    }

    [Fact]
    public void Every_step_runs_and_an_ordinary_lake_gives_few_findings()
    {
        using var lake = OrdinaryLake();
        foreach (var hunt in Library.Hunts)
        {
            foreach (var step in hunt.Steps)
            {
                if (step.Test is StepTest.Technique technique)
                {
                    var result = lake.Run(
                        technique.Implementation.Name,
                        new(step.Parameters.Values, StringComparer.Ordinal)
                    );
                    Assert.True(
                        result.Findings.Count == 0,
                        $"{hunt.Id}/{step.Id}: {string.Join("; ", result.Findings.Select(f => f.Title))}"
                    );
                }
            }
        }
    }

    [Fact]
    public void Every_step_survives_a_lake_without_events()
    {
        using var lake = new TechniqueLake();
        foreach (var step in Library.Hunts.SelectMany(hunt => hunt.Steps))
        {
            if (step.Test is StepTest.Technique technique)
            {
                var result = lake.Run(
                    technique.Implementation.Name,
                    new(step.Parameters.Values, StringComparer.Ordinal)
                );
                Assert.Empty(result.Findings);
                Assert.NotNull(result.Inconclusive);
            }
        }
    }

    /// <summary>Twelve hosts that do the same in every class, six days long.</summary>
    static TechniqueLake OrdinaryLake()
    {
        var lake = new TechniqueLake();
        foreach (var eventClass in EventClasses.All)
        {
            for (var day = 0; day < 6; day++)
            {
                for (var host = 1; host <= 12; host++)
                {
                    var values = eventClass
                        .Columns.Skip(EventClasses.CommonColumnCount)
                        .Where(column => column.Type is ColumnType.Text)
                        .Select(column => (column.Name, (object)$"{column.Name}.example"))
                        .Where(value => value.Name != "src_ip")
                        .ToList();
                    values.Add(("host", $"h{host}"));
                    values.Add(("account", $"user{host}"));
                    if (eventClass.Find("src_ip") is not null)
                    {
                        values.Add(("src_ip", $"10.0.0.{host}"));
                    }

                    lake.Add(
                        eventClass.Name,
                        TechniqueLake.Start + (day * TechniqueLake.Day) + (9 * TechniqueLake.Hour),
                        [.. values.DistinctBy(value => value.Item1)]
                    );
                }
            }
        }

        return lake;
    }
}
