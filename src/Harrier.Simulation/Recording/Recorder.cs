using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Harrier.Simulation.Enterprise;
using Harrier.Simulation.Writers;

namespace Harrier.Simulation.Recording;

/// <summary>A running program.</summary>
public sealed record SimulatedProcess(
    Machine Machine,
    string Image,
    string CommandLine,
    uint Pid,
    string Guid,
    string User,
    string LogonId
);

/// <summary>Takes what happens and makes the records that each sensor would have written of it.</summary>
/// <remarks>While <see cref="Stage"/> is set, everything that is recorded belongs to that stage of the intrusion.</remarks>
public sealed class Recorder(Company company, Random random)
{
    readonly List<SimulatedRecord> _records = [];
    readonly Dictionary<string, uint> _nextPid = [];
    int _uid;
    int _logon = 0x2a000;

    public string? Stage { get; set; }

    public IReadOnlyList<SimulatedRecord> Records => _records;

    public Random Random => random;

    public Company Company => company;

    /// <summary>A program starts: Sysmon 1 and Security 4688.</summary>
    public SimulatedProcess Start(
        Machine machine,
        DateTime time,
        string image,
        string commandLine,
        string user,
        SimulatedProcess? parent,
        string parentImage = @"C:\Windows\explorer.exe",
        string logonId = "0x3e7",
        string integrity = "Medium"
    )
    {
        var process = new SimulatedProcess(
            machine,
            image,
            commandLine,
            Pid(machine),
            NewGuid(),
            user,
            logonId
        );
        var name = image[(image.LastIndexOf('\\') + 1)..];
        var fromImage = parent?.Image ?? parentImage;
        Sysmon(
            machine,
            time,
            1,
            [
                ("RuleName", "-"),
                ("UtcTime", Utc(time)),
                ("ProcessGuid", process.Guid),
                ("ProcessId", Number(process.Pid)),
                ("Image", image),
                ("FileVersion", "10.0.19041.1"),
                ("Description", name),
                ("Product", Product(image)),
                ("Company", Product(image) == "-" ? "-" : "Microsoft Corporation"),
                ("OriginalFileName", OriginalName(name)),
                ("CommandLine", commandLine),
                (
                    "CurrentDirectory",
                    user.Contains("SYSTEM", StringComparison.Ordinal)
                        ? @"C:\Windows\system32\"
                        : $@"C:\Users\{user[(user.IndexOf('\\', StringComparison.Ordinal) + 1)..]}\"
                ),
                ("User", user),
                ("LogonGuid", "{00000000-0000-0000-0000-" + logonId[2..].PadLeft(12, '0') + "}"),
                ("LogonId", logonId),
                (
                    "TerminalSessionId",
                    user.Contains("SYSTEM", StringComparison.Ordinal) ? "0" : "1"
                ),
                ("IntegrityLevel", integrity),
                ("Hashes", Hashes(image)),
                ("ParentProcessGuid", parent?.Guid ?? "{00000000-0000-0000-0000-000000000000}"),
                ("ParentProcessId", Number(parent?.Pid ?? 4)),
                ("ParentImage", fromImage),
                ("ParentCommandLine", parent?.CommandLine ?? fromImage),
                ("ParentUser", parent?.User ?? user),
            ]
        );
        var (domain, account) = Split(user);
        Security(
            machine,
            time.AddMilliseconds(1),
            4688,
            [
                ("SubjectUserSid", Sid(account)),
                ("SubjectUserName", account),
                ("SubjectDomainName", domain),
                ("SubjectLogonId", logonId),
                ("NewProcessId", Hex(process.Pid)),
                ("NewProcessName", image),
                ("TokenElevationType", "%%1936"),
                ("ProcessId", Hex(parent?.Pid ?? 4)),
                ("CommandLine", commandLine),
                ("TargetUserSid", "S-1-0-0"),
                ("TargetUserName", "-"),
                ("TargetDomainName", "-"),
                ("TargetLogonId", "0x0"),
                ("ParentProcessName", fromImage),
                ("MandatoryLabel", "S-1-16-8192"),
            ]
        );
        return process;
    }

    public void End(SimulatedProcess process, DateTime time) =>
        Sysmon(
            process.Machine,
            time,
            5,
            [
                ("UtcTime", Utc(time)),
                ("ProcessGuid", process.Guid),
                ("ProcessId", Number(process.Pid)),
                ("Image", process.Image),
                ("User", process.User),
            ]
        );

