using System.Text;
using Harrier.Schema;
using Harrier.Sigma;
using Harrier.Sigma.Matching;

namespace Harrier.Tests.Sigma;

/// <summary>What <c>maps/sigma</c> says, read once.</summary>
static class Shipped
{
    public static Logsources Logsources { get; } =
        Logsources.Load([RepositoryRoot.Combine("maps", "sigma")]);
}

/// <summary>Which rows a log source means, and where its fields are.</summary>
public class LogsourceTests
{
    const string Windows = "category: process_creation\n  product: windows";
    const string Linux = "category: process_creation\n  product: linux";
    const string Anyone = "category: process_creation";
    const string Security = "product: windows\n  service: security";

    /// <summary>Rows as column=value, parted by bars; extra as JSON.</summary>
    [Theory]
    [InlineData(Windows, "Image: x", "process", "source=sysmon|action=start|image=x", true)]
    [InlineData(
        Windows,
        "Image: x",
        "process",
        "source=windows-security|action=start|image=x",
        true
    )]
    [InlineData(Windows, "Image: x", "process", "source=windows-own|action=start|image=x", true)]
    [InlineData(Windows, "Image: x", "process", "source=sysmon|action=end|image=x", false)]
    [InlineData(Windows, "Image: x", "process", "source=auditd|action=start|image=x", false)]
    [InlineData(
        Windows,
        "Image: x",
        "process",
        "source=sysmon|provider=Linux-Sysmon|action=start|image=x",
        false
    )]
    [InlineData(
        Linux,
        "Image: x",
        "process",
        "source=sysmon|provider=Linux-Sysmon|action=start|image=x",
        true
    )]
    [InlineData(Linux, "Image: x", "process", "source=auditd|action=start|image=x", true)]
    [InlineData(Linux, "Image: x", "process", "source=sysmon|action=start|image=x", false)]
    [InlineData(
        Linux,
        "Image|endswith: x",
        "process",
        "source=ecs|action=start|image=/bin/x",
        true
    )]
    [InlineData(
        Linux,
        "Image|endswith: x",
        "process",
        "source=ecs|action=start|image=C:\\x",
        false
    )]
    [InlineData(
        Windows,
        "Image|endswith: x",
        "process",
        "source=ecs|action=start|image=C:\\x",
        true
    )]
    [InlineData(Anyone, "Image: x", "process", "source=auditd|action=start|image=x", true)]
    [InlineData(Anyone, "Image: x", "process", "source=sysmon|action=start|image=x", true)]
    [InlineData(
        Security,
        "{EventID: 4672, SubjectUserName: bob}",
        "logon",
        "source=windows-security|channel=Security|event_id=4672|target_user=bob",
        true
    )]
    [InlineData(
        Security,
        "{EventID: 4624, SubjectUserName: bob}",
        "logon",
        "source=windows-security|channel=Security|event_id=4624|target_user=bob",
        false
    )]
    [InlineData(
        Security,
        "{EventID: 4624, SubjectUserName: bob}",
        "logon",
        "source=windows-security|channel=Security|event_id=4624|subject_user=Bob",
        true
    )]
    [InlineData(
        Security,
        "{EventID: 4720, SubjectUserName: bob}",
        "account",
        "source=windows-security|channel=Security|event_id=4720|account=bob|user=D\\bob",
        true
    )]
    [InlineData(
        Security,
        "{EventID: 4663, ProcessName: x}",
        "file",
        "source=windows-security|channel=Security|event_id=4663|image=x",
        true
    )]
    [InlineData(
        "product: zeek\n  service: http",
        "id.orig_h: 10.0.0.1",
        "http",
        "source=zeek-http|channel=http|src_ip=10.0.0.1",
        true
    )]
    [InlineData(
        "product: aws\n  service: cloudtrail",
        "{eventName: X, userIdentity.type: Root}",
        "cloud",
        "source=aws-cloudtrail|operation=X|extra={\"userIdentity\":{\"type\":\"Root\"}}",
        true
    )]
    [InlineData(
        "product: aws\n  service: cloudtrail",
        "{eventName: X, errorCode: null}",
        "cloud",
        "source=aws-cloudtrail|operation=X|outcome=success",
        true
    )]
    [InlineData(
        "product: aws\n  service: cloudtrail",
        "{eventName: X, errorCode: null}",
        "cloud",
        "source=aws-cloudtrail|operation=X|outcome=AccessDenied",
        false
    )]
    [InlineData(
        "product: linux\n  service: auditd",
        "{type: EXECVE, exe: /bin/x}",
        "process",
        "source=auditd|channel=SYSCALL|action=start|image=/bin/x",
        true
    )]
    [InlineData(
        "product: linux\n  service: auditd",
        "type: USER_LOGIN",
        "process",
        "source=auditd|channel=SYSCALL|action=start",
        false
    )]
    [InlineData(
        "product: okta\n  service: okta",
        "eventType: a.b",
        "cloud",
        "source=okta|operation=a.b",
        true
    )]
    public void A_rule_runs_on_the_rows_of_its_log_source(
        string logsource,
        string selection,
        string eventClass,
        string row,
        bool expected
    )
    {
        var batch = new EventBatch(EventClasses.Find(eventClass)!);
        foreach (var cell in row.Split('|'))
        {
            var parts = cell.Split('=', 2);
            var column = batch.Class.Find(parts[0])!;
            if (column.Type == ColumnType.Int)
            {
                batch.SetInt(column.Ordinal, long.Parse(parts[1]));
            }
            else
            {
                batch.SetText(column.Ordinal, Encoding.UTF8.GetBytes(parts[1]));
            }
        }

        batch.EndRow();

        var hits = new SigmaMatcher(
            SigmaCompiler.Compile([Rule(logsource, selection)], Shipped.Logsources)
        ).Match(batch);

        Assert.Equal(expected ? 1 : 0, hits.Count);
    }

