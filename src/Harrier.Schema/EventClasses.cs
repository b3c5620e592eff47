namespace Harrier.Schema;

public static partial class EventClasses
{
    public static EventClass? Find(string name) => All.FirstOrDefault(c => c.Name == name);
}
