namespace Harrier.Hunts;

/// <summary>PEAK's three types of hunt.</summary>
public enum HuntType
{
    Baseline,
    Hypothesis,

    /// <summary>Model-assisted threat hunting, M-ATH.</summary>
    Model,
}
