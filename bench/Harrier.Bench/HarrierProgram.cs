using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Harrier.Bench;

/// <summary>The built program, started anew for each command: what is measured is what a person waits for.</summary>
/// <param name="path">The program <c>harrier</c>.</param>
sealed class HarrierProgram(string path)
{
    /// <summary>Runs a command with <c>--json</c> and returns its document.</summary>
    /// <exception cref="InvalidOperationException">It failed; the message has its words.</exception>
    public JsonElement Json(params string[] arguments) => Measure(arguments).Document;

    /// <summary>Runs a command with <c>--json</c>; returns also its seconds and the most memory it held.</summary>
    public ProgramRun Measure(params string[] arguments)
    {
        var run = Start(path, [.. arguments, "--json"]);
        using var document = JsonDocument.Parse(run.Output);
        return new ProgramRun(
            document.RootElement.Clone(),
            run.Seconds,
            run.ProcessorSeconds,
            run.PeakBytes
        );
    }

    /// <summary>Runs any program to its end. Exit code 3 is Harrier's word for records that could not be read.</summary>
    /// <returns>Processor seconds and peak in bytes as GNU time measures them; 0 where that is not installed.</returns>
    public static (string Output, double Seconds, double ProcessorSeconds, long PeakBytes) Start(
        string program,
        IReadOnlyList<string> arguments
    )
    {
        const string GnuTime = "/usr/bin/time";
        const string Mark = "kilobytes-user-system ";
        var timed = File.Exists(GnuTime);
        var start = new ProcessStartInfo(timed ? GnuTime : program)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (
            var argument in timed ? ["-f", Mark + "%M %U %S", program, .. arguments] : arguments
        )
        {
            start.ArgumentList.Add(argument);
        }

        var began = Stopwatch.GetTimestamp();
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        if (process.ExitCode is not (0 or 3))
        {
            throw new InvalidOperationException(
                $"{program} {string.Join(' ', arguments)}: exit code {process.ExitCode}\n{errors.Result}"
            );
        }

        var measured = errors
            .Result.Split('\n')
            .LastOrDefault(line => line.StartsWith(Mark, StringComparison.Ordinal))
            ?.Split(' ')
            .Skip(1)
            .Select(number => double.Parse(number, CultureInfo.InvariantCulture))
            .ToArray();
        return measured is [var kilobytes, var user, var system]
            ? (output, seconds, user + system, (long)kilobytes * 1024)
            : (output, seconds, 0, 0);
    }
}

/// <param name="Seconds">From start to end, the runtime's own start included.</param>
/// <param name="ProcessorSeconds">Of all its threads: what other programs do at the same time changes it little.</param>
sealed record ProgramRun(
    JsonElement Document,
    double Seconds,
    double ProcessorSeconds,
    long PeakBytes
);
