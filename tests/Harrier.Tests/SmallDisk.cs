using System.Diagnostics;

namespace Harrier.Tests;

/// <summary>A disk of a few megabytes in memory, which can be full or read-only; tests that need one are skipped where none can be mounted.</summary>
sealed class SmallDisk : IDisposable
{
    public SmallDisk(int kilobytes)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs Linux' mount");
        Folder = Directory.CreateTempSubdirectory("harrier-disk-").FullName;
        if (Call("mount", "-t", "tmpfs", "-o", $"size={kilobytes}k", "none", Folder) != 0)
        {
            Directory.Delete(Folder);
            Assert.Skip("needs the right to mount");
        }
    }

    public string Folder { get; }

    public void Resize(int kilobytes) => Remount($"size={kilobytes}k");

    public void MakeReadOnly() => Remount("ro");

    void Remount(string option) =>
        Assert.Equal(0, Call("mount", "-o", $"remount,{option}", Folder));

    static int Call(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(
                new ProcessStartInfo(program, arguments) { RedirectStandardError = true }
            )!;
            process.WaitForExit();
            return process.ExitCode;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return -1;
        }
    }

    public void Dispose()
    {
        Call("umount", "-l", Folder);
        Directory.Delete(Folder);
    }
}
