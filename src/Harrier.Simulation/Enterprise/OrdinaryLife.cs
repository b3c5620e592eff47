using System.Globalization;
using Harrier.Simulation.Recording;

namespace Harrier.Simulation.Enterprise;

/// <summary>What happens in the company on any day, attack or not: people at work, machines at theirs, mail, noise from outside.</summary>
/// <remarks>
/// Look-alikes of an attack are part of it: the management agent runs encoded PowerShell everywhere, administrators use remote
/// desktop and the scheduler, an agent calls home like clockwork, the backup moves gigabytes at night, strangers try passwords.
/// </remarks>
public sealed class OrdinaryLife(Recorder recorder, DateTime firstDay, int days)
{
    const string System = @"NT AUTHORITY\SYSTEM";

    static readonly string[] s_sites =
    [
        .. Enumerable.Range(0, 140).Select(index => $"www.{Word(index)}.example"),
    ];

    static readonly string[] s_attachments = ["pdf", "docx", "xlsx", "pdf", "zip", "png", "docm"];

    static readonly string[] s_partners =
    [
        "harbor-lines.example",
        "nordwind-logistics.example",
        "tollgate-customs.example",
        "papermill.example",
        "fleet-parts.example",
        "bluewave.example",
        "city-council.example",
        "insure-all.example",
        "conference-hub.example",
        "newsweekly.example",
    ];

    static readonly Dictionary<string, (string Image, string Arguments)[]> s_programs = new()
    {
        ["fin"] =
        [
            (@"C:\Program Files (x86)\SAP\FrontEnd\SAPgui\saplogon.exe", ""),
            (@"C:\Program Files\Microsoft Office\root\Office16\EXCEL.EXE", "/dde"),
        ],
        ["eng"] =
        [
            (@"C:\Program Files\Git\cmd\git.exe", "fetch origin"),
            (@"C:\Program Files\nodejs\node.exe", "server.js"),
            (@"C:\Program Files\Microsoft VS Code\Code.exe", "."),
            (@"C:\Windows\System32\cmd.exe", "/c npm run build"),
        ],
        ["hr"] =
        [
            (@"C:\Program Files\Personio\hrclient.exe", ""),
            (@"C:\Program Files\Microsoft Office\root\Office16\WINWORD.EXE", "/n"),
        ],
        ["it"] =
        [
            (@"C:\Windows\System32\mmc.exe", "dsa.msc"),
            (@"C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe", "-NoExit"),
            (@"C:\Windows\System32\mstsc.exe", "/v:srv-file-01"),
            (@"C:\Windows\System32\cmd.exe", "/c ipconfig /all"),
        ],
    };

    readonly Dictionary<string, string> _sessions = new(StringComparer.Ordinal);

    /// <summary>The logon session that an account opened on its own machine on the first day.</summary>
    public string SessionOf(string account) => _sessions[account];

    Random Random => recorder.Random;

    Company Company => recorder.Company;

    public void Play()
    {
        for (var day = 0; day < days; day++)
        {
            var date = firstDay.AddDays(day);
            foreach (var person in Company.People)
            {
                Workday(person, date);
            }

            foreach (var machine in Company.Machines.Where(machine => machine.IsWindows))
            {
                Background(machine, date);
            }

            Servers(date, day);
            Outside(date);
        }
    }

