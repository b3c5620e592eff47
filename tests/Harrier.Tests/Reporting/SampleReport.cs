using Harrier.Hunts;
using Harrier.Hunts.Leads;
using Harrier.Hunts.Verdicts;
using Harrier.Reporting;

namespace Harrier.Tests.Reporting;

/// <summary>A made-up intrusion with every part of a report in it, and text that attackers would put into a log.</summary>
static class SampleReport
{
    public const string Hostile =
        "<script>alert(1)</script> [red]x[/] \u001b[31m \u202Efdp.exe [click](http://evil.example) | `tick` =cmd|' /C calc'!A0";

    static readonly long s_start = Micros(2024, 5, 13, 8, 0);

    public static ReportModel Model { get; } = Make(leads: 14);

    public static ReportModel Make(int leads) =>
        new(
            "arlen",
            Micros(2024, 5, 17, 9, 30),
            "0.1.0",
            "sha256:7c1e40aa",
            [
                Run(
                    "R-0001",
                    "phished-department",
                    "A department is targeted by phishing",
                    HuntType.Hypothesis,
                    Verdict.ConfirmedMalicious,
                    "4 stages in order for a.keller between 14 May 08:52 and 16 May 21:10, from three independent sources",
                    3
                ),
                Run(
                    "R-0002",
                    "powershell-cradle",
                    "Encoded or download-cradle PowerShell on workstations",
                    HuntType.Hypothesis,
                    Verdict.Inconclusive,
                    "process events are missing on 2 of 9 workstations",
                    1,
                    "class process: no events from ws-fin-04, ws-hr-02 on 13 May to 16 May"
                ),
                Run(
                    "R-0003",
                    "rare-parent-child",
                    "Pairs of parent and child that are not normal here",
                    HuntType.Baseline,
                    Verdict.ConfirmedBenign,
                    "6 outliers, all known benign; baseline version 2 has 4 new pairs",
                    6
                ),
                Run(
                    "R-0004",
                    "regular-beacons",
                    "Hosts that call like clockwork",
                    HuntType.Model,
                    Verdict.NotConfirmed,
                    "86 % of host-days had network data; 212 pairs looked at",
                    1
                ),
            ],
            [.. Enumerable.Range(0, leads).Select(Lead)],
            new Dictionary<string, HuntText>
            {
                ["phished-department"] = new(
                    "Was a department phished, and what followed?",
                    "Three peers were hit in April.",
                    ["Mail read on phones leaves no record here."],
                    "Reset the accounts named, keep their mailboxes and hosts for response",
                    "Keep the mail rule",
                    ["T1566.001", "T1560.001"]
                ),
                ["regular-beacons"] = new(
                    "Which hosts call out like clockwork?",
                    "Implants ask for orders.",
                    [],
                    null,
                    null,
                    ["T1071.001"]
                ),
            },
            [
                new ClassSummary(
                    "process",
                    41_022,
                    9,
                    s_start,
                    s_start + 4 * TimeSpan.MicrosecondsPerDay
                ),
                new ClassSummary(
                    "network",
                    1_230_118,
                    14,
                    s_start,
                    s_start + 4 * TimeSpan.MicrosecondsPerDay
                ),
                new ClassSummary(
                    "email",
                    1_871,
                    1,
                    s_start,
                    s_start + 2 * TimeSpan.MicrosecondsPerDay
                ),
            ],
            [.. Presence()],
            [new ImportSummary("I-0001", 212, 1_273_129, 1_273_011, 118)],
            new IntelSummary(1_204, 3, 4),
            new Dictionary<string, string>
            {
                ["T1566.001"] = "Spearphishing Attachment",
                ["T1071.001"] = "Web Protocols",
                ["T1560.001"] = "Archive via Utility",
            }
        );

