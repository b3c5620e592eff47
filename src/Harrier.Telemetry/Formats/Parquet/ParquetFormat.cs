using System.Buffers.Binary;
using Harrier.Store.Lake.Parquet;

namespace Harrier.Telemetry.Formats.Parquet;

/// <summary>Rows of Parquet files, as security lakes keep events: names as in JSON, so that the same maps take them.</summary>
/// <remarks>
/// Groups are flattened with dots, lists and maps stay JSON. A record's number is its row, from 1. The file is copied to a temporary one, since its
/// directory stands at the end; one page a column is in memory (<see cref="PageBudget"/>). What can't be read ends its row group with one reject.
/// Layout: the Apache Parquet specification, format version 2.
/// </remarks>
public sealed class ParquetFormat : ILogFormat
{
    const int MaxFooterBytes = 8 << 20;
    const int MaxColumns = 5_000;

    /// <summary>Bytes of records that a file may become; a few bytes can stand for a billion equal rows.</summary>
    const long MaxRecordBytes = 64L << 30;

    static ReadOnlySpan<byte> Magic => "PAR1"u8;

    public string Name => "parquet";

    public int Detect(ReadOnlySpan<byte> head, string fileName) => head.StartsWith(Magic) ? 100 : 0;

    public void Read(
        Stream content,
        ReadOptions options,
        IRecordHandler handler,
        CancellationToken cancel
    )
    {
        using var file = Spool(content, cancel);
        try
        {
            ReadGroups(file, handler, cancel);
        }
        catch (Exception fault) when (IsOfTheFile(fault))
        {
            handler.Reject(
                file.Length,
                $"this is no Parquet file that can be read: {fault.Message}",
                default
            );
        }
    }

    static void ReadGroups(Stream file, IRecordHandler handler, CancellationToken cancel)
    {
        var footer = Footer(file);
        var root = ParquetNode.Tree(footer.Items(2));
        if (root.Leaves > MaxColumns)
        {
            throw new InvalidDataException($"more than {MaxColumns} columns");
        }

        var leaves = new List<ParquetNode>();
        AddLeaves(root, leaves);
        var reading = new Reading(handler, cancel);
        foreach (var item in footer.Items(4))
        {
            var group = (ThriftReader.Struct)item;
            try
            {
                var chunks = group.Items(1);
                if (chunks.Count != leaves.Count)
                {
                    throw new InvalidDataException(
                        "a row group of other columns than the schema's"
                    );
                }

                var budget = new PageBudget();
                reading.Take(
                    new ParquetRows(
                        root,
                        [
                            .. leaves.Select(
                                (leaf, at) =>
                                    new ParquetColumnReader(
                                        file,
                                        leaf,
                                        (ThriftReader.Struct)chunks[at],
                                        budget
                                    )
                            ),
                        ]
                    ),
                    group.Int(3)
                );
            }
            catch (Exception fault) when (IsOfTheFile(fault))
            {
                handler.Reject(
                    reading.Row + 1,
                    $"the rest of a row group can't be read: {fault.Message}",
                    default
                );
            }
        }
    }

    static ThriftReader.Struct Footer(Stream file)
    {
        var tail = new byte[8];
        if (file.Length < 12)
        {
            throw new InvalidDataException("it is too short");
        }

        file.Position = file.Length - tail.Length;
        file.ReadExactly(tail);
        var length = BinaryPrimitives.ReadUInt32LittleEndian(tail);
        if (!tail.AsSpan(4).SequenceEqual(Magic))
        {
            throw new InvalidDataException("it has no directory at its end");
        }

        if (length > Math.Min(MaxFooterBytes, file.Length - 12))
        {
            throw new InvalidDataException("its directory is larger than 8 MiB, or than the file");
        }

        var bytes = new byte[length];
        file.Position = file.Length - 8 - length;
        file.ReadExactly(bytes);
        var position = 0;
        return ThriftReader.Read(bytes, ref position);
    }

    static void AddLeaves(ParquetNode node, List<ParquetNode> leaves)
    {
        if (node.IsLeaf)
        {
            leaves.Add(node);
        }

        foreach (var child in node.Children)
        {
            AddLeaves(child, leaves);
        }
    }

    /// <summary>A copy that can be read from its end; deleted by the system when it is closed, even by a kill.</summary>
    static FileStream Spool(Stream content, CancellationToken cancel)
    {
        var file = new FileStream(
            Path.Combine(Path.GetTempPath(), Path.GetRandomFileName()),
            new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.ReadWrite,
                Share = FileShare.None,
                Options = FileOptions.DeleteOnClose,
            }
        );
        try
        {
            var buffer = new byte[128 * 1024];
            for (int read; (read = content.Read(buffer, 0, buffer.Length)) > 0; )
            {
                cancel.ThrowIfCancellationRequested();
                file.Write(buffer, 0, read);
            }

            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Faults that bytes of a broken file can cause; others are mistakes of ours.</summary>
    static bool IsOfTheFile(Exception fault) =>
        fault
            is InvalidDataException
                or InvalidCastException
                or EndOfStreamException
                or ArgumentException
                or IndexOutOfRangeException
                or OverflowException
                or ZstdSharp.ZstdException;

    sealed class Reading(IRecordHandler handler, CancellationToken cancel)
    {
        readonly Record _record = new();
        long _bytes;

        /// <summary>Rows read so far.</summary>
        public long Row { get; private set; }

        public void Take(ParquetRows rows, long count)
        {
            for (var row = 0L; row < count; row++)
            {
                if ((row & 0x3FF) == 0)
                {
                    cancel.ThrowIfCancellationRequested();
                }

                _record.Clear();
                rows.Read(_record);
                Row++;
                _record.Number = Row;
                _record.Position = Row;
                _bytes += _record.Bytes;
                if (_bytes > MaxRecordBytes)
                {
                    throw new InvalidDataException("its rows come to more than 64 GiB");
                }

                handler.Accept(_record);
            }
        }
    }
}
