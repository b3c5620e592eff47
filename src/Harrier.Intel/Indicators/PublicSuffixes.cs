using System.Collections.Frozen;

namespace Harrier.Intel.Indicators;

/// <summary>Second-level names under which anybody can register: never indicators themselves.</summary>
/// <remarks>
/// Written by hand from the registries' well-known second levels, not the whole public suffix list. Single labels are
/// refused elsewhere.
/// </remarks>
static class PublicSuffixes
{
    static readonly string[] s_seconds =
    [
        "co",
        "com",
        "net",
        "org",
        "gov",
        "edu",
        "ac",
        "go",
        "or",
        "ne",
        "gob",
        "mil",
    ];

    static readonly FrozenSet<string> s_countries = FrozenSet.Create(
        StringComparer.Ordinal,
        [
            "uk",
            "jp",
            "kr",
            "za",
            "nz",
            "in",
            "id",
            "th",
            "il",
            "ke",
            "tz",
            "ug",
            "au",
            "br",
            "cn",
            "tw",
            "hk",
            "sg",
            "my",
            "ph",
            "vn",
            "tr",
            "mx",
            "ar",
            "co",
            "pe",
            "ve",
            "ec",
            "uy",
            "py",
            "bo",
            "ua",
            "ru",
            "pl",
            "gr",
            "cy",
            "eg",
            "sa",
            "ae",
            "pk",
            "bd",
            "lk",
            "np",
            "ng",
            "gh",
            "kz",
            "uz",
            "ge",
            "az",
            "ir",
            "iq",
            "lb",
            "jo",
            "kw",
        ]
    );

    static readonly FrozenSet<string> s_hosting = FrozenSet.Create(
        StringComparer.Ordinal,
        [
            "github.io",
            "gitlab.io",
            "herokuapp.com",
            "azurewebsites.net",
            "cloudapp.net",
            "blogspot.com",
            "appspot.com",
            "web.app",
            "firebaseapp.com",
            "netlify.app",
            "vercel.app",
            "pages.dev",
            "workers.dev",
            "trycloudflare.com",
            "ngrok.io",
            "ngrok-free.app",
            "duckdns.org",
            "ddns.net",
            "no-ip.org",
            "hopto.org",
            "zapto.org",
            "sytes.net",
            "dyndns.org",
            "cloudfront.net",
            "amazonaws.com",
            "s3.amazonaws.com",
            "onrender.com",
            "glitch.me",
            "repl.co",
            "weebly.com",
            "wordpress.com",
            "000webhostapp.com",
            "blob.core.windows.net",
            "windows.net",
            "azureedge.net",
            "akamaized.net",
            "akamaihd.net",
            "fastly.net",
        ]
    );

    public static bool Contains(string domain)
    {
        var dot = domain.IndexOf('.');
        return s_hosting.Contains(domain)
            || (
                dot == domain.LastIndexOf('.')
                && s_countries.Contains(domain[(dot + 1)..])
                && Array.IndexOf(s_seconds, domain[..dot]) >= 0
            );
    }
}
