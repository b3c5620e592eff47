namespace Harrier.Simulation.Enterprise;

/// <summary>A machine.</summary>
/// <param name="Name">Short name, upper case as Windows writes it.</param>
/// <param name="Role">workstation, server, domain-controller, mail, linux.</param>
/// <param name="AsJson">Its events come as Winlogbeat's NDJSON instead of EVTX files.</param>
public sealed record Machine(string Name, string Role, string Address, bool AsJson = false)
{
    public string Fqdn => $"{Name.ToLowerInvariant()}.{Company.Domain}";

    public bool IsWindows => Role is "workstation" or "server" or "domain-controller";
}

/// <summary>Somebody who works there.</summary>
public sealed record Person(string Account, string Department, Machine Workstation, bool IsAdmin)
{
    public string Mail => $"{Account}@{Company.MailDomain}";

    public string Sid =>
        $"S-1-5-21-1004336348-1177238915-682003330-{1100 + Math.Abs(Account.Sum(character => character * 7)) % 900}";
}

/// <summary>The enterprise: a freight company of four departments, two servers, a domain controller, a mail gateway, a web host.</summary>
public sealed class Company
{
    public const string Domain = "corp.arlen-freight.example";
    public const string NetBios = "ARLEN";
    public const string MailDomain = "arlen-freight.example";

    static readonly (string Department, string[] Accounts)[] s_departments =
    [
        ("fin", ["a.keller", "j.ortiz", "s.wirth", "n.okafor", "p.lind", "d.amsel"]),
        ("eng", ["t.novak", "r.singh", "l.moreau", "k.tanaka", "b.fischer", "o.rossi"]),
        ("hr", ["c.baum", "e.lopez", "g.hahn", "y.sato"]),
        ("it", ["m.brandt", "f.dubois", "h.meyer", "v.costa"]),
    ];

    /// <param name="hosts">At least 10: five machines that serve, the rest workstations.</param>
    public Company(int hosts)
    {
        DomainController = new Machine("DC-01", "domain-controller", "10.20.0.10");
        FileServer = new Machine("SRV-FILE-01", "server", "10.20.0.20");
        AppServer = new Machine("SRV-APP-01", "server", "10.20.0.21", AsJson: true);
        MailGateway = new Machine("MX-01", "mail", "10.20.0.30");
        WebHost = new Machine("LNX-WEB-01", "linux", "10.20.0.35");
        var people = new List<Person>();
        var counts = new Dictionary<string, int>();
        // Four of ten workstations are finance's, three engineering's, then hr and it: about as in a small office.
        string[] pattern = ["fin", "eng", "it", "fin", "hr", "fin", "eng", "fin", "eng"];
        for (var index = 0; index < hosts - 5; index++)
        {
            var department = pattern[index % pattern.Length];
            var count = counts[department] = counts.GetValueOrDefault(department) + 1;
            var accounts = s_departments.First(one => one.Department == department).Accounts;
            var account =
                count <= accounts.Length ? accounts[count - 1] : $"{department}.user{count}";
            var machine = new Machine(
                $"WS-{department.ToUpperInvariant()}-{count:00}",
                "workstation",
                $"10.20.{1 + index / 200}.{20 + index % 200}"
            );
            people.Add(new Person(account, department, machine, department == "it"));
        }

        People = people;
        Machines =
        [
            .. people.Select(person => person.Workstation),
            DomainController,
            FileServer,
            AppServer,
            MailGateway,
            WebHost,
        ];
    }

    public IReadOnlyList<Person> People { get; }
    public IReadOnlyList<Machine> Machines { get; }
    public Machine DomainController { get; }
    public Machine FileServer { get; }
    public Machine AppServer { get; }
    public Machine MailGateway { get; }
    public Machine WebHost { get; }

    public IEnumerable<Person> Of(string department) =>
        People.Where(person => person.Department == department);

    public Person Admin => People.First(person => person.IsAdmin);
}