    public static ReportModel Empty { get; } =
        new(
            "empty",
            Micros(2024, 5, 17, 9, 30),
            "0.1.0",
            "sha256:0",
            [],
            [],
            new Dictionary<string, HuntText>(),
            [],
            [],
            [],
            new IntelSummary(0, 0, 0),
            new Dictionary<string, string>()
        );

    static Lead Lead(int number)
    {
        var first = s_start + number * 5 * TimeSpan.MicrosecondsPerHour;
        return new Lead(
            $"L-{number:x10}",
            number % 3 == 0 ? "R-0001" : "R-0004",
            number % 3 == 0 ? "phished-department" : "regular-beacons",
            number % 3 == 0 ? HuntType.Hypothesis : HuntType.Model,
            "sequence",
            Math.Round(0.99 - number * 0.001, 3),
            number == 2
                ? "ws-fin-02: " + Hostile
                : $"a.keller on ws-fin-0{number % 9}: mail, then script, then archive, then upload",
            [
                new Entity("host", $"ws-fin-0{number % 9}"),
                new Entity("account", "a.keller"),
                new Entity("address", "203.0.113.77"),
            ],
            ["T1566.001", "T1071.001"],
            first,
            first + 96 * TimeSpan.MicrosecondsPerMinute,
            [
                "first mail from arlen-docs.example in 3 days of history; 4 people of finance got it within 6 minutes",
                number == 2 ? Hostile : "9 such pairs among 14 hosts",
            ],
            [
                .. Enumerable
                    .Range(0, 3 + number % 4)
                    .Select(row => new Evidence(
                        row % 2 == 0 ? "process" : "network",
                        "/cases/arlen/logs/ws-fin-02/Security.evtx",
                        40113 + row,
                        first + row * 40 * TimeSpan.MicrosecondsPerMinute,
                        row == 1
                            ? new string('A', 3000)
                            : $"powershell.exe -enc {number}{row} {Hostile}"
                    )),
            ],
            120,
            [$"harrier query \"from process where host = 'ws-fin-0{number % 9}'\""],
            number < 6 ? "S-0001" : null,
            number == 1 ? new LeadLabel("malicious", "seen by response", "tp", "mk", first) : null
        );
    }

    static HuntRun Run(
        string id,
        string hunt,
        string title,
        HuntType type,
        Verdict verdict,
        string reason,
        int leads,
        params string[] missing
    ) =>
        new(
            id,
            hunt,
            title,
            type,
            verdict,
            reason,
            new Coverage(12, 14, 4, 4, missing),
            [
                new Harrier.Hunts.TestResult(
                    "mail",
                    "Mail from a sender new to the house?",
                    4,
                    1,
                    null
                ),
                new Harrier.Hunts.TestResult("logon", "Unusual logons after it?", 0, 0, null),
            ],
            leads,
            s_start,
            s_start + 4 * TimeSpan.MicrosecondsPerDay,
            1.2,
            new Dictionary<string, string> { ["hunt"] = "sha256:18bd62ff", ["seed"] = "1" }
        );

    static IEnumerable<DayPresence> Presence()
    {
        var midnight = s_start - s_start % TimeSpan.MicrosecondsPerDay;
        for (var day = 0; day < 5; day++)
        {
            for (var host = 0; host < (day == 3 ? 5 : 9); host++)
            {
                yield return new DayPresence(
                    "process",
                    $"ws-fin-0{host}",
                    midnight + day * TimeSpan.MicrosecondsPerDay,
                    1000
                );
            }

            yield return new DayPresence(
                "network",
                null,
                midnight + day * TimeSpan.MicrosecondsPerDay,
                90_000
            );
            if (day < 3)
            {
                yield return new DayPresence(
                    "email",
                    "mx",
                    midnight + day * TimeSpan.MicrosecondsPerDay,
                    600
                );
            }
        }
    }

    static long Micros(int year, int month, int day, int hour, int minute) =>
        (
            new DateTime(year, month, day, hour, minute, 0, DateTimeKind.Utc) - DateTime.UnixEpoch
        ).Ticks / 10;
}