    void Workday(Person person, DateTime date)
    {
        // Everybody has an hour of his own, a little different each day.
        var habit = 7.6 + person.Account.Sum(character => character) % 17 / 10.0;
        var start = date.AddHours(habit).AddMinutes(Random.Next(0, 25));
        var end = start.AddHours(8.2).AddMinutes(Random.Next(0, 60));
        var machine = person.Workstation;
        var user = $@"{Company.NetBios}\{person.Account}";
        if (Random.Next(6) == 0)
        {
            recorder.LogonFailed(machine, start.AddSeconds(-14), person.Account, 2, null);
        }

        var logon = recorder.Logon(machine, start, person.Account, 2);
        _sessions.TryAdd(person.Account, logon);
        recorder.Ticket(start.AddSeconds(1), person.Account, machine, "host/" + machine.Fqdn);
        var explorer = recorder.Start(
            machine,
            start.AddSeconds(4),
            @"C:\Windows\explorer.exe",
            @"C:\Windows\Explorer.EXE",
            user,
            null,
            @"C:\Windows\System32\userinit.exe",
            logon
        );
        var outlook = recorder.Start(
            machine,
            start.AddMinutes(2),
            @"C:\Program Files\Microsoft Office\root\Office16\OUTLOOK.EXE",
            "\"C:\\Program Files\\Microsoft Office\\root\\Office16\\OUTLOOK.EXE\"",
            user,
            explorer,
            logonId: logon
        );
        var chrome = recorder.Start(
            machine,
            start.AddMinutes(4),
            @"C:\Program Files\Google\Chrome\Application\chrome.exe",
            "\"C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe\"",
            user,
            explorer,
            logonId: logon
        );
        recorder.Start(
            machine,
            start.AddMinutes(5),
            @"C:\Program Files\Teams\ms-teams.exe",
            "ms-teams.exe --autostart",
            user,
            explorer,
            logonId: logon
        );

        for (
            var time = start.AddMinutes(6);
            time < end;
            time = time.AddMinutes(3 + Random.Next(0, 14))
        )
        {
            DoSomething(person, user, logon, explorer, outlook, chrome, time);
        }

        recorder.Logoff(machine, end, person.Account, logon, 2);
    }

    void DoSomething(
        Person person,
        string user,
        string logon,
        SimulatedProcess explorer,
        SimulatedProcess outlook,
        SimulatedProcess chrome,
        DateTime time
    )
    {
        var machine = person.Workstation;
        switch (Random.Next(10))
        {
            case 0 or 1 or 2:
                Browse(machine, chrome, user, logon, time);
                break;
            case 3:
                Document(person, user, logon, outlook, explorer, time);
                break;
            case 4:
                var (image, arguments) = s_programs[person.Department][
                    Random.Next(s_programs[person.Department].Length)
                ];
                var program = recorder.Start(
                    machine,
                    time,
                    image,
                    $"\"{image}\" {arguments}".TrimEnd(),
                    user,
                    explorer,
                    logonId: logon
                );
                recorder.End(program, time.AddMinutes(1 + Random.Next(30)));
                break;
            case 5 or 6:
                Share(person, time);
                break;
            case 7:
                Mail(person, time);
                break;
            default:
                recorder.Connection(
                    machine,
                    time,
                    "10.20.0.21",
                    443,
                    900 + Random.Next(4000),
                    6000 + Random.Next(60000),
                    TimeSpan.FromSeconds(1 + Random.Next(20)),
                    chrome,
                    "app.corp.arlen-freight.example"
                );
                break;
        }
    }

    void Browse(Machine machine, SimulatedProcess chrome, string user, string logon, DateTime time)
    {
        // Few sites are visited by all, most by few.
        var rank = (int)
            Math.Min(
                s_sites.Length - 1,
                Math.Floor(Math.Exp(Random.NextDouble() * Math.Log(s_sites.Length))) - 1
            );
        var site = s_sites[Math.Max(0, rank)];
        var address = AddressOf(site);
        recorder.Lookup(machine, time, site, address, Random.Next(3) == 0 ? chrome : null);
        for (var request = 0; request < 1 + Random.Next(4); request++)
        {
            recorder.Connection(
                machine,
                time.AddMilliseconds(300 + request * 700 + Random.Next(400)),
                address,
                443,
                600 + Random.Next(5000),
                3000 + Random.Next(400_000),
                TimeSpan.FromSeconds(1 + Random.Next(90)),
                request == 0 ? chrome : null,
                site
            );
        }

        if (Random.Next(4) == 0)
        {
            recorder.Start(
                machine,
                time.AddSeconds(1),
                chrome.Image,
                $"\"{chrome.Image}\" --type=renderer --lang=en-US",
                user,
                chrome,
                logonId: logon
            );
        }
    }