    public void FileCreated(SimulatedProcess process, DateTime time, string path) =>
        Sysmon(
            process.Machine,
            time,
            11,
            [
                ("UtcTime", Utc(time)),
                ("ProcessGuid", process.Guid),
                ("ProcessId", Number(process.Pid)),
                ("Image", process.Image),
                ("TargetFilename", path),
                ("CreationUtcTime", Utc(time)),
                ("User", process.User),
            ]
        );

    public void RegistrySet(SimulatedProcess process, DateTime time, string key, string details) =>
        Sysmon(
            process.Machine,
            time,
            13,
            [
                ("EventType", "SetValue"),
                ("UtcTime", Utc(time)),
                ("ProcessGuid", process.Guid),
                ("ProcessId", Number(process.Pid)),
                ("Image", process.Image),
                ("TargetObject", key),
                ("Details", details),
                ("User", process.User),
            ]
        );

    public void ImageLoaded(SimulatedProcess process, DateTime time, string library, bool signed) =>
        Sysmon(
            process.Machine,
            time,
            7,
            [
                ("UtcTime", Utc(time)),
                ("ProcessGuid", process.Guid),
                ("ProcessId", Number(process.Pid)),
                ("Image", process.Image),
                ("ImageLoaded", library),
                ("Hashes", Hashes(library)),
                ("Signed", signed ? "true" : "false"),
                ("Signature", signed ? "Microsoft Windows" : "-"),
                ("SignatureStatus", signed ? "Valid" : "Unavailable"),
                ("User", process.User),
            ]
        );

    public void Opened(
        SimulatedProcess process,
        DateTime time,
        string targetImage,
        string access,
        string trace
    ) =>
        Sysmon(
            process.Machine,
            time,
            10,
            [
                ("UtcTime", Utc(time)),
                ("SourceProcessGUID", process.Guid),
                ("SourceProcessId", Number(process.Pid)),
                ("SourceThreadId", "4120"),
                ("SourceImage", process.Image),
                ("TargetProcessGUID", "{5f1d2b00-0000-0000-0000-00000000002c}"),
                ("TargetProcessId", "668"),
                ("TargetImage", targetImage),
                ("GrantedAccess", access),
                ("CallTrace", trace),
                ("SourceUser", process.User),
                ("TargetUser", @"NT AUTHORITY\SYSTEM"),
            ]
        );

    public void Pipe(SimulatedProcess process, DateTime time, string pipe) =>
        Sysmon(
            process.Machine,
            time,
            17,
            [
                ("EventType", "CreatePipe"),
                ("UtcTime", Utc(time)),
                ("ProcessGuid", process.Guid),
                ("ProcessId", Number(process.Pid)),
                ("PipeName", pipe),
                ("Image", process.Image),
                ("User", process.User),
            ]
        );

    public void ScriptBlock(Machine machine, DateTime time, uint pid, string text) =>
        Windows(
            machine,
            time,
            "Microsoft-Windows-PowerShell",
            "Microsoft-Windows-PowerShell/Operational",
            "PowerShell.evtx",
            4104,
            pid,
            [
                ("MessageNumber", "1"),
                ("MessageTotal", "1"),
                ("ScriptBlockText", text),
                ("ScriptBlockId", NewGuid().Trim('{', '}').ToLowerInvariant()),
                ("Path", ""),
            ]
        );

