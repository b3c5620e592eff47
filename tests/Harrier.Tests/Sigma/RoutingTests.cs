using Harrier.Schema;
using Harrier.Sigma;
using Harrier.Sigma.Matching;
using Record = Harrier.Telemetry.Formats.Record;

namespace Harrier.Tests.Sigma;

/// <summary>From a record of a log to the rules that are asked about it: maps, log sources and fields together.</summary>
public sealed class RoutingTests
{
    static readonly string[] s_sysmonCategories =
    [
        "process_creation",
        "file_change",
        "network_connection",
        "sysmon_status",
        "process_termination",
        "driver_load",
        "image_load",
        "create_remote_thread",
        "raw_access_thread",
        "process_access",
        "file_event",
        "registry_event",
        "registry_add",
        "registry_delete",
        "registry_set",
        "registry_rename",
        "create_stream_hash",
        "pipe_created",
        "wmi_event",
        "dns_query",
        "file_delete",
        "clipboard_capture",
        "process_tampering",
        "file_delete_detected",
        "file_block_executable",
        "file_block_shredding",
        "file_executable_detected",
        "sysmon_error",
    ];

    [Theory] // S-303, S-306, S-307
    [InlineData(1, "process_creation")]
    [InlineData(2, "file_change")]
    [InlineData(3, "network_connection")]
    [InlineData(4, "sysmon_status")]
    [InlineData(16, "sysmon_status")]
    [InlineData(5, "process_termination")]
    [InlineData(6, "driver_load")]
    [InlineData(7, "image_load")]
    [InlineData(8, "create_remote_thread")]
    [InlineData(9, "raw_access_thread")]
    [InlineData(10, "process_access")]
    [InlineData(11, "file_event")]
    [InlineData(12, "registry_event registry_add registry_delete")]
    [InlineData(13, "registry_event registry_set")]
    [InlineData(14, "registry_event registry_rename")]
    [InlineData(15, "create_stream_hash")]
    [InlineData(17, "pipe_created")]
    [InlineData(18, "pipe_created")]
    [InlineData(19, "wmi_event")]
    [InlineData(20, "wmi_event")]
    [InlineData(21, "wmi_event")]
    [InlineData(22, "dns_query")]
    [InlineData(23, "file_delete")]
    [InlineData(24, "clipboard_capture")]
    [InlineData(25, "process_tampering")]
    [InlineData(26, "file_delete_detected")]
    [InlineData(27, "file_block_executable")]
    [InlineData(28, "file_block_shredding")]
    [InlineData(29, "file_executable_detected")]
    [InlineData(255, "sysmon_error")]
    public void An_event_of_Sysmon_is_in_its_categories(int eventId, string categories)
    {
        var batch = Mapped(
            ("Provider", "Microsoft-Windows-Sysmon"),
            ("Channel", "Microsoft-Windows-Sysmon/Operational"),
            ("EventID", $"{eventId}"),
            ("Image", @"C:\x.exe"),
            ("TargetFilename", @"C:\y"),
            (
                "EventType",
                eventId switch
                {
                    12 => "CreateKey",
                    13 => "SetValue",
                    14 => "RenameKey",
                    _ => "",
                }
            ),
            ("TargetObject", @"HKLM\z"),
            ("QueryName", "q")
        );

        var found = s_sysmonCategories.Where(category =>
            Holds($"product: windows\n  category: {category}", $"EventID: {eventId}", batch)
        );

        Assert.Equal(categories.Split(' ').Order(), found.Order());
    }

    [Theory] // S-302
    [InlineData("product: windows", true)]
    [InlineData("category: process_creation", true)]
    [InlineData("product: windows\n  service: sysmon", true)]
    [InlineData("product: windows\n  service: security", false)]
    [InlineData("product: linux\n  category: process_creation", false)]
    public void What_a_log_source_leaves_open_may_be_anything(string logsource, bool expected) =>
        Assert.Equal(
            expected,
            Holds(
                logsource,
                "CommandLine: whoami",
                Mapped(
                    ("Provider", "Microsoft-Windows-Sysmon"),
                    ("Channel", "Microsoft-Windows-Sysmon/Operational"),
                    ("EventID", "1"),
                    ("Image", @"C:\x.exe"),
                    ("CommandLine", "whoami")
                )
            )
        );