    void Document(
        Person person,
        string user,
        string logon,
        SimulatedProcess outlook,
        SimulatedProcess explorer,
        DateTime time
    )
    {
        var isWord = Random.Next(2) == 0;
        var image = isWord
            ? @"C:\Program Files\Microsoft Office\root\Office16\WINWORD.EXE"
            : @"C:\Program Files\Microsoft Office\root\Office16\EXCEL.EXE";
        var name = $"{Word(Random.Next(60))}-{Random.Next(1, 40)}.{(isWord ? "docx" : "xlsx")}";
        var fromMail = Random.Next(3) == 0;
        var folder = fromMail
            ? $@"C:\Users\{person.Account}\AppData\Local\Microsoft\Windows\INetCache\Content.Outlook\8QX2K1\"
            : $@"C:\Users\{person.Account}\Documents\";
        var office = recorder.Start(
            person.Workstation,
            time,
            image,
            $"\"{image}\" \"{folder}{name}\"",
            user,
            fromMail ? outlook : explorer,
            logonId: logon
        );
        recorder.FileCreated(
            office,
            time.AddMinutes(2),
            $@"C:\Users\{person.Account}\Documents\~${name}"
        );
        recorder.ImageLoaded(office, time.AddSeconds(2), @"C:\Windows\System32\VBE7.dll", true);
        if (Random.Next(4) == 0)
        {
            recorder.Start(
                person.Workstation,
                time.AddMinutes(3),
                @"C:\Windows\splwow64.exe",
                @"C:\Windows\splwow64.exe 8192",
                user,
                office,
                logonId: logon
            );
        }

        recorder.End(office, time.AddMinutes(4 + Random.Next(40)));
    }

    void Share(Person person, DateTime time)
    {
        var share = person.Department switch
        {
            "fin" => "Finance",
            "eng" => "Engineering",
            "hr" => "People",
            _ => "IT",
        };
        recorder.ShareConnected(
            Company.FileServer,
            time,
            person.Account,
            person.Workstation,
            share
        );
        recorder.Connection(
            person.Workstation,
            time,
            Company.FileServer.Address,
            445,
            4000 + Random.Next(9000),
            20_000 + Random.Next(900_000),
            TimeSpan.FromSeconds(20 + Random.Next(200)),
            service: "smb"
        );
        if (Random.Next(3) == 0)
        {
            recorder.Logon(
                Company.FileServer,
                time.AddMilliseconds(-40),
                person.Account,
                3,
                person.Workstation
            );
        }

        for (var file = 0; file < 1 + Random.Next(5); file++)
        {
            recorder.ShareRead(
                Company.FileServer,
                time.AddSeconds(1 + file * 4),
                person.Account,
                person.Workstation,
                share,
                $@"2024\{Word(Random.Next(40))}\{Word(Random.Next(90))}.xlsx"
            );
        }
    }

    void Mail(Person person, DateTime time)
    {
        var incoming = Random.Next(3) > 0;
        var other =
            $"{Word(Random.Next(50))}@{s_partners[(int)(Math.Pow(Random.NextDouble(), 2) * s_partners.Length)]}";
        var colleague = Company.People[Random.Next(Company.People.Count)].Mail;
        var partner = Random.Next(4) == 0 ? colleague : other;
        Deliver(
            time,
            incoming ? partner : person.Mail,
            [incoming ? person.Mail : partner],
            $"{Word(Random.Next(80))} {Word(Random.Next(80))}",
            incoming
                ? AddressOf(partner[(partner.IndexOf('@', StringComparison.Ordinal) + 1)..])
                : person.Workstation.Address,
            2_000 + Random.Next(90_000),
            Random.Next(4) == 0
                ? $"{Word(Random.Next(70))}.{s_attachments[Random.Next(s_attachments.Length)]}"
                : null
        );
    }

