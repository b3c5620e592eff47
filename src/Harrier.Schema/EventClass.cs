namespace Harrier.Schema;

/// <summary>A kind of event: one table of the lake. The list is <see cref="EventClasses.All"/>.</summary>
public sealed class EventClass
{
    readonly Dictionary<string, Column> _byName;
    readonly Dictionary<string, Column> _bySigma;

    public EventClass(string name, string title, string ocsf, IReadOnlyList<Column> columns)
    {
        Name = name;
        Title = title;
        Ocsf = ocsf;
        Columns = columns;
        _byName = columns.ToDictionary(column => column.Name, StringComparer.Ordinal);
        _bySigma = new Dictionary<string, Column>(StringComparer.OrdinalIgnoreCase);
        // A class's own columns win over the common ones: SubjectUserName is more than 'user' in a logon.
        foreach (var column in columns.Skip(EventClasses.CommonColumnCount).Concat(columns))
        {
            foreach (var sigma in column.Sigma)
            {
                _bySigma.TryAdd(sigma, column);
            }
        }
    }

    public string Name { get; }
    public string Title { get; }
    public string Ocsf { get; }
    public IReadOnlyList<Column> Columns { get; }

    public Column? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>The column a Sigma rule means by a field name (case-insensitive), or null: look in <c>extra</c> then.</summary>
    public Column? FindSigma(string field) => _bySigma.GetValueOrDefault(field);

    public override string ToString() => Name;
}
