using Harrier.Bench;

// One program, one bench a file: Harrier.Bench NAME ARGUMENTS
return args switch
{
    ["beacons", var folder] => Beacons.Run(folder, Console.Out),
    ["evaluate", var harrier] => Evaluate.Run(new HarrierProgram(harrier), 10, Console.Out),
    ["import", var harrier, .. var paths] => ImportSpeed.Run(
        new HarrierProgram(harrier),
        paths,
        Console.Out
    ),
    ["copy", var log, var target] => DuckDbCopy.Run(log, target),
    ["peers", var harrier, .. var logs] => ImportPeers.Run(
        new HarrierProgram(harrier),
        logs,
        Console.Out
    ),
    ["lake", var rows] => LakeSpeed.Run(
        long.Parse(rows, System.Globalization.CultureInfo.InvariantCulture),
        Console.Out
    ),
    ["formats", var root] => FormatTable.Run(root, Console.Out),
    ["evtx", "--harrier", var harrier, .. var files] => EvtxSpeed.Run(
        files,
        new HarrierProgram(harrier),
        Console.Out
    ),
    ["evtx", .. var files] => EvtxSpeed.Run(files, null, Console.Out),
    ["sigma-load", var maps, .. var rules] => SigmaLoad.Run(maps, rules, Console.Out),
    ["sigma-load-once", var cache, var maps, .. var rules] => SigmaLoad.Once(
        cache,
        maps,
        rules,
        Console.Out
    ),
    ["sigma", var harrier, var maps, var rules, .. var logs] => SigmaSpeed.Run(
        new HarrierProgram(harrier),
        maps,
        rules,
        logs,
        Console.Out
    ),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine(
        """
        Usage: Harrier.Bench beacons DIR            DIR holds conn.log, http.log and truth.json of ../shared/tools/beacons.py gen
               Harrier.Bench evaluate HARRIER       ten seeds of the demo, with an intrusion and quiet; HARRIER is the built program
               Harrier.Bench lake ROWS              a lake of so many events: size, needles, windows, patterns, beside DuckDB's own file
               Harrier.Bench formats ROOT             docs/format-table.md: what every map fills, its oracle, its speed
               Harrier.Bench evtx [--harrier HARRIER] FILE...  each EVTX file as a log of 128 MiB: the reader alone, and into the lake
               Harrier.Bench sigma HARRIER MAPS RULES PATH...  load rules and scan what is imported of PATH; MAPS is maps/sigma
               Harrier.Bench sigma-load MAPS RULES...  load rules, from source and from a cache
               Harrier.Bench import HARRIER PATH... import and hunt each PATH, and a simulated enterprise, as whole programs
               Harrier.Bench copy LOG PARQUET       only that copy, in a process of its own
               Harrier.Bench peers HARRIER LOG...   harrier import beside that copy, five times in turns
        """
    );
    return 2;
}