    [Theory] // S-308, S-309
    [InlineData(
        "windows",
        "application security system sysmon taskscheduler powershell powershell-classic windefend wmi applocker appxdeployment-server appxpackaging-om appmodel-runtime application-experience bitlocker bits-client capi2 certificateservicesclient-lifecycle-system codeintegrity-operational dhcp diagnosis-scripted dns-client dns-server dns-server-analytic dns-server-audit driver-framework firewall-as hyper-v-worker iis-configuration kernel-event-tracing kernel-shimengine ldap lsa-server msexchange-management ntfs ntlm openssh printservice-admin printservice-operational security-mitigations sense servicebus-client shell-core smbclient-security terminalservices-localsessionmanager vhdmp"
    )]
    [InlineData("linux", "auditd auth cron sudo sshd syslog vsftpd")]
    [InlineData("zeek", "conn dns http ssl smb_files dce_rpc kerberos rdp x509")]
    [InlineData("aws", "cloudtrail")]
    [InlineData("azure", "activitylogs auditlogs signinlogs")]
    [InlineData("okta", "okta")]
    [InlineData("github", "audit")]
    public void Services_have_their_events(string product, string services) =>
        Assert.Empty(
            services
                .Split(' ')
                .Where(service =>
                    Shipped.Logsources.Find(new Logsource(null, product, service)).Count == 0
                )
        );

    [Fact] // S-304
    public void What_is_of_no_log_source_is_asked_by_no_rule() =>
        Assert.False(
            Holds(
                "product: windows",
                "Message: hello",
                Mapped(("Message", "hello"), ("TimeCreated", "2026-03-02T12:00:00Z"))
            )
        );

    [Fact] // S-311
    public void A_name_with_spaces_is_found_without_them() =>
        Assert.True(
            Holds(
                "product: windows\n  service: windefend",
                "ThreatName: EICAR",
                Mapped(
                    ("Provider", "Microsoft-Windows-Windows Defender"),
                    ("Channel", "Microsoft-Windows-Windows Defender/Operational"),
                    ("EventID", "5013"),
                    ("Threat Name", "EICAR")
                )
            )
        );

    [Theory] // S-312
    [InlineData("SubjectUserName|fieldref: TargetUserName", true)]
    [InlineData("SubjectUserName|fieldref: IpAddress", false)]
    public void A_field_is_mapped_where_another_is_compared_with_it(
        string selection,
        bool expected
    ) =>
        Assert.Equal(
            expected,
            Holds(
                "product: windows\n  service: security",
                selection,
                Mapped(
                    ("Provider", "Microsoft-Windows-Security-Auditing"),
                    ("Channel", "Security"),
                    ("EventID", "4624"),
                    ("SubjectUserName", "bob"),
                    ("TargetUserName", "bob"),
                    ("IpAddress", "10.0.0.1")
                )
            )
        );

    static EventBatch Mapped(params (string Name, string Value)[] fields)
    {
        var record = new Record();
        record.Add("Computer", "ws1");
        if (!fields.Any(field => field.Name == "TimeCreated"))
        {
            record.Add("TimeCreated", "2026-03-02T12:00:00Z");
        }

        foreach (var (name, value) in fields.Where(field => field.Value.Length > 0))
        {
            record.Add(name, value);
        }

        var rows = new MappedBatches();
        rows.Accept(record);
        return Assert.Single(rows.Batches.All);
    }

    static bool Holds(string logsource, string selection, EventBatch batch)
    {
        var set = SigmaRules.Parse(
            $"title: t\nlogsource:\n  {logsource}\ndetection:\n  s:\n    {selection}\n  condition: s\n",
            "t.yml"
        );
        Assert.Empty(set.Diagnostics);
        return new SigmaMatcher(SigmaCompiler.Compile(set.Rules, Shipped.Logsources))
                .Match(batch)
                .Count > 0;
    }
}
