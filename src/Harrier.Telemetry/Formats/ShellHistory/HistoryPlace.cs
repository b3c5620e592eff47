namespace Harrier.Telemetry.Formats.ShellHistory;

/// <summary>What the place of a history tells: the shell, whose it is, and where a collection has a folder a machine, the machine.</summary>
/// <remarks>
/// Known are home folders (<c>/home/anna/.bash_history</c>, <c>/Users/anna/</c>, <c>/root/</c>, also inside an archive), names with the
/// account before them (<c>anna.bash_history</c>), and a folder of histories inside one named after a machine
/// (<c>web1.corp.example/bash_history/anna.bash_history</c>).
/// </remarks>
sealed record HistoryPlace(string? User, string? Host)
{
    static readonly (string Ending, string Shell)[] s_names =
    [
        ("bash_history", "bash"),
        ("sh_history", "bash"),
        ("ash_history", "bash"),
        ("ksh_history", "bash"),
        ("zsh_history", "zsh"),
        (".zhistory", "zsh"),
        (".histfile", "zsh"),
        ("fish_history", "fish"),
        ("consolehost_history.txt", "powershell"),
    ];

    /// <summary>The shell whose history has such a name, or null.</summary>
    public static string? Shell(string fileName)
    {
        var name = Parts(fileName)[^1];
        foreach (var (ending, shell) in s_names)
        {
            if (
                name.EndsWith(ending, StringComparison.OrdinalIgnoreCase)
                && (name.Length == ending.Length || name[^(ending.Length + 1)] is '.' or '_' or '-')
            )
            {
                return shell;
            }
        }

        return null;
    }

    public static HistoryPlace Of(string fileName)
    {
        var parts = Parts(fileName);
        var name = parts[^1];
        var user = OfName(name) ?? OfHome(parts);
        var isInFolder = parts.Length > 2 && Shell(parts[^2]) is not null;
        return new HistoryPlace(
            user,
            isInFolder && Uri.CheckHostName(parts[^3]) == UriHostNameType.Dns ? parts[^3] : null
        );
    }

    /// <summary><c>anna.bash_history</c>, <c>anna_zsh_history</c>: what stands before the shell's own name.</summary>
    static string? OfName(string name)
    {
        foreach (var (ending, _) in s_names)
        {
            var owner = name.Length - ending.Length - 1;
            if (
                owner > 0
                && name[0] != '.'
                && name[owner] is '.' or '_' or '-'
                && name.EndsWith(ending, StringComparison.OrdinalIgnoreCase)
            )
            {
                return name[..owner];
            }
        }

        return null;
    }

    /// <summary>Whose home folder it is in. The history is in it or in a hidden folder: an analyst's own home holds collections too.</summary>
    static string? OfHome(string[] parts)
    {
        for (var index = parts.Length - 2; index >= 0; index--)
        {
            var part = parts[index].ToLowerInvariant();
            if (part == "root" && IsHidden(parts[index + 1]))
            {
                return "root";
            }

            if (part is "home" or "users" && index + 2 < parts.Length && IsHidden(parts[index + 2]))
            {
                return parts[index + 1];
            }
        }

        return null;
    }

    static bool IsHidden(string name) =>
        name.StartsWith('.') || name.Equals("AppData", StringComparison.OrdinalIgnoreCase);

    static string[] Parts(string fileName) => fileName.Split('/', '\\', '!');
}
