using Harrier.Hunts.Documents;
using Harrier.Schema;
using Harrier.Store;

namespace Harrier.Hunts.Techniques;

/// <summary>Steps that are Sigma rules.</summary>
sealed class SigmaTest(IEventStore store, IReadOnlyList<string> folders, HuntDocument hunt)
{
    public TechniqueResult Run(HuntStep step, TimeWindow window, CancellationToken cancel)
    {
        _ = (store, folders, hunt, step, window, cancel);
        return new TechniqueResult([], 0, "no Sigma rules can be read yet", []);
    }
}
