using Harrier.Schema;
using Harrier.Schema.Yaml;

namespace Harrier.Store;

/// <summary>
/// A folder with <c>harrier.yaml</c>, the lake, the knowledge file, and a person's own hunts, maps and reports.
/// Copy the folder and you have copied everything.
/// </summary>
public sealed class Workspace
{
    /// <summary>The file that makes a folder a workspace.</summary>
    public const string FileName = "harrier.yaml";

    const long LongestFile = 4 << 20;

    Workspace(string folder, YamlNode? settings)
    {
        Folder = folder;
        HostRoles = ReadHostRoles(settings);
        OwnTools = Section(settings, "own_tools") is YamlNode.Sequence tools
            ? [.. tools.Items.OfType<YamlNode.Scalar>().Select(tool => tool.Text)]
            : [];
        Placeholders = TextLists.Read(
            Section(settings, "placeholders"),
            "placeholders",
            Path.Combine(folder, FileName)
        );
    }

    public string Folder { get; }

    public string LakeFolder => Path.Combine(Folder, "lake");

    public string KnowledgePath => Path.Combine(Folder, "knowledge.db");

    public string HuntsFolder => Path.Combine(Folder, "hunts");

    public string MapsFolder => Path.Combine(Folder, "maps");

    public string ReportsFolder => Path.Combine(Folder, "reports");

    public string RunsFolder => Path.Combine(Folder, "runs");

    /// <summary>Role of each host (short name, lower case) for peer groups: the <c>hosts:</c> section of harrier.yaml.</summary>
    public IReadOnlyDictionary<string, string> HostRoles { get; }

    /// <summary>Program names of the hunters themselves, whose traces are no finding: the <c>own_tools:</c> section of harrier.yaml.</summary>
    public IReadOnlyList<string> OwnTools { get; }

    /// <summary>What Sigma's <c>%names%</c> stand for here, by name: the <c>placeholders:</c> section of harrier.yaml.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Placeholders { get; }

    /// <summary>Opens a workspace, or makes a new one of a folder that is not there or has no harrier.yaml.</summary>
    /// <exception cref="HarrierFault">There is no workspace and <paramref name="create"/> is false; harrier.yaml can't be read; no permission.</exception>
    public static Workspace Open(string folder, bool create)
    {
        folder = Path.GetFullPath(folder);
        var file = Path.Combine(folder, FileName);
        if (!File.Exists(file))
        {
            if (!create)
            {
                throw new HarrierFault(
                    FaultKind.Usage,
                    "there is no workspace here",
                    folder,
                    "Import logs to make one ('harrier import PATH'), or name another folder with --workspace DIR."
                );
            }

            Create(folder, file);
        }

        return new Workspace(folder, YamlTree.ReadIfAny(ReadText(file), file));
    }

    static void Create(string folder, string file)
    {
        try
        {
            foreach (var name in (string[])["lake", "hunts", "maps", "reports", "runs"])
            {
                Directory.CreateDirectory(Path.Combine(folder, name));
            }

            File.WriteAllText(file, FirstContent);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new HarrierFault(
                FaultKind.Environment,
                $"can't make a workspace: {error.Message}",
                folder,
                "Choose a folder you may write to with --workspace DIR.",
                error
            );
        }
    }

    const string FirstContent = """
        # A Harrier workspace. Everything it knows is in this folder.

        # Events are in lake/ (Parquet files and a manifest), what people and hunts know in knowledge.db.
        # Logs whose times carry no zone are read as UTC, or as 'harrier import --timezone' says.

        # Roles of hosts make peer groups: a baseline compares a host with hosts of the same role.
        # Names are short and lower case. Without roles, groups follow the hosts' names.
        # hosts:
        #   dc01: domain-controller
        #   web01: server
        #   lt-0042: workstation

        # Programs that the hunters themselves run on the hosts: their traces are no finding.
        # own_tools: [velociraptor.exe, kape.exe]

        # What the placeholders of Sigma rules (modifier 'expand') stand for here. Values may have wildcards.
        # placeholders:
        #   Administrators: [adm-*, CORP\root]
        #   DomainControllers: [dc01, dc02]

        """;

    /// <summary>The <c>hosts:</c> section; an unknown key is another room's.</summary>
    static Dictionary<string, string> ReadHostRoles(YamlNode? settings)
    {
        var roles = new Dictionary<string, string>(StringComparer.Ordinal);
        if (Section(settings, "hosts") is YamlNode.Mapping hosts)
        {
            foreach (var (host, role) in hosts.Entries)
            {
                if (role is YamlNode.Scalar scalar)
                {
                    roles[host.Text.ToLowerInvariant()] = scalar.Text;
                }
            }
        }

        return roles;
    }

    static YamlNode? Section(YamlNode? settings, string name) =>
        settings is YamlNode.Mapping root ? root.Find(name) : null;

    static string ReadText(string file)
    {
        try
        {
            return new FileInfo(file).Length <= LongestFile
                ? File.ReadAllText(file)
                : throw new HarrierFault(FaultKind.Usage, "the file is larger than 4 MB", file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new HarrierFault(
                FaultKind.Environment,
                $"can't read the file: {error.Message}",
                file,
                inner: error
            );
        }
    }
}
