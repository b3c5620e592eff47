using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using SharpCompress.Compressors.BZip2;
using SharpCompress.Compressors.Deflate64;
using SharpCompress.Compressors.LZMA;
using SharpCompress.Compressors.PPMd;
using ZstdSharp;
using DeflateStream = System.IO.Compression.DeflateStream;

namespace Harrier.Telemetry.Archives;

/// <summary>Unpacks the folders of a 7z: chains of LZMA, LZMA2, PPMd, bzip2, deflate, zstandard, AES-256.</summary>
/// <remarks>Filters for programs (BCJ, BCJ2) are not there: packers put them before programs only, which are no logs.</remarks>
sealed class SevenZipDecoder(Stream file, ArchivePassword? password, ByteBudget budget)
{
    /// <summary>AES-256 in CBC with a key from SHA-256.</summary>
    public const ulong Aes = 0x06F10701;

    /// <summary>Rounds of hashing that the keys of one archive may take; 7-Zip asks for 2^19 a key.</summary>
    const long MaxRounds = 1L << 28;
    const long MaxMemoryBytes = 1L << 30;

    readonly Dictionary<string, byte[]> _keys = new(StringComparer.Ordinal);
    long _rounds;

    public bool HasPassword => password is not null;

    /// <exception cref="InvalidDataException">It is damaged, or uses a method that is not known.</exception>
    public Stream Open(SevenZipFolder folder)
    {
        if (folder.PackedStreams != 1 || folder.Coders.Any(coder => !coder.IsSimple))
        {
            throw Unknown(folder.Coders[folder.Last].Method);
        }

        return DecoderStream.Open(() => Open(folder, folder.Last, folder.Coders.Count), budget);
    }

    Stream Open(SevenZipFolder folder, int coder, int depth)
    {
        if (depth == 0)
        {
            throw new InvalidDataException("its methods feed each other in a circle");
        }

        var feed = folder
            .Binds.Where(bind => bind.In == coder)
            .Select(bind => (int?)bind.Out)
            .FirstOrDefault();
        var input =
            feed is not { } from ? new Slice(file, folder.PackedStart, folder.PackedSize)
            : from < folder.Coders.Count ? Open(folder, from, depth - 1)
            : throw new InvalidDataException("its list of members is damaged");
        return Decoder(folder.Coders[coder], new PackedStream(input), folder.UnpackSizes[coder]);
    }

    Stream Decoder(SevenZipCoder coder, Stream input, long size) =>
        coder.Method switch
        {
            0 => input,
            0x21 => LzmaStream.Create([SmallestLzma2(coder.Properties, size)], input, -1, size),
            0x030101 => LzmaStream.Create(
                WithSmallDictionary(coder.Properties, size),
                input,
                -1,
                size
            ),
            0x030401 => PpmdStream.Create(Ppmd(coder.Properties), input, false),
            0x040108 => new DeflateStream(input, System.IO.Compression.CompressionMode.Decompress),
            0x040109 => new Deflate64Stream(
                input,
                SharpCompress.Compressors.CompressionMode.Decompress
            ),
            0x040202 => BZip2Stream.Create(
                input,
                SharpCompress.Compressors.CompressionMode.Decompress,
                decompressConcatenated: true
            ),
            0x04F71101 => new DecompressionStream(input, leaveOpen: false),
            Aes => Decrypted(coder.Properties, input),
            _ => throw Unknown(coder.Method),
        };

    static InvalidDataException Unknown(ulong method) =>
        new($"it is packed with method {method:X} of 7z, which is for programs or not known");

    /// <summary>No dictionary needs to be larger than the content: what is declared above that is asked for by nobody honest.</summary>
    static byte[] WithSmallDictionary(byte[] properties, long size)
    {
        if (properties.Length < 5)
        {
            throw new InvalidDataException("its list of members is damaged");
        }

        byte[] small = [.. properties.AsSpan(0, 5)];
        var declared = BinaryPrimitives.ReadUInt32LittleEndian(small.AsSpan(1));
        var needed = Math.Min(declared, Math.Max(size, 4096));
        BinaryPrimitives.WriteUInt32LittleEndian(small.AsSpan(1), (uint)Bounded(needed));
        return small;
    }