    /// <summary>A message goes through the gateway: Postfix's lines of it.</summary>
    public void Deliver(
        DateTime time,
        string from,
        IReadOnlyList<string> to,
        string subject,
        string clientAddress,
        int size,
        string? attachment = null
    )
    {
        var gateway = Company.MailGateway;
        var queue =
            "4"
            + Random.Next(0x100000, 0xffffff).ToString("X", CultureInfo.InvariantCulture)
            + Random.Next(0x100, 0xfff).ToString("X", CultureInfo.InvariantCulture);
        var client = from.EndsWith(Company.MailDomain, StringComparison.Ordinal)
            ? $"client[{clientAddress}]"
            : $"mail.{from[(from.IndexOf('@', StringComparison.Ordinal) + 1)..]}[{clientAddress}]";
        recorder.Syslog(gateway, time, "maillog", $"postfix/smtpd[2211]: {queue}: client={client}");
        recorder.Syslog(
            gateway,
            time.AddMilliseconds(60),
            "maillog",
            $"postfix/cleanup[2214]: {queue}: message-id=<{Random.Next(100000, 999999)}.{queue}@{from[(from.IndexOf('@', StringComparison.Ordinal) + 1)..]}>"
        );
        recorder.Syslog(
            gateway,
            time.AddMilliseconds(70),
            "maillog",
            $"postfix/cleanup[2214]: {queue}: warning: header Subject: {subject} from {client}; from=<{from}> to=<{to[0]}> proto=ESMTP helo=<{client[..client.IndexOf('[', StringComparison.Ordinal)]}>"
        );
        if (attachment is not null)
        {
            recorder.Syslog(
                gateway,
                time.AddMilliseconds(80),
                "maillog",
                $"postfix/cleanup[2214]: {queue}: warning: header Content-Disposition: attachment; filename=\"{attachment}\" from {client}; from=<{from}> to=<{to[0]}> proto=ESMTP helo=<{client[..client.IndexOf('[', StringComparison.Ordinal)]}>"
            );
        }

        recorder.Syslog(
            gateway,
            time.AddMilliseconds(120),
            "maillog",
            $"postfix/qmgr[1180]: {queue}: from=<{from}>, size={size}, nrcpt={to.Count} (queue active)"
        );
        for (var index = 0; index < to.Count; index++)
        {
            var isInside = to[index].EndsWith(Company.MailDomain, StringComparison.Ordinal);
            recorder.Syslog(
                gateway,
                time.AddMilliseconds(900 + index * 40),
                "maillog",
                $"postfix/{(isInside ? "lmtp" : "smtp")}[2220]: {queue}: to=<{to[index]}>, relay={(isInside ? "mailbox.corp.arlen-freight.example[10.20.0.31]:24" : $"mx.{to[index][(to[index].IndexOf('@', StringComparison.Ordinal) + 1)..]}[{AddressOf(to[index])}]:25")}, delay=0.9, delays=0.2/0/0.2/0.5, dsn=2.0.0, status=sent (250 2.0.0 Ok)"
            );
        }

        recorder.Syslog(
            gateway,
            time.AddMilliseconds(1000 + to.Count * 40),
            "maillog",
            $"postfix/qmgr[1180]: {queue}: removed"
        );
    }

