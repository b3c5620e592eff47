using Harrier.Knowledge;
using Harrier.Schema;

namespace Harrier.Intel;

/// <summary>Turns what the knowledge database says into Harrier's own faults.</summary>
static class IntelFaults
{
    public static T Translate<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (KnowledgeException e)
        {
            throw new HarrierFault(
                e.Fault == KnowledgeFault.Newer ? FaultKind.Usage : FaultKind.Environment,
                e.Message,
                e.File,
                e.Remedy,
                e
            );
        }
    }
}
