using Harrier.Schema;

namespace Harrier.Sigma;

/// <summary>Which events of the lake a log source means: classes, and a condition on their common columns.</summary>
/// <param name="Actions">One of these actions; empty: any.</param>
/// <param name="Channels">One of these channels; empty: any.</param>
/// <param name="EventIds">One of these numbers; empty: any.</param>
/// <param name="Present">A column that must be filled, so that an endpoint's rules don't run on what a sensor saw; or null.</param>
sealed record Route(
    IReadOnlyList<EventClass> Classes,
    IReadOnlyList<string> Actions,
    IReadOnlyList<string> Channels,
    IReadOnlyList<long> EventIds,
    string? Present
);

/// <summary>Sigma's log sources and what they are here.</summary>
static class Logsources
{
    static readonly Dictionary<string, Route> Categories = new(StringComparer.Ordinal)
    {
        ["process_creation"] = To(EventClasses.Process, ["start"]),
        ["process_termination"] = To(EventClasses.Process, ["end"]),
        ["image_load"] = To(EventClasses.ImageLoad),
        ["driver_load"] = To(EventClasses.Driver),
        ["process_access"] = To(EventClasses.ProcessAccess),
        ["create_remote_thread"] = To(EventClasses.RemoteThread),
        ["file_event"] = To(EventClasses.File, ["create"], present: "image"),
        ["file_change"] = To(EventClasses.File, ["change_time", "change"]),
        ["file_delete"] = To(EventClasses.File, ["delete"]),
        ["file_rename"] = To(EventClasses.File, ["rename"]),
        ["create_stream_hash"] = To(EventClasses.File, ["create_stream"]),
        // Sysmon gives keys made and keys deleted one number: a rule says by EventType which it means.
        ["registry_add"] = To(EventClasses.Registry, ["create", "delete"]),
        ["registry_delete"] = To(EventClasses.Registry, ["create", "delete"]),
        ["registry_set"] = To(EventClasses.Registry, ["set"]),
        ["registry_rename"] = To(EventClasses.Registry, ["rename"]),
        ["registry_event"] = To(EventClasses.Registry),
        ["pipe_created"] = To(EventClasses.Pipe),
        ["wmi_event"] = To(EventClasses.Wmi),
        ["network_connection"] = To(EventClasses.Network, present: "image"),
        ["firewall"] = To(EventClasses.Network),
        ["dns_query"] = To(EventClasses.Dns, present: "image"),
        ["dns"] = To(EventClasses.Dns),
        ["proxy"] = To(EventClasses.Http),
        ["webserver"] = To(EventClasses.Http),
        ["ps_script"] = To(EventClasses.Script, eventIds: [4104]),
        ["ps_module"] = To(EventClasses.Script, eventIds: [4103]),
        ["ps_classic_start"] = To(EventClasses.Script, eventIds: [400]),
        ["antivirus"] = To(EventClasses.Alert),
        ["email"] = To(EventClasses.Email),
    };

    static readonly Dictionary<string, string[]> WindowsChannels = new(StringComparer.Ordinal)
    {
        ["security"] = ["Security"],
        ["system"] = ["System"],
        ["application"] = ["Application"],
        ["sysmon"] = ["Microsoft-Windows-Sysmon/Operational"],
        ["powershell"] = ["Microsoft-Windows-PowerShell/Operational", "PowerShellCore/Operational"],
        ["powershell-classic"] = ["Windows PowerShell"],
        ["taskscheduler"] = ["Microsoft-Windows-TaskScheduler/Operational"],
        ["windefend"] = ["Microsoft-Windows-Windows Defender/Operational"],
        ["wmi"] = ["Microsoft-Windows-WMI-Activity/Operational"],
        ["bits-client"] = ["Microsoft-Windows-Bits-Client/Operational"],
        ["ntlm"] = ["Microsoft-Windows-NTLM/Operational"],
        ["dns-server"] = ["DNS Server"],
        ["dns-client"] = ["Microsoft-Windows-DNS Client Events/Operational"],
        ["driver-framework"] = ["Microsoft-Windows-DriverFrameworks-UserMode/Operational"],
        ["firewall-as"] = ["Microsoft-Windows-Windows Firewall With Advanced Security/Firewall"],
        ["codeintegrity-operational"] = ["Microsoft-Windows-CodeIntegrity/Operational"],
        ["appxdeployment-server"] = ["Microsoft-Windows-AppXDeploymentServer/Operational"],
        ["applocker"] =
        [
            "Microsoft-Windows-AppLocker/MSI and Script",
            "Microsoft-Windows-AppLocker/EXE and DLL",
            "Microsoft-Windows-AppLocker/Packaged app-Deployment",
            "Microsoft-Windows-AppLocker/Packaged app-Execution",
        ],
        ["msexchange-management"] = ["MSExchange Management"],
        ["smbclient-security"] = ["Microsoft-Windows-SmbClient/Security"],
        ["security-mitigations"] =
        [
            "Microsoft-Windows-Security-Mitigations/Kernel Mode",
            "Microsoft-Windows-Security-Mitigations/User Mode",
        ],
        ["terminalservices-localsessionmanager"] =
        [
            "Microsoft-Windows-TerminalServices-LocalSessionManager/Operational",
        ],
    };

    static readonly Dictionary<string, Route> OtherServices = new(StringComparer.Ordinal)
    {
        ["linux/sshd"] = To(EventClasses.Logon),
        ["linux/auth"] = To(EventClasses.Logon),
        ["zeek/conn"] = To(EventClasses.Network),
        ["zeek/dns"] = To(EventClasses.Dns),
        ["zeek/http"] = To(EventClasses.Http),
        ["zeek/files"] = To(EventClasses.File),
        ["zeek/ssl"] = To(EventClasses.Tls),
        ["zeek/smb_files"] = To(EventClasses.Share),
    };

    /// <summary>What a log source means, or null with the reason.</summary>
    public static Route? Find(Logsource source, out string why)
    {
        why = "";
        // The classes hold what endpoints of any system did; a rule for Linux must not run on Windows' rows.
        if (source.Product is "linux" or "macos" && source.Category is not null)
        {
            why = $"no {source.Product} events of category {source.Category} are read yet";
            return null;
        }

        if (source.Category is { } category && Categories.TryGetValue(category, out var route))
        {
            return route;
        }

        if (source is { Category: null, Service: { } service })
        {
            if (
                source.Product is "windows" or null
                && WindowsChannels.TryGetValue(service, out var channels)
            )
            {
                return new Route(EventClasses.All, [], channels, [], null);
            }

            if (OtherServices.TryGetValue($"{source.Product}/{service}", out route))
            {
                return route;
            }
        }

        why = $"no class of events is known for the log source {source}";
        return null;
    }

    static Route To(
        EventClass eventClass,
        IReadOnlyList<string>? actions = null,
        IReadOnlyList<long>? eventIds = null,
        string? present = null
    ) => new([eventClass], actions ?? [], [], eventIds ?? [], present);
}
