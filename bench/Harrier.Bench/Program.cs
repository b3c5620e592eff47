using Harrier.Bench;

// One program, one bench a file: Harrier.Bench NAME ARGUMENTS
return args switch
{
    ["beacons", var folder] => Beacons.Run(folder, Console.Out),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine(
        "Usage: Harrier.Bench beacons DIR   DIR holds conn.log, http.log and truth.json of ../shared/tools/beacons.py gen"
    );
    return 2;
}
