using Harrier.Schema;

namespace Harrier.Hunts.Documents;

/// <summary>The hunts there are: those shipped, and the workspace's own, which win.</summary>
/// <param name="Hunts">In order of type and id.</param>
/// <param name="Errors">What is wrong in files that could not be read; their hunts are not in <paramref name="Hunts"/>.</param>
public sealed record HuntLibrary(
    IReadOnlyList<HuntDocument> Hunts,
    IReadOnlyList<DocumentError> Errors
)
{
    /// <summary>Reads <c>baseline/</c>, <c>hypothesis/</c> and <c>model/</c> below both folders; a folder that is not there is empty.</summary>
    public static HuntLibrary Load(string shippedFolder, string? workspaceFolder)
    {
        var errors = new List<DocumentError>();
        var hunts = new SortedDictionary<string, HuntDocument>(StringComparer.Ordinal);
        foreach (var hunt in ReadFolder(shippedFolder, false, errors))
        {
            hunts[hunt.Id] = hunt;
        }

        // A workspace file that is broken must not let the shipped one run in its place unnoticed.
        var before = errors.Count;
        foreach (
            var hunt in workspaceFolder is null ? [] : ReadFolder(workspaceFolder, true, errors)
        )
        {
            hunts[hunt.Id] = hunt;
        }

        foreach (var error in errors.Skip(before))
        {
            hunts.Remove(IdOf(error));
        }

        var ordered = hunts
            .Values.OrderBy(hunt => hunt.Type)
            .ThenBy(h => h.Id, StringComparer.Ordinal);
        return new HuntLibrary([.. ordered], errors);
    }

    /// <exception cref="HarrierFault">There is no such hunt, or its file is broken: with every error in it.</exception>
    public HuntDocument Get(string id)
    {
        if (Hunts.FirstOrDefault(hunt => hunt.Id == id) is { } found)
        {
            return found;
        }

        var broken = Errors.Where(error => IdOf(error) == id).ToList();
        if (broken.Count > 0)
        {
            throw new HarrierFault(
                FaultKind.Usage,
                $"The hunt '{id}' can't be read: {string.Join(" ", broken.Select((error, index) => index == 0 ? error.Said : error.ToString()))}",
                broken[0].Where,
                "Mend the places named."
            );
        }

        var nearest = Nearest.To(id, Hunts.Select(hunt => hunt.Id));
        throw new HarrierFault(
            FaultKind.Usage,
            $"There is no hunt '{id}'.",
            remedy: nearest is null
                ? "'harrier hunt list' shows the hunts there are."
                : $"Did you mean '{nearest}'?"
        );
    }

    static IEnumerable<HuntDocument> ReadFolder(
        string folder,
        bool fromWorkspace,
        List<DocumentError> errors
    )
    {
        if (!Directory.Exists(folder))
        {
            yield break;
        }

        // A hunt that would never run must not be passed over in silence.
        foreach (
            var file in Directory.EnumerateFiles(folder, "*.yaml").Order(StringComparer.Ordinal)
        )
        {
            errors.Add(
                new DocumentError(
                    $"{file}:1:1",
                    "The hunt stands in no folder of its type: move it to baseline/, hypothesis/ or model/.",
                    null
                )
            );
        }

        foreach (var type in Enum.GetValues<HuntType>())
        {
            var path = Path.Combine(folder, type.ToString().ToLowerInvariant());
            if (!Directory.Exists(path))
            {
                continue;
            }

            foreach (
                var file in Directory.EnumerateFiles(path, "*.yaml").Order(StringComparer.Ordinal)
            )
            {
                var hunt = HuntReader.Read(File.ReadAllBytes(file), file, fromWorkspace, errors);
                if (hunt is null)
                {
                    continue;
                }

                if (hunt.Type == type)
                {
                    yield return hunt;
                }
                else
                {
                    errors.Add(
                        new DocumentError(
                            $"{file}:1:1",
                            $"A hunt of type {hunt.Type.ToString().ToLowerInvariant()} stands in the folder of another type.",
                            null
                        )
                    );
                }
            }
        }
    }

    static string IdOf(DocumentError error) =>
        Path.GetFileNameWithoutExtension(
            error.Where[..error.Where.LastIndexOf(".yaml", StringComparison.Ordinal)]
        );
}
