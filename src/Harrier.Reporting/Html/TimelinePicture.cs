using System.Globalization;
using Harrier.Hunts.Leads;

namespace Harrier.Reporting.Html;

/// <summary>Geometry of the timeline: lanes by class, dots by time, gaps where a class has no events, ticks that don't collide.</summary>
sealed record TimelinePicture(
    long From,
    long To,
    IReadOnlyList<TimelineLane> Lanes,
    IReadOnlyList<(double X, string Text)> Ticks
)
{
    // A step is chosen so that at most ten labels of about 60 units stand on the axis.
    static readonly (TimeSpan Step, string Format)[] s_steps =
    [
        (TimeSpan.FromMinutes(5), "HH:mm"),
        (TimeSpan.FromMinutes(15), "HH:mm"),
        (TimeSpan.FromHours(1), "HH:mm"),
        (TimeSpan.FromHours(3), "d MMM HH:mm"),
        (TimeSpan.FromHours(12), "d MMM HH:mm"),
        (TimeSpan.FromDays(1), "d MMM"),
        (TimeSpan.FromDays(7), "d MMM"),
        (TimeSpan.FromDays(30), "d MMM yyyy"),
        (TimeSpan.FromDays(365), "yyyy"),
        (TimeSpan.FromDays(3650), "yyyy"),
    ];

    const int MostTicks = 9;
    const int Bins = 180;

    public static TimelinePicture Draw(
        ReportModel model,
        IReadOnlyList<Lead> leads,
        double left,
        double right
    )
    {
        var rows = leads
            .SelectMany(lead => lead.Evidence.Select(evidence => (lead, evidence)))
            .ToList();
        var from = rows.Min(row => row.evidence.Time);
        var to = rows.Max(row => row.evidence.Time);
        var margin = Math.Max((to - from) / 40, 5 * TimeSpan.MicrosecondsPerMinute);
        (from, to) = (from - margin, to + margin);
        double X(long time) => left + (right - left) * (time - from) / (double)(to - from);

        // A label near the edge would be cut.
        const double LabelHalf = 38;
        var lanes = rows.GroupBy(row => row.evidence.Class)
            .OrderBy(lane => lane.Min(row => row.evidence.Time))
            .ThenBy(lane => lane.Key, StringComparer.Ordinal)
            .Select(lane => new TimelineLane(
                lane.Key,
                [
                    .. lane.GroupBy(row =>
                            (int)((X(row.evidence.Time) - left) / (right - left) * Bins)
                        )
                        .OrderBy(bin => bin.Key)
                        .Select(bin => new TimelineDot(
                            bin.Average(row => X(row.evidence.Time)),
                            Math.Min(9, 3.5 + Math.Log2(bin.Count())),
                            bin.Max(row => row.lead.Score) >= 0.8,
                            Visible.Text(
                                $"{Words.Second(bin.First().evidence.Time)} {bin.First().lead.Title}",
                                160
                            )
                        )),
                ],
                Gaps(model, lane.Key, from, to, X)
            ))
            .ToList();
        return new TimelinePicture(
            from,
            to,
            lanes,
            [
                .. TicksOf(from, to, X)
                    .Where(tick => tick.X > left + LabelHalf / 2 && tick.X < right - LabelHalf / 2),
            ]
        );
    }

    static List<(double From, double To)> Gaps(
        ReportModel model,
        string eventClass,
        long from,
        long to,
        Func<long, double> x
    )
    {
        var days = model
            .Presence.Where(presence => presence.Class == eventClass)
            .Select(presence => presence.Day)
            .ToHashSet();
        var gaps = new List<(double, double)>();
        for (
            var day = from - from % TimeSpan.MicrosecondsPerDay;
            day < to;
            day += TimeSpan.MicrosecondsPerDay
        )
        {
            if (!days.Contains(day))
            {
                gaps.Add(
                    (x(Math.Max(from, day)), x(Math.Min(to, day + TimeSpan.MicrosecondsPerDay)))
                );
            }
        }

        return gaps;
    }

    static List<(double X, string Text)> TicksOf(long from, long to, Func<long, double> x)
    {
        var (step, format) = s_steps.FirstOrDefault(
            candidate => (to - from) / (candidate.Step.Ticks / 10) <= MostTicks,
            s_steps[^1]
        );
        var stepMicroseconds = step.Ticks / 10;
        var ticks = new List<(double, string)>();
        for (
            var time = (from / stepMicroseconds + 1) * stepMicroseconds;
            time < to;
            time += stepMicroseconds
        )
        {
            ticks.Add((x(time), Words.Moment(time).ToString(format, CultureInfo.InvariantCulture)));
        }

        return ticks;
    }
}

sealed record TimelineLane(
    string Name,
    IReadOnlyList<TimelineDot> Dots,
    IReadOnlyList<(double From, double To)> Gaps
);

sealed record TimelineDot(double X, double Radius, bool Hot, string Title);