    /// <summary>A logon session opens on a machine: Security 4624 (and 4672 for administrators). Gives its id.</summary>
    public string Logon(
        Machine machine,
        DateTime time,
        string account,
        int type,
        Machine? from = null,
        string package = "Kerberos",
        bool admin = false,
        string? address = null
    )
    {
        var id =
            "0x" + (_logon += 0x11 + random.Next(64)).ToString("x", CultureInfo.InvariantCulture);
        Security(
            machine,
            time,
            4624,
            [
                ("SubjectUserSid", "S-1-5-18"),
                ("SubjectUserName", machine.Name + "$"),
                ("SubjectDomainName", Company.NetBios),
                ("SubjectLogonId", "0x3e7"),
                ("TargetUserSid", Sid(account)),
                ("TargetUserName", account),
                ("TargetDomainName", Company.NetBios),
                ("TargetLogonId", id),
                ("LogonType", Number((uint)type)),
                (
                    "LogonProcessName",
                    package == "NTLM" ? "NtLmSsp "
                    : type == 2 ? "User32 "
                    : "Kerberos"
                ),
                ("AuthenticationPackageName", package),
                ("WorkstationName", from?.Name ?? (type == 2 ? machine.Name : "-")),
                ("LogonGuid", "{00000000-0000-0000-0000-000000000000}"),
                ("TransmittedServices", "-"),
                ("LmPackageName", package == "NTLM" ? "NTLM V2" : "-"),
                ("KeyLength", package == "NTLM" ? "128" : "0"),
                ("ProcessId", type == 2 ? "0x2b4" : "0x0"),
                ("ProcessName", type == 2 ? @"C:\Windows\System32\svchost.exe" : "-"),
                ("IpAddress", address ?? from?.Address ?? (type == 2 ? "127.0.0.1" : "-")),
                ("IpPort", from is null ? "0" : Number((uint)random.Next(49152, 65000))),
                ("ElevatedToken", admin ? "%%1842" : "%%1843"),
            ]
        );
        if (admin)
        {
            Security(
                machine,
                time.AddMilliseconds(2),
                4672,
                [
                    ("SubjectUserSid", Sid(account)),
                    ("SubjectUserName", account),
                    ("SubjectDomainName", Company.NetBios),
                    ("SubjectLogonId", id),
                    (
                        "PrivilegeList",
                        "SeSecurityPrivilege\n\t\t\tSeBackupPrivilege\n\t\t\tSeDebugPrivilege"
                    ),
                ]
            );
        }

        return id;
    }

    public void LogonFailed(
        Machine machine,
        DateTime time,
        string account,
        int type,
        Machine? from
    ) =>
        Security(
            machine,
            time,
            4625,
            [
                ("SubjectUserSid", "S-1-0-0"),
                ("SubjectUserName", "-"),
                ("SubjectDomainName", "-"),
                ("SubjectLogonId", "0x0"),
                ("TargetUserSid", "S-1-0-0"),
                ("TargetUserName", account),
                ("TargetDomainName", Company.NetBios),
                ("Status", "0xc000006d"),
                ("FailureReason", "%%2313"),
                ("SubStatus", "0xc000006a"),
                ("LogonType", Number((uint)type)),
                ("LogonProcessName", "User32 "),
                ("AuthenticationPackageName", "Negotiate"),
                ("WorkstationName", (from ?? machine).Name),
                ("IpAddress", from?.Address ?? "127.0.0.1"),
                ("IpPort", "0"),
                ("ProcessId", "0x2b4"),
                ("ProcessName", @"C:\Windows\System32\svchost.exe"),
            ]
        );

    public void Logoff(Machine machine, DateTime time, string account, string logonId, int type) =>
        Security(
            machine,
            time,
            4634,
            [
                ("TargetUserSid", Sid(account)),
                ("TargetUserName", account),
                ("TargetDomainName", Company.NetBios),
                ("TargetLogonId", logonId),
                ("LogonType", Number((uint)type)),
            ]
        );

    public void ExplicitCredentials(
        Machine machine,
        DateTime time,
        string account,
        string target,
        string server,
        string image
    ) =>
        Security(
            machine,
            time,
            4648,
            [
                ("SubjectUserSid", Sid(account)),
                ("SubjectUserName", account),
                ("SubjectDomainName", Company.NetBios),
                ("SubjectLogonId", "0x3e7"),
                ("LogonGuid", "{00000000-0000-0000-0000-000000000000}"),
                ("TargetUserName", target),
                ("TargetDomainName", Company.NetBios),
                ("TargetServerName", server),
                ("TargetInfo", server),
                ("ProcessId", "0x1a40"),
                ("ProcessName", image),
                ("IpAddress", "-"),
                ("IpPort", "-"),
            ]
        );

