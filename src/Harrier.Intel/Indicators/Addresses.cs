using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Harrier.Intel.Indicators;

/// <summary>Addresses and networks as numbers of 128 bits; IPv4 as ::ffff:a.b.c.d, so that both families are one space.</summary>
static class Addresses
{
    static readonly (string Network, string Why)[] s_reserved =
    [
        // IANA special-purpose address registries (RFC 6890); the documentation networks are kept out on purpose:
        // exercises and examples use them as the adversary's.
        ("0.0.0.0/8", "the unspecified network"),
        ("10.0.0.0/8", "a private address"),
        ("100.64.0.0/10", "a carrier's private address"),
        ("127.0.0.0/8", "the machine itself"),
        ("169.254.0.0/16", "a link-local address"),
        ("172.16.0.0/12", "a private address"),
        ("192.168.0.0/16", "a private address"),
        ("224.0.0.0/4", "a multicast address"),
        ("240.0.0.0/4", "a reserved address"),
        ("::/127", "the unspecified address or the machine itself"),
        ("fc00::/7", "a private address"),
        ("fe80::/10", "a link-local address"),
        ("ff00::/8", "a multicast address"),
    ];

    static readonly (UInt128 First, int Prefix, string Why)[] s_reservedRanges =
    [
        .. s_reserved.Select(r =>
            TryNetwork(r.Network, out var first, out var prefix)
                ? (first, prefix, r.Why)
                : throw new InvalidOperationException(r.Network)
        ),
    ];

    /// <summary>Reads an address strictly: four decimal parts without leading zeros, or IPv6 (brackets and zone are dropped).</summary>
    public static bool TryAddress(ReadOnlySpan<char> text, out UInt128 address)
    {
        address = default;
        if (text.Length is < 2 or > 64)
        {
            return false;
        }

        if (text[0] == '[' && text[^1] == ']')
        {
            text = text[1..^1];
        }

        if (text.IndexOf('%') is var zone and > 0)
        {
            text = text[..zone];
        }

        if (text.Contains(':'))
        {
            if (
                !IPAddress.TryParse(text, out var v6)
                || v6.AddressFamily != AddressFamily.InterNetworkV6
            )
            {
                return false;
            }

            Span<byte> bytes = stackalloc byte[16];
            v6.TryWriteBytes(bytes, out _);
            address = BinaryPrimitives.ReadUInt128BigEndian(bytes);
            return true;
        }

        return TryIpv4(text, out address);
    }

    static bool TryIpv4(ReadOnlySpan<char> text, out UInt128 address)
    {
        address = default;
        uint all = 0;
        var parts = 0;
        var part = 0u;
        var digits = 0;
        for (var i = 0; i <= text.Length; i++)
        {
            if (i == text.Length || text[i] == '.')
            {
                if (digits == 0 || part > 255 || ++parts > 4)
                {
                    return false;
                }

                all = (all << 8) | part;
                part = 0;
                digits = 0;
            }
            else if (char.IsAsciiDigit(text[i]) && digits < 3 && !(digits > 0 && part == 0))
            {
                part = (part * 10) + (uint)(text[i] - '0');
                digits++;
            }
            else
            {
                return false;
            }
        }

        address = ((UInt128)0xFFFF << 32) | all;
        return parts == 4;
    }

    /// <summary>Reads a network in CIDR notation; the bits of the host are cleared.</summary>
    /// <param name="prefix">Of 128 bits: an IPv4 /24 is 120.</param>
    public static bool TryNetwork(ReadOnlySpan<char> text, out UInt128 first, out int prefix)
    {
        first = default;
        prefix = 0;
        var slash = text.IndexOf('/');
        if (slash < 0 || !TryAddress(text[..slash], out var address))
        {
            return false;
        }

        var length = text[(slash + 1)..];
        if (length.Length is 0 or > 3 || length.ContainsAnyExceptInRange('0', '9'))
        {
            return false;
        }

        prefix = int.Parse(length) + (text[..slash].Contains(':') ? 0 : 96);
        if (prefix > 128)
        {
            return false;
        }

        first = address & Mask(prefix);
        return true;
    }

    public static UInt128 Mask(int prefix) =>
        prefix == 0 ? UInt128.Zero : UInt128.MaxValue << (128 - prefix);

    public static bool IsIpv4(UInt128 address) => address >> 32 == 0xFFFF;

    /// <summary>Canonical text: dotted decimal, or lower-case IPv6 with the longest run of zeros cut (RFC 5952).</summary>
    public static string Text(UInt128 address)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, address);
        return new IPAddress(IsIpv4(address) ? bytes[12..] : bytes).ToString();
    }

    public static string NetworkText(UInt128 first, int prefix) =>
        IsIpv4(first) && prefix >= 96 ? $"{Text(first)}/{prefix - 96}" : $"{Text(first)}/{prefix}";

    /// <summary>Why an address says nothing about an adversary outside, or null.</summary>
    public static string? ReservedBecause(UInt128 address)
    {
        foreach (var (first, prefix, why) in s_reservedRanges)
        {
            if ((address & Mask(prefix)) == first)
            {
                return why;
            }
        }

        return null;
    }
}