    [Fact]
    public void What_a_source_never_has_is_said() // S-310
    {
        var compiled = SigmaCompiler.Compile(
            [
                Rule(Windows, "{OriginalFileName: a, Image: b}"),
                Rule(Windows, "[{OriginalFileName: a}, {Image: b}]"),
                Rule(Windows, "Image: b"),
            ],
            Shipped.Logsources
        );

        Assert.Equal(
            [
                ("windows-security", "OriginalFileName", false),
                ("windows-security", "OriginalFileName", true),
            ],
            compiled.Unanswered.Select(one =>
                (one.Source, string.Join(',', one.Fields), one.CanHold)
            )
        );
    }

    [Fact]
    public void A_rule_names_what_it_reads()
    {
        var rule = Rule("product: okta\n  service: okta", "{eventType: a, some.thing: b}");

        var needs = SigmaCompiler.Compile([rule], Shipped.Logsources).Needs(rule);

        Assert.Contains(
            needs,
            need => need.Class.Name == "cloud" && need.Column?.Name == "operation"
        );
        Assert.Contains(needs, need => need.ExtraPath == "some.thing");
    }

    [Theory]
    [InlineData("logsources: []", "rows")]
    [InlineData("rows: [{sorce: x}]\nlogsources: []", "sorce")]
    [InlineData("rows: [{}]\nlogsources: [{classes: [proces]}]", "proces")]
    [InlineData("rows: [{}]\nlogsources: [{classes: all, fields: {A: imge}}]", "imge")]
    [InlineData("rows: [{}]\nlogsources: [{classes: all, where: {}}]", "where")]
    public void What_is_wrong_is_named_with_its_place(string yaml, string word)
    {
        var fault = Assert.Throws<HarrierFault>(() => Logsources.Parse(yaml, "own.yaml"));

        Assert.Contains(word, fault.Message);
        Assert.StartsWith("own.yaml:", fault.Where);
    }

    static SigmaRule Rule(string logsource, string selection) =>
        Assert.Single(
            SigmaRules
                .Parse(
                    $"title: Case\nlogsource:\n  {logsource}\ndetection:\n  s:{(selection[0] is '{' or '[' ? " " : "\n    ")}{selection}\n  condition: s\n",
                    "case.yml"
                )
                .Rules
        );
}
