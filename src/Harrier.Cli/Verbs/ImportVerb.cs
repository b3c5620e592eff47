using System.CommandLine;
using Harrier.Cli.Console;
using Harrier.Schema;
using Harrier.Sigma;
using Harrier.Sigma.Language;
using Harrier.Sigma.Scanning;
using Harrier.Store.Lake;
using Harrier.Telemetry;
using Harrier.Telemetry.Archives;
using Harrier.Telemetry.Clocks;
using Harrier.Telemetry.Maps;

namespace Harrier.Cli.Verbs;

/// <summary><c>harrier import PATH…</c></summary>
static class ImportVerb
{
    public static Command Command(Func<ParseResult, Run> runOf)
    {
        var paths = new Argument<string[]>("PATH")
        {
            Description =
                "Files, folders, archives (zip, 7z, tar, gz, bz2, xz, zst, in each other)",
            Arity = ArgumentArity.OneOrMore,
        };
        var format = new Option<string?>("--as")
        {
            Description = "Read everything as this format instead of looking at the content",
            HelpName = "FORMAT",
        };
        var zone = new Option<string?>("--timezone")
        {
            Description =
                "Zone of local times that carry none: Europe/Berlin, +02:00 (default UTC)",
            HelpName = "ZONE",
        };
        var year = new Option<int?>("--year")
        {
            Description =
                "Year of the first time that carries none (default: from the file's date)",
            HelpName = "YYYY",
        };
        var offsets = new Option<string[]>("--clock-offset")
        {
            Description =
                "How far a clock is ahead of UTC, whatever the logs say: conn.log=-7h, host:ws1=+312s",
            HelpName = "SOURCE=OFFSET",
        };
        var noRepair = new Option<bool>("--no-clock-repair")
        {
            Description = "Say which clocks are wrong and change nothing",
        };
        var limits = new LimitOptions();
        var recover = new Option<bool>("--recover")
        {
            Description =
                "Take deleted records too: what older use left behind in EVTX files; extra holds _recovered",
        };
        var workers = new Option<int?>("--workers")
        {
            Description = "Files, or parts of a large one, read at a time (default: one a core)",
            HelpName = "N",
        };
        workers.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int?>() is < 1 or > 256)
            {
                result.AddError("--workers takes 1 to 256.");
            }
        });
        var sigma = new Option<string[]?>("--sigma")
        {
            Description =
                "Run these Sigma rules (files or folders) over the events while they come in",
            HelpName = "RULES",
        };
        var command = new Command(
            "import",
            "Read logs into the workspace\n\n  harrier import /cases/arlen/disk\n  harrier import Security.evtx zeek.tar.gz --timezone Europe/Berlin\n  harrier import today/ --sigma rules/"
        )
        {
            paths,
            format,
            zone,
            year,
            offsets,
            noRepair,
            limits.MaxBytes,
            limits.MaxMembers,
            limits.MaxDepth,
            limits.Password,
            limits.PasswordFile,
            recover,
            workers,
            sigma,
        };
        command.SetAction(
            (parsed, cancel) =>
            {
                var run = runOf(parsed);
                var rules = parsed.GetValue(sigma) ?? [];
                var watch = rules.Length == 0 ? null : Watch(run, rules);
                var (receipt, shared) = Import(
                    run,
                    limits.Of(
                        parsed,
                        new ImportOptions(parsed.GetValue(paths)!)
                        {
                            Format = parsed.GetValue(format),
                            Recover = parsed.GetValue(recover),
                            Zone = LocalZone.Parse(parsed.GetValue(zone) ?? "UTC"),
                            Year = Year(parsed.GetValue(year)),
                            ClockOffsets =
                            [
                                .. (parsed.GetValue(offsets) ?? []).Select(ClockOffset.Parse),
                            ],
                            RepairClocks = !parsed.GetValue(noRepair),
                            Workers = parsed.GetValue(workers) ?? Environment.ProcessorCount,
                        }
                    ),
                    cancel,
                    watch
                );
                Show(
                    run.Face,
                    receipt,
                    shared,
                    watch is null ? null : Found(run, watch, rules, receipt)
                );
                return Task.FromResult(
                    receipt.Files.Any(file =>
                        file.File.Rejected > 0 || file.IsMissing || file.IsLost
                    )
                        ? Application.InputUnread
                        : Application.Done
                );
            }
        );
        return command;
    }

    static SigmaWatch Watch(Run run, IReadOnlyList<string> rules)
    {
        var workspace = run.OpenWorkspace(create: true);
        return new SigmaWatch(
            new SigmaPlan(
                SigmaRules.Load(
                    SigmaVerb.Existing(rules),
                    new Placeholders(workspace.Placeholders),
                    Run.RuleCache
                ),
                RuleChoice.All,
                Logsources.Load(HuntSession.LogsourceFoldersOf(workspace))
            )
        );
    }

    /// <summary>What the rules found; a later scan of what is new knows that these events were looked at.</summary>
    static SigmaReport Found(
        Run run,
        SigmaWatch watch,
        IReadOnlyList<string> rules,
        ImportReceipt receipt
    )
    {
        using var session = HuntSession.Open(run);
        var key = SigmaScanVerb.ScopeOf(
            rules,
            session.LogsourceFolders,
            session.Workspace.Placeholders,
            RuleChoice.All,
            null
        );
        var now = session.Lake.EventsByImport();
        var before = now.Where(pair => pair.Key != receipt.ImportId)
            .ToDictionary(pair => pair.Key, pair => pair.Value, StringComparer.Ordinal);
        // A correlation may need events from before, which an import does not see: those a scan looks at.
        if (
            watch.Findings.Plan.Correlations.Rules.Count == 0
            && (before.Count == 0 || session.ScanLog.NewImports(key, before) is { Count: 0 })
        )
        {
            session.ScanLog.Note(key, now);
        }

        return new SigmaReport(
            watch.Findings,
            receipt.Elapsed.TotalSeconds,
            null,
            null,
            session.Intel.TechniqueNames(),
            watch.Unasked
        );
    }

    /// <summary>Imports into the run's workspace; what the demo does too.</summary>
    /// <param name="watch">Looks at events on their way into the lake; null: nothing does.</param>
    /// <returns>The receipt, and how much of it was in the lake already under other bytes.</returns>
    public static (ImportReceipt Receipt, IReadOnlyList<SharedEvents> Shared) Import(
        Run run,
        ImportOptions options,
        CancellationToken cancel,
        SigmaWatch? watch = null
    )
    {
        var workspace = run.OpenWorkspace(create: true);
        using var lake = LakeStore.Open(workspace, write: true);
        var importId = lake.BeginImport(run.Clock);
        var maps = SourceMaps.Load([Path.Combine(Run.Content, "maps"), workspace.MapsFolder]);
        var progress = new Progress(run.Face);
        var import = new Import(
            options,
            maps,
            () => watch?.Before(lake.OpenSink(importId)) ?? lake.OpenSink(importId),
            lake.ImportedBefore,
            importId,
            run.Clock,
            progress
        );
        var receipt = import.Run(cancel);
        lake.AddClock(importId, receipt.Clock);
        run.Face.Progress("  putting small files together");
        lake.Compact(onlyCheap: true, cancel);
        run.Face.Progress("");
        return (receipt, lake.SharedEvents(importId));
    }

    /// <param name="sigma">What Sigma rules found while importing, or null.</param>
    public static object Json(
        ImportReceipt receipt,
        IReadOnlyList<SharedEvents> shared,
        SigmaReport? sigma = null
    )
    {
        var byFile = shared
            .Where(one => one.File is not null)
            .ToDictionary(one => one.File!, StringComparer.Ordinal);
        return new
        {
            Schema = "harrier.import/1",
            receipt.ImportId,
            Files = receipt.Files.Select(file => new
            {
                file.File.Path,
                file.File.Member,
                Format = file.Skipped is null ? file.File.Format : null,
                file.File.Sha256,
                file.File.Bytes,
                file.File.Records,
                file.File.Imported,
                file.File.Rejected,
                file.File.Recovered,
                file.DuplicateOf,
                file.Skipped,
                file.File.Classes,
                file.File.Sources,
                file.File.Warnings,
                SharedEvents = byFile.TryGetValue(file.File.Name, out var one) && file.IsRead
                    ? Json(one)
                    : null,
            }),
            SharedEvents = shared is [.., { File: null } whole] ? Json(whole) : null,
            Totals = new
            {
                Files = receipt.Files.Count,
                receipt.Records,
                receipt.Imported,
                receipt.Rejected,
                receipt.Recovered,
                receipt.Bytes,
                Seconds = receipt.Elapsed.TotalSeconds,
            },
            Clock = receipt
                .Files.SelectMany(file =>
                    file.File.Clock.Select(finding => Json(file.File.Name, finding))
                )
                .Concat(receipt.Clock.Select(finding => Json(null, finding))),
            Sigma = sigma?.Json(null),
        };
    }

    static object Json(SharedEvents shared) =>
        new
        {
            Share = Math.Round(shared.Share, 2),
            File = shared.KnownFile,
            ImportId = shared.KnownImport,
        };

    const int MostLines = 40;

    /// <summary>Both copies are kept: which of them is the better one is for a person to say.</summary>
    static void Show(Face face, ImportReceipt receipt, IEnumerable<SharedEvents> shared)
    {
        foreach (var one in shared)
        {
            var share = $"{Math.Round(one.Share * 100)} %";
            face.Line(
                one.File is null
                    ? $"! about {share} of these events are in the lake already, in other bytes ({SafeText.From(ShortPath(one.KnownFile), 80)}, {one.KnownImport}); both are kept: 'harrier lake drop {receipt.ImportId}' takes these out again"
                    : $"! {SafeText.From(ShortPath(one.File), 80)}: about {share} of its events are in {SafeText.From(ShortPath(one.KnownFile), 80)} of {one.KnownImport}"
            );
        }
    }

    public static object Json(string? file, ClockFinding finding) =>
        new
        {
            File = file,
            finding.Kind,
            finding.Host,
            finding.Stamp,
            OffsetSeconds = finding.Offset,
            finding.Agreeing,
            finding.Seen,
            finding.Repaired,
            Message = finding.Sentence,
        };

    static int? Year(int? year) =>
        year is null or (>= 1980 and <= 2100)
            ? year
            : throw new HarrierFault(
                FaultKind.Usage,
                $"'{year}' is no year of a log.",
                remedy: "Years are from 1980 to 2100."
            );

    public static void Show(
        Face face,
        ImportReceipt receipt,
        IReadOnlyList<SharedEvents> shared,
        SigmaReport? sigma = null
    )
    {
        face.Document(Json(receipt, shared, sigma));
        if (face.Json)
        {
            return;
        }

        var table = Face.Table("", "file", "format", ">records", "");
        // What a person should look at comes first: rejects, warnings, things that were no logs.
        var files = receipt
            .Files.OrderBy(file =>
                file.File.Rejected > 0 || file.File.Warnings.Count > 0 ? 0
                : file.Skipped is not null ? 1
                : 2
            )
            .ToList();
        foreach (var file in files.Take(MostLines))
        {
            var (mark, color) = file switch
            {
                { Skipped: not null } or { DuplicateOf: not null } => ("–", Color.Grey),
                { File.Rejected: > 0 } => ("!", Color.Yellow),
                { File.Warnings.Count: > 0 } => ("!", Color.Yellow),
                _ => ("✓", Color.Green),
            };
            table.AddRow(
                Face.Cell(mark, color),
                Face.Cell(SafeText.From(Name(file), 60)),
                Face.Cell(file.Skipped is null ? file.File.Format : "skipped"),
                Face.Cell(file.File.Records > 0 ? Shown.Count(file.File.Records) : ""),
                Face.Cell(SafeText.From(Remark(file), 600))
            );
        }

        face.Show(table);
        if (files.Count > MostLines)
        {
            face.Line(
                $"  … {Shown.Count(files.Count - MostLines)} more files; --json lists all of them"
            );
        }

        face.Line(
            $"{Shown.Count(receipt.Files.Count, "file")}, {Shown.Count(receipt.Records)} records: {Shown.Count(receipt.Imported)} imported, "
                + $"{Shown.Count(receipt.Rejected)} rejected{(receipt.Rejected > 0 ? $" (harrier data rejects {receipt.ImportId})" : "")}"
                + $"   {Shown.Bytes(receipt.Bytes)} in {Shown.Seconds(receipt.Elapsed.TotalSeconds)}"
        );
        foreach (var finding in receipt.Clock)
        {
            face.Line(SafeText.From(finding.Sentence, 400).Value);
        }

        if (receipt.Recovered > 0)
        {
            face.Line(
                $"{Shown.Count(receipt.Recovered, "record")} of older use recovered, counted apart: extra->>'_recovered' = 'true'"
            );
        }

        if (receipt.Imported + receipt.Recovered == 0)
        {
            face.Line("nothing new was imported");
            return;
        }

        face.Line("classes: " + Counts(receipt, file => file.Classes));
        face.Line("sources: " + Counts(receipt, file => file.Sources));
        Show(face, receipt, shared.Where(one => one.File is null || shared.Count <= MostLines));
        sigma?.Tables(face);
        face.Line("next: harrier data · harrier hunt run --all");
    }

    /// <summary>Bounds of archives, and what opens them.</summary>
    sealed class LimitOptions
    {
        const string Variable = "HARRIER_ARCHIVE_PASSWORD";

        public Option<string?> MaxBytes { get; } =
            new("--max-bytes")
            {
                Description = "Bytes read in all, unpacked: 500G, 2T (default 200G)",
                HelpName = "SIZE",
            };

        public Option<int?> MaxMembers { get; } =
            new("--max-members")
            {
                Description = "Members of one archive file (default 1000000)",
                HelpName = "N",
            };

        public Option<int?> MaxDepth { get; } =
            new("--max-depth")
            {
                Description = "Archives in each other; a .tar.gz is two (default 8)",
                HelpName = "N",
            };

        public Option<string?> Password { get; } =
            new("--archive-password")
            {
                Description =
                    $"Opens encrypted zip and 7z. Others can see it in the list of processes: better in a file, or in {Variable}",
                HelpName = "TEXT",
            };

        public Option<string?> PasswordFile { get; } =
            new("--archive-password-file")
            {
                Description = "File whose first line is that password",
                HelpName = "FILE",
            };

        public ImportOptions Of(ParseResult parsed, ImportOptions options) =>
            options with
            {
                MaxTotalBytes = parsed.GetValue(MaxBytes) is { } size
                    ? Bytes(size)
                    : options.MaxTotalBytes,
                MaxMembers =
                    AtLeastOne("--max-members", parsed.GetValue(MaxMembers)) ?? options.MaxMembers,
                MaxDepth = AtLeastOne("--max-depth", parsed.GetValue(MaxDepth)) ?? options.MaxDepth,
                ArchivePassword = PasswordOf(parsed) is { Length: > 0 } password
                    ? new ArchivePassword(password)
                    : null,
            };

        string? PasswordOf(ParseResult parsed)
        {
            if (parsed.GetValue(PasswordFile) is not { } file)
            {
                return parsed.GetValue(Password) ?? Environment.GetEnvironmentVariable(Variable);
            }

            try
            {
                return File.ReadLines(file).FirstOrDefault();
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
            {
                throw new HarrierFault(
                    FaultKind.Usage,
                    $"The file of the password can't be read: {fault.Message}",
                    file,
                    "Write the password into a file that only you may read."
                );
            }
        }

        static int? AtLeastOne(string option, int? number) =>
            number is < 1
                ? throw new HarrierFault(
                    FaultKind.Usage,
                    $"{option} {number} lets nothing through.",
                    remedy: "Write a number from 1."
                )
                : number;

        static long Bytes(string text)
        {
            var shift = "KMGTP".IndexOf(char.ToUpperInvariant(text[^1]), StringComparison.Ordinal);
            return
                long.TryParse(shift < 0 ? text : text[..^1], out var number)
                && number > 0
                && number <= long.MaxValue >> 10 * (shift + 1)
                ? number << 10 * (shift + 1)
                : throw new HarrierFault(
                    FaultKind.Usage,
                    $"'{SafeText.From(text, 40)}' is no number of bytes.",
                    remedy: "Write it as 500G, 2T or 1000000."
                );
        }
    }

    static string Counts(
        ImportReceipt receipt,
        Func<SourceFile, IReadOnlyDictionary<string, long>> counts
    ) =>
        string.Join(
            "  ",
            receipt
                .Files.SelectMany(file => counts(file.File))
                .GroupBy(pair => pair.Key, StringComparer.Ordinal)
                .Select(group => (Name: group.Key, Events: group.Sum(pair => pair.Value)))
                .OrderByDescending(pair => pair.Events)
                .ThenBy(pair => pair.Name, StringComparer.Ordinal)
                .Select(pair => $"{pair.Name} {Shown.Count(pair.Events)}")
        );

    static string Name(FileReceipt file) =>
        file.File.Member is null
            ? ShortPath(file.File.Path)
            : $"{ShortPath(file.File.Path)}!{file.File.Member}";

    static string ShortPath(string path) =>
        string.Join('/', path.Replace('\\', '/').Split('/').TakeLast(2));

    static string Remark(FileReceipt file)
    {
        if (file.Skipped is not null)
        {
            return file.Skipped;
        }

        if (file.DuplicateOf is not null)
        {
            return $"the same bytes as {file.DuplicateOf}";
        }

        var rejected =
            file.File.Rejected > 0 ? $"{Shown.Count(file.File.Rejected)} rejected  " : "";
        return rejected + string.Join("  ", file.File.Warnings);
    }

    sealed class Progress(Face face) : IProgress<ImportProgress>
    {
        static string Bar(long done, long total)
        {
            var filled = total == 0 ? 0 : (int)(20.0 * Math.Min(done, total) / total);
            return new string('━', filled) + new string('─', 20 - filled);
        }

        public void Report(ImportProgress value) =>
            face.Progress(
                value.IsSurvey
                    ? $"  looking at files: {Shown.Count(value.Files)}, {Shown.Bytes(value.Bytes)}   {SafeText.From(Path.GetFileName(value.Name), 40)}"
                    : $"  {Bar(value.Bytes, value.TotalBytes)} {Shown.Bytes(value.Bytes)} of {Shown.Bytes(value.TotalBytes)}, {Shown.Count(value.Records)} records, {value.Files} of {value.TotalFiles} files   {SafeText.From(Path.GetFileName(value.Name), 40)}"
            );
    }
}
