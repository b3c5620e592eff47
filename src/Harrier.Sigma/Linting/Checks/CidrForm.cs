using System.Globalization;
using System.Net;

namespace Harrier.Sigma.Linting.Checks;

/// <summary>A network without bits of hosts, and not inside another of its list.</summary>
static class CidrForm
{
    public static LintCheck Check { get; } =
        new(
            "cidr",
            LintSeverity.Warning,
            "A network without bits of hosts, and not inside another of its list.",
            Find
        );

    static IPAddress Masked(IPAddress address, int prefix)
    {
        var bytes = address.GetAddressBytes();
        for (var index = 0; index < bytes.Length; index++)
        {
            var bits = Math.Clamp(prefix - (index * 8), 0, 8);
            bytes[index] &= (byte)(0xFF << (8 - bits) & 0xFF);
        }

        return new IPAddress(bytes);
    }

    static IEnumerable<LintHit> Find(LintDocument document)
    {
        foreach (var item in document.Items.Where(item => item.Has("cidr")))
        {
            var networks = new List<(IPNetwork Network, string Text)>();
            foreach (var value in item.Values)
            {
                var slash = value.Text.IndexOf('/', StringComparison.Ordinal);
                if (
                    slash < 0
                    || !IPAddress.TryParse(value.Text.AsSpan(0, slash), out var address)
                    || !int.TryParse(
                        value.Text.AsSpan(slash + 1),
                        NumberStyles.None,
                        CultureInfo.InvariantCulture,
                        out var prefix
                    )
                    || prefix > address.GetAddressBytes().Length * 8
                )
                {
                    continue;
                }

                var network = new IPNetwork(Masked(address, prefix), prefix);
                if (!network.BaseAddress.Equals(address))
                {
                    yield return new LintHit(
                        value.Place,
                        $"'{value.Text}' has bits of a host.",
                        $"Write {network} for the network, or {address} for the address."
                    );
                }

                if (
                    networks.Find(one =>
                        one.Network.PrefixLength <= prefix && one.Network.Contains(address)
                    ) is
                    { Text: { } wider }
                )
                {
                    yield return new LintHit(
                        value.Place,
                        $"'{value.Text}' is inside '{wider}' of the same list.",
                        "Take it out."
                    );
                }

                networks.Add((network, value.Text));
            }
        }
    }
}
