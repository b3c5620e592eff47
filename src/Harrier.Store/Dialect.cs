namespace Harrier.Store;

/// <summary>How an engine says what plain SQL does not share.</summary>
public abstract class Dialect { }