    void Background(Machine machine, DateTime date)
    {
        var services = recorder.Start(
            machine,
            date.AddMinutes(1 + Random.Next(3)),
            @"C:\Windows\System32\svchost.exe",
            @"C:\Windows\system32\svchost.exe -k netsvcs -p -s Schedule",
            System,
            null,
            @"C:\Windows\System32\services.exe",
            integrity: "System"
        );
        var agent = recorder.Start(
            machine,
            date.AddMinutes(2),
            @"C:\Program Files\Corewatch\agent.exe",
            "\"C:\\Program Files\\Corewatch\\agent.exe\" --service",
            System,
            null,
            @"C:\Windows\System32\services.exe",
            integrity: "System"
        );
        // The monitoring agent calls its server inside like clockwork, and its maker's cloud every hour.
        for (var minute = Random.Next(5); minute < 1440; minute += 15)
        {
            recorder.Connection(
                machine,
                date.AddMinutes(minute).AddSeconds(Random.NextDouble() * 4),
                Company.AppServer.Address,
                8443,
                812,
                240,
                TimeSpan.FromSeconds(0.4),
                minute % 60 < 15 ? agent : null,
                "monitor.corp.arlen-freight.example"
            );
            if (minute % 60 < 15)
            {
                recorder.Connection(
                    machine,
                    date.AddMinutes(minute).AddSeconds(5 + Random.NextDouble() * 3),
                    AddressOf("cloud.corewatch.example"),
                    443,
                    1400 + Random.Next(60),
                    900,
                    TimeSpan.FromSeconds(1),
                    null,
                    "cloud.corewatch.example"
                );
            }
        }

        for (var hour = 0; hour < 24; hour++)
        {
            var time = date.AddHours(hour).AddMinutes(Random.Next(60));
            recorder.Start(
                machine,
                time,
                @"C:\Windows\System32\svchost.exe",
                $@"C:\Windows\system32\svchost.exe -k {(Random.Next(2) == 0 ? "LocalService" : "wsappx")} -p",
                System,
                null,
                @"C:\Windows\System32\services.exe",
                integrity: "System"
            );
            if (hour % 4 == 1)
            {
                recorder.Start(
                    machine,
                    time.AddSeconds(20),
                    @"C:\Program Files (x86)\Google\Update\GoogleUpdate.exe",
                    "\"C:\\Program Files (x86)\\Google\\Update\\GoogleUpdate.exe\" /ua /installsource scheduler",
                    System,
                    services,
                    integrity: "System"
                );
                recorder.Connection(
                    machine,
                    time.AddSeconds(22),
                    AddressOf("update.browser.example"),
                    443,
                    2100,
                    9000,
                    TimeSpan.FromSeconds(2),
                    null,
                    "update.browser.example"
                );
            }

            if (hour % 6 == 2)
            {
                var defender = recorder.Start(
                    machine,
                    time.AddSeconds(30),
                    @"C:\ProgramData\Microsoft\Windows Defender\Platform\4.18.24040\MsMpEng.exe",
                    "MsMpEng.exe",
                    System,
                    null,
                    @"C:\Windows\System32\services.exe",
                    integrity: "System"
                );
                recorder.Opened(
                    defender,
                    time.AddSeconds(33),
                    @"C:\Windows\System32\lsass.exe",
                    "0x1000",
                    @"C:\Windows\SYSTEM32\ntdll.dll+9d4c4|C:\Program Files\Windows Defender\mpsvc.dll+1a2b"
                );
                recorder.RegistrySet(
                    services,
                    time.AddSeconds(40),
                    @"HKLM\System\CurrentControlSet\Services\W32Time\SecureTimeLimits\SecureTimeHigh",
                    "QWORD (0x01daa4)"
                );
            }

            Plain(machine, time.AddSeconds(50), hour);
            recorder.Connection(
                machine,
                time.AddSeconds(9),
                Company.DomainController.Address,
                123,
                48,
                48,
                TimeSpan.FromMilliseconds(2),
                protocol: "udp",
                service: "ntp"
            );
        }

        // The management agent's daily inventory: encoded PowerShell on every machine, and harmless.
        var inventory = date.AddHours(12).AddMinutes(machine.Name.Sum(character => character) % 50);
        var manager = recorder.Start(
            machine,
            inventory,
            @"C:\Program Files\Corewatch\mgmt.exe",
            "\"C:\\Program Files\\Corewatch\\mgmt.exe\" run inventory",
            System,
            null,
            @"C:\Windows\System32\services.exe",
            integrity: "System"
        );
        var encoded = Convert.ToBase64String(
            global::System.Text.Encoding.Unicode.GetBytes(
                "Get-CimInstance Win32_Product | ConvertTo-Json"
            )
        );
        var shell = recorder.Start(
            machine,
            inventory.AddSeconds(1),
            @"C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe",
            $"powershell.exe -NonInteractive -ExecutionPolicy AllSigned -EncodedCommand {encoded}",
            System,
            manager,
            integrity: "System"
        );
        recorder.ScriptBlock(
            machine,
            inventory.AddSeconds(2),
            shell.Pid,
            "Get-CimInstance Win32_Product | ConvertTo-Json"
        );
    }

