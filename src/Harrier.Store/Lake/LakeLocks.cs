using Harrier.Schema;

namespace Harrier.Store.Lake;

/// <summary>Who may do what in a lake at a time: one writer, any number of readers, and deletion only without readers.</summary>
/// <remarks>Locks of the operating system on two empty files: they end with their process, however it ends.</remarks>
sealed class LakeLocks : IDisposable
{
    // A writer keeps readers out for as long as deleting takes.
    const int MillisecondsBetweenTries = 10;
    const int MostTries = 3000;

    readonly string _readPath;
    readonly FileStream? _write;
    readonly FileStream? _read;

    LakeLocks(string folder, FileStream? write, FileStream? read, bool canWrite)
    {
        _readPath = ReadPath(folder);
        _write = write;
        _read = read;
        CanWrite = canWrite;
    }

    public bool IsWriter => _write is not null;

    /// <summary>Whether the lake's folder can be written at all: not on a read-only disk.</summary>
    public bool CanWrite { get; }

    /// <exception cref="HarrierFault">Another process writes; the folder can't be written, and should be.</exception>
    public static LakeLocks Take(string folder, bool write)
    {
        if (write)
        {
            return new LakeLocks(folder, TakeWrite(folder), null, canWrite: true);
        }

        var canWrite = TryMakeReadLock(folder);
        return new LakeLocks(folder, null, TakeRead(folder), canWrite);
    }

    static string ReadPath(string folder) => Path.Combine(folder, "read.lock");

    static FileStream TakeWrite(string folder)
    {
        var path = Path.Combine(folder, "write.lock");
        try
        {
            return new FileStream(
                path,
                FileMode.OpenOrCreate,
                FileAccess.ReadWrite,
                FileShare.None
            );
        }
        catch (IOException error) when (IsLocked(error))
        {
            throw new HarrierFault(
                FaultKind.Environment,
                "another import is writing into this workspace",
                path,
                "Wait until it is done, or import into another workspace.",
                error
            );
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new HarrierFault(
                FaultKind.Environment,
                $"can't write into this workspace: {error.Message}",
                path,
                "Free some room, or choose a folder you may write to with --workspace DIR.",
                error
            );
        }
    }

    static bool TryMakeReadLock(string folder)
    {
        try
        {
            using var made = new FileStream(
                ReadPath(folder),
                FileMode.OpenOrCreate,
                FileAccess.Write,
                FileShare.ReadWrite
            );
            return true;
        }
        catch (IOException error) when (IsLocked(error))
        {
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Null where there is no file to lock and none can be made: nobody can delete there either.</summary>
    static FileStream? TakeRead(string folder)
    {
        for (var tries = 0; File.Exists(ReadPath(folder)); tries++)
        {
            try
            {
                return new FileStream(
                    ReadPath(folder),
                    FileMode.Open,
                    FileAccess.Read,
                    FileShare.Read
                );
            }
            catch (IOException error) when (IsLocked(error) && tries < MostTries)
            {
                Thread.Sleep(MillisecondsBetweenTries);
            }
        }

        return null;
    }

    /// <summary>Keeps readers out until disposed; null when there are any.</summary>
    public IDisposable? TryWithoutReaders()
    {
        try
        {
            return new FileStream(
                _readPath,
                FileMode.OpenOrCreate,
                FileAccess.ReadWrite,
                FileShare.None
            );
        }
        catch (IOException error) when (IsLocked(error))
        {
            return null;
        }
    }

    /// <summary>Whether another process holds the file: EAGAIN of Linux and of macOS, a sharing violation of Windows.</summary>
    static bool IsLocked(IOException error) =>
        error.HResult is 11 or 35 or unchecked((int)0x80070020);

    public void Dispose()
    {
        _write?.Dispose();
        _read?.Dispose();
    }
}