    /// <summary>A service ticket on the domain controller: 4768 and 4769.</summary>
    public void Ticket(DateTime time, string account, Machine from, string service)
    {
        var controller = company.DomainController;
        Security(
            controller,
            time,
            4768,
            [
                ("TargetUserName", account),
                ("TargetDomainName", Company.Domain),
                ("TargetSid", Sid(account)),
                ("ServiceName", "krbtgt"),
                ("ServiceSid", "S-1-5-21-1004336348-1177238915-682003330-502"),
                ("TicketOptions", "0x40810010"),
                ("Status", "0x0"),
                ("TicketEncryptionType", "0x12"),
                ("PreAuthType", "2"),
                ("IpAddress", "::ffff:" + from.Address),
                ("IpPort", Number((uint)random.Next(49152, 65000))),
            ]
        );
        Security(
            controller,
            time.AddMilliseconds(20),
            4769,
            [
                ("TargetUserName", $"{account}@{Company.Domain.ToUpperInvariant()}"),
                ("TargetDomainName", Company.Domain.ToUpperInvariant()),
                ("ServiceName", service),
                ("ServiceSid", "S-1-5-21-1004336348-1177238915-682003330-1004"),
                ("TicketOptions", "0x40810000"),
                ("TicketEncryptionType", "0x12"),
                ("IpAddress", "::ffff:" + from.Address),
                ("IpPort", Number((uint)random.Next(49152, 65000))),
                ("Status", "0x0"),
            ]
        );
    }

    public void ShareConnected(
        Machine server,
        DateTime time,
        string account,
        Machine from,
        string share
    ) =>
        Security(
            server,
            time,
            5140,
            [
                ("SubjectUserSid", Sid(account)),
                ("SubjectUserName", account),
                ("SubjectDomainName", Company.NetBios),
                ("SubjectLogonId", "0x4f21a"),
                ("ObjectType", "File"),
                ("IpAddress", from.Address),
                ("IpPort", Number((uint)random.Next(49152, 65000))),
                ("ShareName", $@"\\*\{share}"),
                (
                    "ShareLocalPath",
                    share.EndsWith('$') ? @"\??\C:\Windows" : $@"\??\D:\Shares\{share}"
                ),
                ("AccessMask", "0x1"),
                ("AccessList", "%%4416"),
            ]
        );

    public void ShareRead(
        Machine server,
        DateTime time,
        string account,
        Machine from,
        string share,
        string path
    ) =>
        Security(
            server,
            time,
            5145,
            [
                ("SubjectUserSid", Sid(account)),
                ("SubjectUserName", account),
                ("SubjectDomainName", Company.NetBios),
                ("SubjectLogonId", "0x4f21a"),
                ("ObjectType", "File"),
                ("IpAddress", from.Address),
                ("IpPort", Number((uint)random.Next(49152, 65000))),
                ("ShareName", $@"\\*\{share}"),
                ("ShareLocalPath", $@"\??\D:\Shares\{share}"),
                ("RelativeTargetName", path),
                ("AccessMask", "0x1"),
                ("AccessList", "%%4416"),
                ("AccessReason", "-"),
            ]
        );

    public void TaskCreated(
        Machine machine,
        DateTime time,
        string account,
        string logonId,
        string name,
        string command,
        string arguments
    ) =>
        Security(
            machine,
            time,
            4698,
            [
                ("SubjectUserSid", Sid(account)),
                ("SubjectUserName", account),
                ("SubjectDomainName", Company.NetBios),
                ("SubjectLogonId", logonId),
                ("TaskName", name),
                (
                    "TaskContent",
                    $"<Task version=\"1.2\"><Actions><Exec><Command>{command}</Command><Arguments>{arguments}</Arguments></Exec></Actions></Task>"
                ),
            ]
        );

    public void ServiceInstalled(
        Machine machine,
        DateTime time,
        string account,
        string logonId,
        string name,
        string image
    )
    {
        Windows(
            machine,
            time,
            "Service Control Manager",
            "System",
            "System.evtx",
            7045,
            620,
            [
                ("ServiceName", name),
                ("ImagePath", image),
                ("ServiceType", "user mode service"),
                ("StartType", "demand start"),
                ("AccountName", "LocalSystem"),
            ]
        );
        Security(
            machine,
            time,
            4697,
            [
                ("SubjectUserSid", Sid(account)),
                ("SubjectUserName", account),
                ("SubjectDomainName", Company.NetBios),
                ("SubjectLogonId", logonId),
                ("ServiceName", name),
                ("ServiceFileName", image),
                ("ServiceType", "0x10"),
                ("ServiceStartType", "3"),
                ("ServiceAccount", "LocalSystem"),
            ]
        );
    }