    /// <summary>Plain web requests of programs that check certificates and updates, and connections that nobody answers.</summary>
    void Plain(Machine machine, DateTime time, int hour)
    {
        if (hour % 3 == 0)
        {
            var host = hour % 2 == 0 ? "ocsp.certs.example" : "download.printers.example";
            recorder.Connection(
                machine,
                time,
                AddressOf(host),
                80,
                210 + Random.Next(80),
                900 + Random.Next(3000),
                TimeSpan.FromSeconds(0.3),
                serverName: host,
                http: new HttpRequest(
                    "GET",
                    host,
                    hour % 2 == 0 ? "/MFEwTzBNMEswSTAJBgUr" : "/firmware/latest.txt",
                    "Microsoft-CryptoAPI/10.0",
                    "application/octet-stream"
                )
            );
        }

        if (Random.Next(4) == 0)
        {
            recorder.Connection(
                machine,
                time.AddSeconds(3),
                "10.20.0.99",
                9100,
                0,
                0,
                TimeSpan.FromSeconds(3),
                state: "S0"
            );
        }
    }

    /// <summary>What administrators do that an intruder does too: ask for groups, make tasks, fetch and send files.</summary>
    void AdministratorsTools(
        Machine machine,
        DateTime time,
        string user,
        string logon,
        SimulatedProcess shell
    )
    {
        string[] commands =
        [
            "net user /domain",
            "net localgroup administrators",
            @"schtasks /create /tn \ARLEN\Reports /tr C:\Tools\report.exe /sc daily /st 06:00",
            "curl.exe -s -o C:\\Tools\\agent.msi https://cloud.corewatch.example/agent.msi",
            "nltest /sc_query:" + Company.Domain,
            "quser",
            "rundll32.exe printui.dll,PrintUIEntry /il",
        ];
        var command = commands[Random.Next(commands.Length)];
        var name = command.Split(' ')[0].Replace(".exe", "", StringComparison.Ordinal);
        recorder.Start(
            machine,
            time,
            $@"C:\Windows\System32\{name}.exe",
            command,
            user,
            shell,
            logonId: logon,
            integrity: "High"
        );
    }

    void Servers(DateTime date, int day)
    {
        // The nightly backup moves gigabytes inside the house.
        var backup = recorder.Start(
            Company.FileServer,
            date.AddHours(1),
            @"C:\Program Files\Veeam\veeamagent.exe",
            "veeamagent.exe -job nightly",
            System,
            null,
            @"C:\Windows\System32\services.exe",
            integrity: "System"
        );
        recorder.Connection(
            Company.FileServer,
            date.AddHours(1).AddMinutes(1),
            "10.20.0.40",
            10006,
            9_400_000_000 + Random.Next(900_000_000),
            40_000_000,
            TimeSpan.FromMinutes(52),
            backup
        );
        // An administrator's round: remote desktop to both servers, from his own machine, in the morning.
        var admin = Company.Admin;
        foreach (
            var server in new[] { Company.FileServer, Company.AppServer, Company.DomainController }
        )
        {
            var time = date.AddHours(9.4).AddMinutes(Random.Next(70));
            recorder.ExplicitCredentials(
                admin.Workstation,
                time.AddSeconds(-2),
                admin.Account,
                admin.Account + "-adm",
                server.Fqdn,
                @"C:\Windows\System32\mstsc.exe"
            );
            var logon = recorder.Logon(
                server,
                time,
                admin.Account + "-adm",
                10,
                admin.Workstation,
                "Negotiate",
                admin: true
            );
            recorder.Ticket(
                time,
                admin.Account + "-adm",
                admin.Workstation,
                "TERMSRV/" + server.Fqdn
            );
            recorder.Connection(
                admin.Workstation,
                time,
                server.Address,
                3389,
                300_000 + Random.Next(500_000),
                4_000_000 + Random.Next(9_000_000),
                TimeSpan.FromMinutes(6 + Random.Next(20)),
                service: "rdp"
            );
            var user = $@"{Company.NetBios}\{admin.Account}-adm";
            var shell = recorder.Start(
                server,
                time.AddMinutes(1),
                @"C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe",
                "powershell.exe",
                user,
                null,
                logonId: logon,
                integrity: "High"
            );
            recorder.ScriptBlock(
                server,
                time.AddMinutes(2),
                shell.Pid,
                $"Get-Service | Where-Object Status -eq Stopped # {Word(Random.Next(80))}"
            );
            recorder.Start(
                server,
                time.AddMinutes(3),
                @"C:\Windows\System32\whoami.exe",
                "whoami /groups",
                user,
                shell,
                logonId: logon,
                integrity: "High"
            );
            AdministratorsTools(server, time.AddMinutes(4), user, logon, shell);
            recorder.Logoff(server, time.AddMinutes(20), admin.Account + "-adm", logon, 10);
        }

        // A software roll-out on the second day: the same service and task on every workstation.
        if (day == 1)
        {
            foreach (var person in Company.People)
            {
                var time = date.AddHours(12.5).AddMinutes(Random.Next(90));
                recorder.ServiceInstalled(
                    person.Workstation,
                    time,
                    person.Workstation.Name + "$",
                    "0x3e7",
                    "ZipFleet Updater",
                    "\"C:\\Program Files\\ZipFleet\\updater.exe\" /svc"
                );
                recorder.TaskCreated(
                    person.Workstation,
                    time.AddSeconds(6),
                    person.Workstation.Name + "$",
                    "0x3e7",
                    @"\ZipFleet\Update",
                    @"C:\Program Files\ZipFleet\updater.exe",
                    "/check"
                );
            }
        }
    }

