using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Harrier.Store.Lake;

/// <summary>What must be on the disk before the manifest may name a file.</summary>
static partial class Durable
{
    const int OpenDirectory = 0x10000; // O_DIRECTORY of Linux

    /// <summary>Flushes a written file, and gives SHA-256 in lower-case hex of the whole and of its last bytes.</summary>
    public static (string Whole, string Frame) FlushAndHash(string path, long frameBytes)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite);
        var whole = SHA256.HashData(file);
        file.Seek(-frameBytes, SeekOrigin.End);
        var frame = SHA256.HashData(file);
        file.Flush(flushToDisk: true);
        return (Convert.ToHexStringLower(whole), Convert.ToHexStringLower(frame));
    }

    /// <summary>Makes renames within a folder durable. .NET can't open a folder; other systems than Linux have no such call or need none.</summary>
    public static void FlushFolder(string folder)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        using var handle = new SafeFileHandle(Open(folder, OpenDirectory), ownsHandle: true);
        if (!handle.IsInvalid)
        {
            RandomAccess.FlushToDisk(handle);
        }
    }

    [LibraryImport(
        "libc",
        EntryPoint = "open",
        StringMarshalling = StringMarshalling.Utf8,
        SetLastError = true
    )]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint Open(string path, int flags);
}
