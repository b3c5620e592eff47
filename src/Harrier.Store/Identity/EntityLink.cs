using Harrier.Schema;

namespace Harrier.Store.Identity;

/// <summary>Two names of one thing, and what says so: a row of the view <c>entity_link</c>.</summary>
/// <param name="Kind">host_address, account_sid or host_name.</param>
/// <param name="Entity">Short name of the host or account, lower case, as in columns host and account.</param>
/// <param name="Value">Its address, security identifier or full name.</param>
/// <param name="First">First event that shows it, microseconds since 1970 UTC. An address may belong to another host before.</param>
/// <param name="Last">Last event that shows it.</param>
/// <param name="Evidence">Sources and kinds of events, with commas between: <c>sysmon network, windows-security logon</c>.</param>
public sealed record EntityLink(
    string Kind,
    string Entity,
    string Value,
    long First,
    long Last,
    long Events,
    string Evidence
);

/// <summary>Asks for <see cref="EntityLink"/>s.</summary>
public static class EntityLinks
{
    /// <summary>Name of the view, for SQL of hunts and of <c>harrier query</c>.</summary>
    public const string View = "entity_link";

    /// <summary>Classes that the view looks into.</summary>
    internal static IReadOnlyList<string> Classes { get; } =
    ["account", "logon", "network", "other", "process"];

    internal static string ViewSql { get; } = Read();

    /// <summary>Links in order of kind, entity, first event.</summary>
    /// <param name="names">Entities or values, one of which a link must have; empty: all.</param>
    public static IReadOnlyList<EntityLink> Of(
        IEventStore store,
        TimeWindow window,
        IReadOnlyCollection<string> names,
        CancellationToken cancel
    )
    {
        var listed = string.Join(", ", names.Select(store.Dialect.Literal));
        var where = names.Count == 0 ? "" : $"WHERE entity IN ({listed}) OR value IN ({listed})";
        using var rows = store.Query(
            $"""
            SELECT kind, entity, value, {store.Dialect.Micros("first")}, {store.Dialect.Micros(
                "last"
            )}, events, evidence
            FROM {View} {where} ORDER BY kind, entity, first, value
            """,
            window,
            [],
            cancel
        );
        var links = new List<EntityLink>();
        while (rows.Read())
        {
            links.Add(
                new EntityLink(
                    rows.Text(0)!,
                    rows.Text(1)!,
                    rows.Text(2)!,
                    rows.Int(3),
                    rows.Int(4),
                    rows.Int(5),
                    rows.Text(6)!
                )
            );
        }

        return links;
    }

    static string Read()
    {
        using var sql = typeof(EntityLinks).Assembly.GetManifestResourceStream(
            "Harrier.Store.Identity.entity_link.sql"
        )!;
        using var reader = new StreamReader(sql);
        return reader.ReadToEnd();
    }
}