    void Outside(DateTime date)
    {
        var web = Company.WebHost;
        var admin = Company.Admin;
        for (var attempt = 0; attempt < 70; attempt++)
        {
            var time = date.AddMinutes(Random.Next(1440)).AddSeconds(Random.Next(60));
            var account = new[] { "root", "admin", "oracle", "test", "ubuntu" }[Random.Next(5)];
            var invalid = account == "root" ? "" : "invalid user ";
            var stranger = $"192.0.2.{10 + Random.Next(60)}";
            if (invalid.Length > 0)
            {
                recorder.Syslog(
                    web,
                    time,
                    "auth.log",
                    $"sshd[{4000 + attempt}]: Invalid user {account} from {stranger} port {40000 + Random.Next(9000)}"
                );
            }

            recorder.Syslog(
                web,
                time.AddSeconds(1),
                "auth.log",
                $"sshd[{4000 + attempt}]: Failed password for {invalid}{account} from {stranger} port {40000 + Random.Next(9000)} ssh2"
            );
        }

        for (var visit = 0; visit < 3; visit++)
        {
            var time = date.AddHours(8.5 + visit * 3).AddMinutes(Random.Next(60));
            var id = 9000 + visit;
            recorder.Syslog(
                web,
                time,
                "auth.log",
                $"sshd[{id}]: Accepted publickey for {admin.Account} from {admin.Workstation.Address} port {50000 + Random.Next(9000)} ssh2: ED25519 SHA256:pZt8w0e1"
            );
            recorder.Syslog(
                web,
                time.AddSeconds(1),
                "auth.log",
                $"sshd[{id}]: pam_unix(sshd:session): session opened for user {admin.Account}(uid=1004) by (uid=0)"
            );
            recorder.Syslog(
                web,
                time.AddSeconds(40),
                "auth.log",
                $"sudo:  {admin.Account} : TTY=pts/0 ; PWD=/home/{admin.Account} ; USER=root ; COMMAND=/usr/bin/systemctl status nginx"
            );
            recorder.Syslog(
                web,
                time.AddMinutes(11),
                "auth.log",
                $"sshd[{id}]: pam_unix(sshd:session): session closed for user {admin.Account}"
            );
        }
    }

    /// <summary>A name's address, the same every time, in a range that is nobody's.</summary>
    public static string AddressOf(string name)
    {
        var hash = 17u;
        foreach (var character in name)
        {
            hash = unchecked(hash * 31 + character);
        }

        return $"100.{64 + hash % 60}.{hash / 64 % 250}.{1 + hash / 16384 % 250}";
    }

    static string Word(int index)
    {
        string[] first =
        [
            "harbor",
            "cargo",
            "north",
            "steel",
            "paper",
            "river",
            "cloud",
            "amber",
            "quiet",
            "green",
        ];
        string[] second =
        [
            "market",
            "desk",
            "weather",
            "times",
            "bank",
            "maps",
            "travel",
            "tools",
            "forum",
            "press",
            "garden",
            "books",
            "sport",
            "video",
        ];
        return first[index % first.Length]
            + second[index / first.Length % second.Length]
            + (index >= first.Length * second.Length ? "2" : "");
    }
}
