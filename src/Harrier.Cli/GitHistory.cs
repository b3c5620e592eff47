using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using Harrier.Cli.Console;
using Harrier.Schema;
using Harrier.Sigma;

namespace Harrier.Cli;

/// <summary>Earlier versions of a file, from the git repository it lies in.</summary>
/// <remarks>
/// git is started without a shell. A revision is made an object's id first, and a path stands behind <c>--</c>, so that
/// neither can be taken for an option; nothing that is asked runs hooks, filters or a pager, or fetches.
/// </remarks>
static class GitHistory
{
    static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    /// <summary>A file as a revision has it, and the id of that commit.</summary>
    /// <param name="revision">As git takes it: HEAD, main~3, v1.2, an id.</param>
    /// <exception cref="HarrierFault">There is no git, no repository, no such revision, or it has no such file.</exception>
    public static (string Text, string Commit) TextAt(string revision, string file)
    {
        var path = Path.GetFullPath(file);
        var (folder, name) = (Path.GetDirectoryName(path)!, Path.GetFileName(path));
        var (inside, _, why) = Run(folder, "rev-parse", "--is-inside-work-tree");
        if (!inside)
        {
            throw new HarrierFault(
                FaultKind.Usage,
                $"The file lies in no git work tree{(why.Length > 0 ? $" ({SafeText.From(why, 200)})" : "")}.",
                file,
                "Name a second rule file, or a filter: --with FILE."
            );
        }

        var (known, commit, _) = Run(
            folder,
            "rev-parse",
            "--verify",
            "--quiet",
            "--end-of-options",
            $"{revision}^{{commit}}"
        );
        if (!known)
        {
            throw new HarrierFault(
                FaultKind.Usage,
                $"git knows no revision '{SafeText.From(revision, 60)}' here.",
                file
            );
        }

        commit = commit.Trim();
        var (listed, entry, _) = Run(folder, "ls-tree", "-z", commit, "--", name);
        // "100644 blob <id>\t<name>"
        if (!listed || entry.Split([' ', '\t'], 4) is not [_, "blob", var blob, _])
        {
            throw new HarrierFault(
                FaultKind.Usage,
                $"The revision {SafeText.From(revision, 60)} has no such file.",
                file
            );
        }

        var (read, text, _) = Run(folder, "cat-file", "blob", blob);
        return read && text.Length <= SigmaRules.MaxFileBytes
            ? (text, commit)
            : throw new HarrierFault(
                FaultKind.Input,
                read ? SigmaRules.TooLarge : "git can't read this version of the file.",
                file
            );
    }

    /// <summary>Whether git did what was asked, what it wrote (at most a little more than <see cref="SigmaRules.MaxFileBytes"/>), and the first line of its complaint.</summary>
    static (bool Done, string Output, string Complaint) Run(
        string folder,
        params string[] arguments
    )
    {
        var start = new ProcessStartInfo("git")
        {
            WorkingDirectory = folder,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
        };
        foreach (
            var argument in (string[])
                ["--no-pager", "--literal-pathspecs", "-c", "core.fsmonitor=false", .. arguments]
        )
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment["GIT_NO_LAZY_FETCH"] = "1";
        start.Environment["GIT_TERMINAL_PROMPT"] = "0";
        start.Environment["LC_ALL"] = "C";
        try
        {
            using var git = Process.Start(start)!;
            using var patience = new Timer(
                _ => git.Kill(),
                null,
                s_patience,
                Timeout.InfiniteTimeSpan
            );
            git.StandardInput.Close();
            var complaint = git.StandardError.ReadToEndAsync();
            var output = new char[SigmaRules.MaxFileBytes + 1];
            var length = git.StandardOutput.ReadBlock(output);
            if (length > SigmaRules.MaxFileBytes)
            {
                git.Kill();
            }

            git.WaitForExit();
            return (
                git.ExitCode == 0 || length > SigmaRules.MaxFileBytes,
                new string(output, 0, length),
                complaint.Result.Split('\n')[0].Trim()
            );
        }
        catch (Win32Exception fault)
        {
            throw new HarrierFault(
                FaultKind.Environment,
                "An earlier version of a file is asked of git, which can't be started here.",
                remedy: "Install git, or name two rule files.",
                inner: fault
            );
        }
    }
}
