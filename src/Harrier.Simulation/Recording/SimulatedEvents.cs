using Harrier.Simulation.Writers;

namespace Harrier.Simulation.Recording;

/// <summary>A record of some log before it is written. Records of one file are written in order of time, then of making.</summary>
/// <param name="File">File below OUT that it goes to.</param>
/// <param name="Stage">Stage of the intrusion it belongs to, or null: ordinary life.</param>
public abstract record SimulatedRecord(string File, DateTime Time, string? Stage);

public sealed record WindowsRecord(
    string File,
    DateTime Time,
    string? Stage,
    WindowsLogEvent System,
    IReadOnlyList<(string Name, string Value)> Fields
) : SimulatedRecord(File, Time, Stage);

/// <summary>A row of a Zeek log: values in order of the log's columns; null is unset.</summary>
public sealed record ZeekRecord(
    string File,
    DateTime Time,
    string? Stage,
    string Log,
    IReadOnlyList<string?> Values
) : SimulatedRecord(File, Time, Stage);

/// <summary>A syslog line without its time and host.</summary>
public sealed record SyslogRecord(
    string File,
    DateTime Time,
    string? Stage,
    string Host,
    string Message
) : SimulatedRecord(File, Time, Stage);