    public void LogCleared(Machine machine, DateTime time, string account)
    {
        Windows(
            machine,
            time,
            "Microsoft-Windows-Eventlog",
            "Security",
            "Security.evtx",
            1102,
            1080,
            [
                ("SubjectUserSid", Sid(account)),
                ("SubjectUserName", account),
                ("SubjectDomainName", Company.NetBios),
                ("SubjectLogonId", "0x3e7"),
            ]
        );
        Windows(
            machine,
            time.AddSeconds(1),
            "Microsoft-Windows-Eventlog",
            "System",
            "System.evtx",
            104,
            1080,
            [
                ("SubjectUserName", account),
                ("SubjectDomainName", Company.NetBios),
                ("Channel", "Microsoft-Windows-PowerShell/Operational"),
                ("BackupPath", ""),
            ]
        );
    }

    /// <summary>A connection: Zeek conn (and ssl or http), Sysmon 3 where a program is known.</summary>
    public void Connection(
        Machine from,
        DateTime time,
        string address,
        int port,
        long bytesOut,
        long bytesIn,
        TimeSpan duration,
        SimulatedProcess? process = null,
        string? serverName = null,
        string protocol = "tcp",
        string? service = null,
        HttpRequest? http = null,
        string state = "SF"
    )
    {
        var uid = Uid();
        var sourcePort = random.Next(49152, 65500);
        var day = time.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        service ??=
            serverName is not null && http is null ? "ssl"
            : http is not null ? "http"
            : null;
        string?[] ends = [uid, from.Address, Number((uint)sourcePort), address, Number((uint)port)];
        _records.Add(
            new ZeekRecord(
                $"logs/zeek/{day}/conn.log",
                time,
                Stage,
                "conn",
                [
                    .. ends,
                    protocol,
                    service,
                    duration.TotalSeconds.ToString("0.000000", CultureInfo.InvariantCulture),
                    bytesOut.ToString(CultureInfo.InvariantCulture),
                    bytesIn.ToString(CultureInfo.InvariantCulture),
                    state,
                    Number((uint)(3 + bytesOut / 1200)),
                    Number((uint)(3 + bytesIn / 1200)),
                ]
            )
        );
        if (service == "ssl")
        {
            _records.Add(
                new ZeekRecord(
                    $"logs/zeek/{day}/ssl.log",
                    time.AddMilliseconds(30),
                    Stage,
                    "ssl",
                    [.. ends, "TLSv12", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", serverName, "T"]
                )
            );
        }

        if (http is not null)
        {
            _records.Add(
                new ZeekRecord(
                    $"logs/zeek/{day}/http.log",
                    time.AddMilliseconds(25),
                    Stage,
                    "http",
                    [
                        .. ends,
                        http.Method,
                        http.Host,
                        http.Uri,
                        http.UserAgent,
                        bytesOut.ToString(CultureInfo.InvariantCulture),
                        bytesIn.ToString(CultureInfo.InvariantCulture),
                        "200",
                        http.MimeType,
                    ]
                )
            );
        }

        if (process is not null)
        {
            Sysmon(
                from,
                time.AddMilliseconds(5),
                3,
                [
                    ("UtcTime", Utc(time.AddMilliseconds(5))),
                    ("ProcessGuid", process.Guid),
                    ("ProcessId", Number(process.Pid)),
                    ("Image", process.Image),
                    ("User", process.User),
                    ("Protocol", protocol),
                    ("Initiated", "true"),
                    ("SourceIsIpv6", "false"),
                    ("SourceIp", from.Address),
                    ("SourceHostname", from.Fqdn),
                    ("SourcePort", Number((uint)sourcePort)),
                    ("SourcePortName", "-"),
                    ("DestinationIsIpv6", "false"),
                    ("DestinationIp", address),
                    ("DestinationHostname", serverName ?? http?.Host ?? "-"),
                    ("DestinationPort", Number((uint)port)),
                    (
                        "DestinationPortName",
                        port == 443 ? "https"
                        : port == 80 ? "http"
                        : "-"
                    ),
                ]
            );
        }
    }

    /// <summary>A name is looked up: Zeek dns, Sysmon 22 where a program is known.</summary>
    public void Lookup(
        Machine from,
        DateTime time,
        string name,
        string answer,
        SimulatedProcess? process = null
    )
    {
        var day = time.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        _records.Add(
            new ZeekRecord(
                $"logs/zeek/{day}/dns.log",
                time,
                Stage,
                "dns",
                [
                    Uid(),
                    from.Address,
                    Number((uint)random.Next(49152, 65500)),
                    company.DomainController.Address,
                    "53",
                    "udp",
                    name,
                    "A",
                    "NOERROR",
                    answer,
                ]
            )
        );
        if (process is not null)
        {
            Sysmon(
                from,
                time,
                22,
                [
                    ("UtcTime", Utc(time)),
                    ("ProcessGuid", process.Guid),
                    ("ProcessId", Number(process.Pid)),
                    ("QueryName", name),
                    ("QueryStatus", "0"),
                    ("QueryResults", $"::ffff:{answer};"),
                    ("Image", process.Image),
                    ("User", process.User),
                ]
            );
        }
    }

    public void Syslog(Machine machine, DateTime time, string file, string message) =>
        _records.Add(
            new SyslogRecord(
                $"logs/{machine.Name.ToLowerInvariant()}/{file}",
                time,
                Stage,
                machine.Name.ToLowerInvariant(),
                message
            )
        );

    void Sysmon(Machine machine, DateTime time, int id, IReadOnlyList<(string, string)> fields) =>
        Windows(
            machine,
            time,
            "Microsoft-Windows-Sysmon",
            "Microsoft-Windows-Sysmon/Operational",
            "Sysmon.evtx",
            id,
            2148,
            fields
        );

    void Security(Machine machine, DateTime time, int id, IReadOnlyList<(string, string)> fields) =>
        Windows(
            machine,
            time,
            "Microsoft-Windows-Security-Auditing",
            "Security",
            "Security.evtx",
            id,
            4,
            fields
        );

    void Windows(
        Machine machine,
        DateTime time,
        string provider,
        string channel,
        string file,
        int id,
        uint pid,
        IReadOnlyList<(string, string)> fields
    ) =>
        _records.Add(
            new WindowsRecord(
                machine.AsJson
                    ? $"logs/{machine.Name.ToLowerInvariant()}/winlogbeat.ndjson.gz"
                    : $"logs/{machine.Name.ToLowerInvariant()}/{file}",
                time,
                Stage,
                new WindowsLogEvent(provider, channel, id, 4, machine.Fqdn, pid),
                fields
            )
        );

    uint Pid(Machine machine)
    {
        var pid = _nextPid.GetValueOrDefault(machine.Name, 1200u) + (uint)(4 * random.Next(1, 9));
        _nextPid[machine.Name] = pid % 60_000;
        return pid;
    }

    string NewGuid()
    {
        var bytes = new byte[16];
        random.NextBytes(bytes);
        return "{" + new Guid(bytes).ToString("D").ToUpperInvariant() + "}";
    }

    string Uid() =>
        "C"
        + (++_uid).ToString("x8", CultureInfo.InvariantCulture)
        + random.Next(0x1000, 0xffff).ToString("x", CultureInfo.InvariantCulture);

    /// <summary>Hashes that are the same for the same program, everywhere and always.</summary>
    public static string Hashes(string image)
    {
        var name = Encoding.UTF8.GetBytes(
            image[(image.LastIndexOf('\\') + 1)..].ToLowerInvariant()
        );
        var sha256 = Convert.ToHexString(SHA256.HashData(name));
        return $"MD5={sha256[..32]},SHA256={sha256},IMPHASH={sha256[32..64]}";
    }

    static string OriginalName(string name) =>
        name.Equals("powershell.exe", StringComparison.OrdinalIgnoreCase) ? "PowerShell.EXE" : name;

    static string Product(string image) =>
        image.StartsWith(@"C:\Windows\", StringComparison.OrdinalIgnoreCase)
            ? "Microsoft® Windows® Operating System"
        : image.Contains("Microsoft", StringComparison.Ordinal) ? "Microsoft Office"
        : "-";

    static string Sid(string account) =>
        account.EndsWith('$') || account == "SYSTEM"
            ? "S-1-5-18"
            : $"S-1-5-21-1004336348-1177238915-682003330-{1100 + account.Sum(character => character * 7) % 900}";

    static (string Domain, string Account) Split(string user)
    {
        var at = user.IndexOf('\\', StringComparison.Ordinal);
        return (user[..at], user[(at + 1)..]);
    }

    static string Utc(DateTime time) =>
        time.ToString("yyyy-MM-dd HH:mm:ss.fff", CultureInfo.InvariantCulture);

    static string Number(uint number) => number.ToString(CultureInfo.InvariantCulture);

    static string Hex(uint number) => "0x" + number.ToString("x", CultureInfo.InvariantCulture);
}

/// <summary>What of a web request a sensor sees.</summary>
public sealed record HttpRequest(
    string Method,
    string Host,
    string Uri,
    string UserAgent,
    string MimeType
);