    static byte SmallestLzma2(byte[] properties, long size)
    {
        var declared = properties is [var one] && one <= 40 ? one : (byte)41;
        byte small = 0;
        while (small < declared && Dictionary(small) < size)
        {
            small++;
        }

        _ = Bounded(Dictionary(small));
        return small;

        static long Dictionary(byte code) => (2L | code & 1) << code / 2 + 11;
    }

    static PpmdProperties Ppmd(byte[] properties)
    {
        if (properties.Length < 5)
        {
            throw new InvalidDataException("its list of members is damaged");
        }

        _ = Bounded(BinaryPrimitives.ReadUInt32LittleEndian(properties.AsSpan(1)));
        return new PpmdProperties(properties);
    }

    static long Bounded(long memory) =>
        memory <= MaxMemoryBytes
            ? memory
            : throw new InvalidDataException("unpacking it would take more than 1 GiB of memory");

    CryptoStream Decrypted(byte[] properties, Stream input)
    {
        if (properties.Length < 1)
        {
            throw new InvalidDataException("its encryption is not described");
        }

        var sizes = properties.Length > 1 ? properties[1] : 0;
        var saltBytes = (properties[0] >> 7 & 1) + (sizes >> 4);
        var vectorBytes = (properties[0] >> 6 & 1) + (sizes & 15);
        if (properties.Length < 2 + saltBytes + vectorBytes && saltBytes + vectorBytes > 0)
        {
            throw new InvalidDataException("its encryption is not described");
        }

        var salt = saltBytes > 0 ? properties.AsSpan(2, saltBytes) : default;
        var vector = new byte[16];
        if (vectorBytes > 0)
        {
            properties.AsSpan(2 + saltBytes, vectorBytes).CopyTo(vector);
        }

        using var aes = System.Security.Cryptography.Aes.Create();
        aes.Key = Key(properties[0] & 0x3F, salt);
        aes.IV = vector;
        aes.Mode = CipherMode.CBC;
        aes.Padding = PaddingMode.None;
        return new CryptoStream(input, aes.CreateDecryptor(), CryptoStreamMode.Read);
    }

    /// <summary>SHA-256 over 2^power times (salt, password in UTF-16, counter): 7zAES of the LZMA SDK.</summary>
    byte[] Key(int power, ReadOnlySpan<byte> salt)
    {
        const int plainPassword = 0x3F;
        var cacheKey = $"{power}:{Convert.ToHexString(salt)}";
        if (_keys.TryGetValue(cacheKey, out var known))
        {
            return known;
        }

        var text = Encoding.Unicode.GetBytes(password!.Text);
        byte[] key;
        if (power == plainPassword)
        {
            key = new byte[32];
            byte[] all = [.. salt, .. text];
            all.AsSpan(0, Math.Min(all.Length, key.Length)).CopyTo(key);
        }
        else
        {
            key = Hash(power, salt, text);
        }

        _keys[cacheKey] = key;
        return key;
    }

    byte[] Hash(int power, ReadOnlySpan<byte> salt, byte[] text)
    {
        var rounds = power <= 28 ? 1L << power : long.MaxValue;
        if (rounds > MaxRounds - _rounds)
        {
            throw new InvalidDataException("making the keys of its encryption would take too long");
        }

        _rounds += rounds;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] round = [.. salt, .. text, .. new byte[8]];
        var counter = round.AsSpan(round.Length - 8);
        for (var at = 0L; at < rounds; at++)
        {
            BinaryPrimitives.WriteInt64LittleEndian(counter, at);
            hash.AppendData(round);
        }

        return hash.GetHashAndReset();
    }

    /// <summary>A part of a file; the file is not closed with it.</summary>
    sealed class Slice(Stream file, long start, long length) : ForwardStream
    {
        long _at;

        public override int Read(Span<byte> buffer)
        {
            file.Position = start + _at;
            var read = file.Read(buffer[..(int)Math.Min(buffer.Length, length - _at)]);
            _at += read;
            return read;
        }
    }
}
