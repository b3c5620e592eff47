using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using CsCheck;
using Harrier.Telemetry.Archives;
using ZstdSharp;

namespace Harrier.Tests.Telemetry.Archives;

/// <summary>Archives are opened by content, in each other, within bounds, and what can't be opened is told.</summary>
public sealed class ArchiveTests : IDisposable
{
    const string One = "<34>Nov  4 01:02:03 h sshd[1]: one\n<34>Nov  4 01:02:04 h sshd[1]: two\n";

    readonly string _folder = Directory.CreateTempSubdirectory("harrier-archive-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>a.log (and b.log in the 7z of several members), packed by 7-Zip 16.02, xz, bzip2 and zstd; the password is 'harrier'.</summary>
    static readonly Dictionary<string, string> Packed = new()
    {
        ["a.xz"] =
            "/Td6WFoAAATm1rRGAgAhARYAAAB0L+Wj4ABFADFdAB4Mwt3SwB7BehLaD7a+yqsBXlihAg8hUcYqy8kROzh/Usnnc9TEPaG8iVHiY/pP/GAAAAAAQzgkh/NaCb4AAU1GxmDu+h+2830BAAAAAARZWg==",
        ["a.bz2"] =
            "QlpoOTFBWSZTWcGfF10AABRfgAAQQAB8FQABAAoGQY2AIABUNQaBoBowSqekwaJ6anpBD+ilBZYgSYgKOJwxMlY7GNGjI5BQYS48EWPwQg4grC7kinChIYM+Lro=",
        ["a.zst"] =
            "KLUv/SRGlQEAhAI8MzQ+Tm92ICA0IDAxOjAyOjAzIGggc3NoZFsxXTogb25lCjR0d28KAgCAEzOeegLJ9pOi",
        ["plain.7z"] =
            "N3q8ryccAASPbFoangAAAAAAAAAgAAAAAAAAAB3VMJPgAGoAOV0AHgzC3dLAHsF6EtoPtr7KqwFeWKECDyFRxirLyRE7OH9Syedz1MQ9obyJUeJwLVAVLVZsNuKoRwwAAAAAgTMHrg/R/+M9QMCQ0v99aU2LYhEYAJIlejtWENjh+C4GPO8zQAftZ/z5VRAMABb9ORAYUgkOvvynAglFewordjQY5pI9r7MTTc+GMLUIW78hkoZh2rEOAAAAABcGQQEJXQAHCwEAASMDAQEFXQAQAAAMbgoB/kHHjQAA",
        ["lzma.7z"] =
            "N3q8ryccAAQ+meU3MgAAAAAAAABSAAAAAAAAAF2xmugAHgzC3dLAHsF6EtoPtr7KqwFeWKECDyFRxirLyRE7OH9Syedz1MQ9obyJUeJj+k/8YAEEBgABCTIABwsBAAEjAwEBBV0AEAAADEYACAoBM3h0tgAABQEZBgAAAAAAABENAGEALgBsAG8AZwAAABQKAQAATCfLJHzdARUGAQAggKSBAAA=",
        ["ppmd.7z"] =
            "N3q8ryccAAQ1c2AwLQAAAAAAAABSAAAAAAAAAM87C6UAO/ZE8A0xhAFgAl7oLR2JplrD9rMpWRkcQsArpWMs5f26mOdaQjx3zuAx8wABBAYAAQktAAcLAQABIwMEAQUGAAABAAxGAAgKATN4dLYAAAUBGQYAAAAAAAARDQBhAC4AbABvAGcAAAAUCgEAAEwnyyR83QEVBgEAIICkgQAA",
        ["bz.7z"] =
            "N3q8ryccAAR9DI8QXAAAAAAAAABSAAAAAAAAALDgUldCWmg5MUFZJlNZwZ8XXQAAFF+AABBAAHwVAAEACgZBjYAgAFQ1BoABpgSqekyHqHppoEPkUoLL2BJiAo4nDEyXZYYqVPhyCgweB8GsUBCDiCsLuSKcKEhgz4uugAEEBgABCVwABwsBAAEDBAICDEYACAoBM3h0tgAABQEZDAAAAAAAAAAAAAAAABENAGEALgBsAG8AZwAAABQKAQAATCfLJHzdARUGAQAggKSBAAA=",
        ["defl.7z"] =
            "N3q8ryccAAQ/uZ72OAAAAAAAAABSAAAAAAAAAEu3435lyrENABAQBdDeFH+Ew1UXMYIFREeicgVhfa3Eq1/wHJNugEFWyAl5dMzZa7ZFoKOZv/Bb1lFzAQEEBgABCTgABwsBAAEDBAEIDEYACAoBM3h0tgAABQEZDAAAAAAAAAAAAAAAABENAGEALgBsAG8AZwAAABQKAQAATCfLJHzdARUGAQAggKSBAAA=",
        ["locked.7z"] =
            "N3q8ryccAASbqzOEvAAAAAAAAAAgAAAAAAAAANHVS+GxJD5fEFjUGLy+QQeJjmeJ3x1liw7fSuNqLFhZ0WAc07vz1SS/02Y0JL59nO2cLd9f44a2MTlmjptOd5rah4o+stdZQNax9/bqWY1ht0M+1AAAgTMHrg/SwW/9QLuUZDs5pHrnS8wUSJhLz8yRNM9jA17ITquRMrdaeKL0jCWywa3aJQl6/X4MB4kCb6yiYIL6DoxqceG+UbCmOaihiCi9v+84WfedU/onRcX3mMaw1L3DjMjwQjAnOAAAABcGUAEJbAAHCwEAASMDAQEFXQAQAAAMfgoB/s3LuwAA",
        ["locked-names.7z"] =
            "N3q8ryccAAShII04wAAAAAAAAAAzAAAAAAAAAAdlX4zMKzzCG0eyN2MPoDYjqipLl4pwHllgCavnpAUyt4qBD2L0lbWKY6U4cX0OzcBcv6ZWdGRLukCDRieFk8cHmayOM4/khrp3PEmUkcWgEKG1k4LklJ0ftfmgF+C+no3dZ0PDxKXq2hqPsCArNCqILL6eWxII4kRGJrGYVqXsvG5ukm+XBv4EO3uioa6S7mrH5y70X4YpoQsvjVbyOuGeNuf3uVH9fkwKH8psfvmMT8RX0u0hv6N8h3lysx5rVVNvMJgXBlABCXAABwsBAAIkBvEHAQpTBz/zxgzek9GeIwMBAQVdABAAAAEADGx+CgGqGcwBAAA=",
        ["aes.zip"] =
            "UEsDBDMDAQBjAEh4eF0AAAAAVAAAAEYAAAAFAAsAYS5sb2cBmQcAAgBBRQMIAMtJfuT8frxzNE5J7vN49kqn/4IzOwj/2WonP4aoOLktYaVmcuvOWxiAI/OxsE4zvBUvpP6+wUlvR6UbcALFsQG0b9qSSlEZWBexn3KbBKamu3qESFBLAQI/AzMDAQBjAEh4eF0AAAAAVAAAAEYAAAAFAC8AAAAAAAAAIICkgQAAAABhLmxvZwoAIAAAAAAAAQAYAABMJ8skfN0BgOK/yyR83QEATCfLJHzdAQGZBwACAEFFAwgAUEsFBgAAAAABAAEAYgAAAIIAAAAAAA==",
        ["crypto.zip"] =
            "UEsDBBQDAQAIAEh4eF0zeHS2RAAAAEYAAAAFAAAAYS5sb2ezOGdMH9BiLsNqGkj5hvuDzNs6TA3MPh1Qv3wZqMvNDDJhWLopZhRFI/BPFtS8G9T/psDgthfftzq7fElQC6rBhvrwZ1BLAQI/AxQDAQAIAEh4eF0zeHS2RAAAAEYAAAAFACQAAAAAAAAAIICkgQAAAABhLmxvZwoAIAAAAAAAAQAYAABMJ8skfN0BgOK/yyR83QEATCfLJHzdAVBLBQYAAAAAAQABAFcAAABnAAAAAAA=",
        ["lzma.zip"] =
            "UEsDBD8DAAAOAEh4eF0zeHS2OwAAAEYAAAAFAAAAYS5sb2cQAgUAXQAQAAAAHgzC3dLAHsF6EtoPtr7KqwFeWKECDyFRxirLyRE7OH9Syedz1MQ9obyJUeJj+k/8YFBLAQI/Az8DAAAOAEh4eF0zeHS2OwAAAEYAAAAFACQAAAAAAAAAIICkgQAAAABhLmxvZwoAIAAAAAAAAQAYAABMJ8skfN0BgOK/yyR83QEATCfLJHzdAVBLBQYAAAAAAQABAFcAAABeAAAAAAA=",
        ["bzip2.zip"] =
            "UEsDBAoDAAAAAEh4eF0zeHS2RgAAAEYAAAAFAAAAYS5sb2c8MzQ+Tm92ICA0IDAxOjAyOjAzIGggc3NoZFsxXTogb25lCjwzND5Ob3YgIDQgMDE6MDI6MDQgaCBzc2hkWzFdOiB0d28KUEsBAj8DCgMAAAAASHh4XTN4dLZGAAAARgAAAAUAJAAAAAAAAAAggKSBAAAAAGEubG9nCgAgAAAAAAABABgAAEwnyyR83QGA4r/LJHzdAQBMJ8skfN0BUEsFBgAAAAABAAEAVwAAAGkAAAAAAA==",
    };

    public static TheoryData<string> PackedNames() => [.. Packed.Keys];

    [Theory]
    [MemberData(nameof(PackedNames))]
    public void Every_kind_of_archive_gives_the_log_in_it(string name)
    {
        var seen = Walk(Convert.FromBase64String(Packed[name]), password: "harrier");

        Assert.Empty(seen.Lost);
        Assert.Equal(One, seen.Contents[0].Text);
        Assert.Equal(
            name.EndsWith("7z", StringComparison.Ordinal)
            || name.EndsWith("zip", StringComparison.Ordinal)
                ? "a.log"
                : null,
            seen.Contents[0].Member
        );
    }

    [Theory]
    [InlineData("locked.7z", "a.log", 2)]
    [InlineData("locked-names.7z", null, 1)]
    [InlineData("aes.zip", "a.log", 1)]
    [InlineData("crypto.zip", "a.log", 1)]
    public void Encrypted_members_are_told_with_what_to_do(string name, string? member, int lost)
    {
        var archive = Convert.FromBase64String(Packed[name]);
        var seen = Walk(archive);

        Assert.Empty(seen.Contents);
        Assert.Equal(lost, seen.Lost.Count);
        Assert.Equal(member, seen.Lost[0].Member);
        Assert.Contains("HARRIER_ARCHIVE_PASSWORD", seen.Lost[0].Reason, StringComparison.Ordinal);

        var wrong = Walk(archive, password: "sparrow");
        Assert.Empty(wrong.Contents.Where(content => content.Text == One));
        Assert.Contains("password", wrong.Lost[0].Reason, StringComparison.Ordinal);
        Assert.DoesNotContain("sparrow", wrong.Lost[0].Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_password_shows_itself_in_no_text() =>
        Assert.DoesNotContain(
            "harrier",
            new ArchiveOptions { Password = new ArchivePassword("harrier") }.ToString(),
            StringComparison.Ordinal
        );

    [Fact]
    public void Several_streams_in_one_file_are_one_content()
    {
        byte[] two =
        [
            .. Gzip("one\n"),
            .. Gzip("two\n"),
            .. Gzip(""),
            .. Gzip(new string('x', 100_000)),
        ];
        Assert.Equal(
            "one\ntwo\n" + new string('x', 100_000),
            Assert.Single(Walk(two).Contents).Text
        );
        Assert.Empty(Walk([.. two, .. new byte[70_000]]).Lost);
        foreach (var name in new[] { "a.xz", "a.bz2", "a.zst" })
        {
            var one = Convert.FromBase64String(Packed[name]);
            Assert.Equal(One + One, Assert.Single(Walk([.. one, .. one]).Contents).Text);
        }
    }

    [Fact]
    public void Bytes_after_the_end_are_told()
    {
        foreach (
            var packed in new[] { "a.xz", "a.bz2", "a.zst" }
                .Select(name => Convert.FromBase64String(Packed[name]))
                .Prepend(Gzip(One))
        )
        {
            var seen = Walk([.. packed, .. "rubbish"u8]);
            Assert.Equal(One, Assert.Single(seen.Contents).Text);
            var (member, reason) = Assert.Single(seen.Lost);
            Assert.Equal("(after its end)", member);
            Assert.StartsWith("7 bytes after the end", reason, StringComparison.Ordinal);
        }

        var tar = Walk(Gzip([.. Tar(("a", Bytes(One))), .. Tar(("b", Bytes("two\n")))]));
        Assert.Single(tar.Contents);
        Assert.Contains(
            "after the end of the tar",
            Assert.Single(tar.Lost).Reason,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_zstandard_file_may_have_frames_without_content()
    {
        using var compressor = new Compressor();
        byte[] skippable = [0x53, 0x2A, 0x4D, 0x18, 3, 0, 0, 0, 1, 2, 3];
        byte[] frame = [.. compressor.Wrap(Bytes(One))];
        Assert.Equal(
            One + One,
            Assert
                .Single(
                    Walk([.. skippable, .. frame, .. skippable, .. frame, .. skippable]).Contents
                )
                .Text
        );
    }

    [Fact]
    public void A_wrong_checksum_of_a_gzip_is_a_fault()
    {
        var packed = Gzip(One);
        packed[^6] ^= 1;
        Assert.Contains("checksum", Assert.Single(Walk(packed).Faults), StringComparison.Ordinal);
        Assert.NotEmpty(Walk(Gzip(One)[..^3]).Faults);
    }

    [Fact]
    public void Archives_lie_in_each_other_as_deep_as_the_limit()
    {
        var packed = Bytes(One);
        for (var depth = 0; depth < 8; depth++)
        {
            packed = depth % 2 == 0 ? Gzip(packed) : Zip(($"{depth}", packed));
        }

        Assert.Equal(One, Assert.Single(Walk(packed).Contents).Text);
        var seen = Walk(Gzip(packed));
        Assert.Empty(seen.Contents);
        Assert.Contains("--max-depth", Assert.Single(seen.Lost).Reason, StringComparison.Ordinal);
        Assert.Single(Walk(Gzip(packed), options => options with { MaxDepth = 9 }).Contents);
    }

    [Fact]
    public void Bombs_end_at_the_limit_and_are_told()
    {
        var bomb = Gzip(new byte[4_000_000]);
        var seen = Walk(Gzip(bomb), options => options with { MaxBytes = 1_000_000 });
        Assert.Contains("--max-bytes", Assert.Single(seen.Faults), StringComparison.Ordinal);

        var many = Zip([.. Enumerable.Range(0, 9).Select(at => ($"{at}", Bytes("x")))]);
        seen = Walk(many, options => options with { MaxMembers = 5 });
        Assert.Contains("--max-members", Assert.Single(seen.Lost).Reason, StringComparison.Ordinal);
        seen = Walk(
            Tar([.. Enumerable.Range(0, 9).Select(at => ($"{at}", Bytes("x")))]),
            options => options with { MaxMembers = 5 }
        );
        Assert.Equal(5, seen.Contents.Count);
        Assert.Contains("--max-members", Assert.Single(seen.Lost).Reason, StringComparison.Ordinal);
    }

    /// <summary>Thirty bytes that declare two milliard members: a reader that believes them takes all memory there is.</summary>
    [Fact]
    public void A_list_of_members_that_lies_is_not_believed()
    {
        // Header, FilesInfo, number of files in five bytes.
        byte[] header = [0x01, 0x05, 0xF0, 0xFF, 0xFF, 0xFF, 0x7F, 0x00, 0x00];
        var start = new byte[20];
        BitConverter.TryWriteBytes(start.AsSpan(8), (long)header.Length);
        BitConverter.TryWriteBytes(start.AsSpan(16), System.IO.Hashing.Crc32.HashToUInt32(header));
        byte[] archive =
        [
            0x37,
            0x7A,
            0xBC,
            0xAF,
            0x27,
            0x1C,
            0,
            4,
            .. BitConverter.GetBytes(System.IO.Hashing.Crc32.HashToUInt32(start)),
            .. start,
            .. header,
        ];
        Assert.Contains(
            "--max-members",
            Assert.Single(Walk(archive).Lost).Reason,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Documents_that_are_zips_are_passed_over()
    {
        var seen = Walk(
            Zip(("[Content_Types].xml", Bytes("<x/>")), ("word/document.xml", Bytes("<x/>")))
        );
        Assert.Empty(seen.Contents);
        Assert.Contains("Office", Assert.Single(seen.Skipped).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Walkers_share_the_members_of_one_archive()
    {
        (string, byte[])[] members =
        [
            .. Enumerable.Range(0, 7).Select(at => ($"{at}", Bytes($"{at}"))),
        ];
        foreach (
            var archive in new[]
            {
                Zip(members),
                Tar(members),
                Gzip(Tar(members)),
                Convert.FromBase64String(Packed["plain.7z"]),
            }
        )
        {
            var all = Walk(archive).Contents.Select(content => content.Text).Order();
            var shared = Enumerable
                .Range(0, 3)
                .SelectMany(part => Walk(archive, part: part, parts: 3).Contents)
                .Select(content => content.Text)
                .Order();
            Assert.Equal(all, shared);
        }
    }

    [Fact]
    public void Damaged_archives_end_in_a_sentence() =>
        Gen.Select(
                Gen.Int[0, Packed.Count - 1],
                Gen.Select(Gen.Int[0, 400], Gen.Byte).Array[1, 6],
                Gen.Int[0, 40]
            )
            .Sample(
                (which, changes, cut) =>
                {
                    var bytes = Convert.FromBase64String(Packed.Values.ElementAt(which));
                    foreach (var (at, value) in changes)
                    {
                        bytes[at % bytes.Length] = value;
                    }

                    var seen = Walk(bytes[..^Math.Min(cut, bytes.Length - 1)], password: "harrier");
                    return seen.Lost.TrueForAll(lost => lost.Reason.Length > 0);
                },
                iter: 500
            );

    Seen Walk(
        byte[] archive,
        Func<ArchiveOptions, ArchiveOptions>? change = null,
        string? password = null,
        int part = 0,
        int parts = 1
    )
    {
        var path = Path.Combine(_folder, Path.GetRandomFileName());
        File.WriteAllBytes(path, archive);
        var options = new ArchiveOptions
        {
            Password = password is null ? null : new ArchivePassword(password),
            TemporaryFolder = Path.Combine(_folder, "tmp"),
        };
        var seen = new Seen();
        new ArchiveWalker(change?.Invoke(options) ?? options).Walk(
            path,
            new ContentVisitor(
                seen.Visit,
                (info, reason) => seen.Skipped.Add((info.Member, reason)),
                (info, reason) => seen.Lost.Add((info.Member, reason))
            ),
            CancellationToken.None,
            part,
            parts
        );
        File.Delete(path);
        Assert.Empty(
            Directory.Exists(options.TemporaryFolder)
                ? Directory.EnumerateFiles(options.TemporaryFolder)
                : []
        );
        return seen;
    }

    sealed class Seen
    {
        public List<(string? Member, string Text)> Contents { get; } = [];
        public List<(string? Member, string Reason)> Skipped { get; } = [];
        public List<(string? Member, string Reason)> Lost { get; } = [];

        /// <summary>Contents that ended before their end.</summary>
        public List<string> Faults { get; } = [];

        public void Visit(ContentInfo info, Stream content)
        {
            using var metered = new MeteredStream(content, long.MaxValue, CancellationToken.None);
            using var bytes = new MemoryStream();
            metered.CopyTo(bytes);
            if (metered.Fault is { } fault)
            {
                Faults.Add(fault);
                Lost.Add((info.Member, fault));
            }
            else
            {
                Contents.Add((info.Member, Encoding.UTF8.GetString(bytes.ToArray())));
            }
        }
    }

    static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    static byte[] Gzip(string text) => Gzip(Bytes(text));

    static byte[] Gzip(byte[] content)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
        {
            gzip.Write(content);
        }

        return packed.ToArray();
    }

    static byte[] Zip(params (string Name, byte[] Content)[] members)
    {
        using var packed = new MemoryStream();
        using (var zip = new ZipArchive(packed, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, content) in members)
            {
                using var entry = zip.CreateEntry(name).Open();
                entry.Write(content);
            }
        }

        return packed.ToArray();
    }

    static byte[] Tar(params (string Name, byte[] Content)[] members)
    {
        using var packed = new MemoryStream();
        using (var tar = new TarWriter(packed, leaveOpen: true))
        {
            foreach (var (name, content) in members)
            {
                tar.WriteEntry(
                    new PaxTarEntry(TarEntryType.RegularFile, name)
                    {
                        DataStream = new MemoryStream(content),
                    }
                );
            }
        }

        return packed.ToArray();
    }
}
