using System.Collections.Frozen;

namespace Harrier.Telemetry.Formats.Auditd;

/// <summary>Types of audit messages: numbers of <c>linux/audit.h</c> and libaudit, and which of them only tell more of an event.</summary>
static class AuditTypes
{
    static readonly FrozenDictionary<string, string> s_names = new Dictionary<string, string>
    {
        ["1006"] = "LOGIN",
        ["1100"] = "USER_AUTH",
        ["1101"] = "USER_ACCT",
        ["1102"] = "USER_MGMT",
        ["1103"] = "CRED_ACQ",
        ["1104"] = "CRED_DISP",
        ["1105"] = "USER_START",
        ["1106"] = "USER_END",
        ["1107"] = "USER_AVC",
        ["1108"] = "USER_CHAUTHTOK",
        ["1109"] = "USER_ERR",
        ["1110"] = "CRED_REFR",
        ["1111"] = "USYS_CONFIG",
        ["1112"] = "USER_LOGIN",
        ["1113"] = "USER_LOGOUT",
        ["1114"] = "ADD_USER",
        ["1115"] = "DEL_USER",
        ["1116"] = "ADD_GROUP",
        ["1117"] = "DEL_GROUP",
        ["1123"] = "USER_CMD",
        ["1124"] = "USER_TTY",
        ["1125"] = "CHUSER_ID",
        ["1126"] = "GRP_AUTH",
        ["1127"] = "SYSTEM_BOOT",
        ["1128"] = "SYSTEM_SHUTDOWN",
        ["1129"] = "SYSTEM_RUNLEVEL",
        ["1130"] = "SERVICE_START",
        ["1131"] = "SERVICE_STOP",
        ["1132"] = "GRP_MGMT",
        ["1133"] = "GRP_CHAUTHTOK",
        ["1137"] = "ACCT_LOCK",
        ["1138"] = "ACCT_UNLOCK",
        ["1200"] = "DAEMON_START",
        ["1201"] = "DAEMON_END",
        ["1202"] = "DAEMON_ABORT",
        ["1203"] = "DAEMON_CONFIG",
        ["1300"] = "SYSCALL",
        ["1302"] = "PATH",
        ["1303"] = "IPC",
        ["1304"] = "SOCKETCALL",
        ["1305"] = "CONFIG_CHANGE",
        ["1306"] = "SOCKADDR",
        ["1307"] = "CWD",
        ["1309"] = "EXECVE",
        ["1311"] = "IPC_SET_PERM",
        ["1312"] = "MQ_OPEN",
        ["1313"] = "MQ_SENDRECV",
        ["1314"] = "MQ_NOTIFY",
        ["1315"] = "MQ_GETSETATTR",
        ["1317"] = "FD_PAIR",
        ["1318"] = "OBJ_PID",
        ["1319"] = "TTY",
        ["1320"] = "EOE",
        ["1321"] = "BPRM_FCAPS",
        ["1322"] = "CAPSET",
        ["1323"] = "MMAP",
        ["1324"] = "NETFILTER_PKT",
        ["1325"] = "NETFILTER_CFG",
        ["1326"] = "SECCOMP",
        ["1327"] = "PROCTITLE",
        ["1328"] = "FEATURE_CHANGE",
        ["1330"] = "KERN_MODULE",
        ["1331"] = "FANOTIFY",
        ["1334"] = "BPF",
        ["1400"] = "AVC",
        ["1401"] = "SELINUX_ERR",
        ["1403"] = "MAC_POLICY_LOAD",
        ["1404"] = "MAC_STATUS",
        ["1405"] = "MAC_CONFIG_CHANGE",
        ["1700"] = "ANOM_PROMISCUOUS",
        ["1701"] = "ANOM_ABEND",
        ["1702"] = "ANOM_LINK",
        ["1703"] = "ANOM_CREAT",
        ["2300"] = "USER_ROLE_CHANGE",
        ["2301"] = "ROLE_ASSIGN",
        ["2302"] = "ROLE_REMOVE",
        ["2404"] = "CRYPTO_KEY_USER",
        ["2407"] = "CRYPTO_SESSION",
    }.ToFrozenDictionary();

    // They come with another message, most often SYSCALL, and say more of the same event.
    static readonly FrozenSet<string> s_parts = new[]
    {
        "BPRM_FCAPS",
        "CAPSET",
        "CWD",
        "EOE",
        "EXECVE",
        "FD_PAIR",
        "IPC",
        "IPC_SET_PERM",
        "KERN_MODULE",
        "MMAP",
        "OBJ_PID",
        "OPENAT2",
        "PATH",
        "PROCTITLE",
        "SOCKADDR",
        "SOCKETCALL",
        "SYSCALL",
        "URINGOP",
    }.ToFrozenSet();

    /// <summary>The name of a type given by number (<c>1300</c>, <c>UNKNOWN[1334]</c>); any other as it stands.</summary>
    public static string Name(string type)
    {
        var number = type.StartsWith("UNKNOWN[", StringComparison.Ordinal)
            ? type["UNKNOWN[".Length..].TrimEnd(']')
            : type;
        return s_names.GetValueOrDefault(number, type);
    }

    /// <summary>Whether the type only says more of an event that another message, most often SYSCALL, stands for.</summary>
    public static bool IsPart(string type) => s_parts.Contains(type);

    /// <summary>Whether it is the name of a type of this list: journald and its syslog write <c>SERVICE_START pid=1 ...</c>.</summary>
    public static bool IsName(string type) => s_names.Values.Contains(type);
}
