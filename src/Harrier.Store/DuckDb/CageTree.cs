using System.Globalization;
using System.Text.Json;
using DuckDB.NET.Data;
using Harrier.Schema;
using Harrier.Store.Identity;

namespace Harrier.Store.DuckDb;

/// <summary>
/// The third fence of the cage: the parsed query, before anything is bound or looked up, must be made of classes, its own
/// common table expressions, and allowed functions; and must be small enough that binding it, which can't be cancelled, ends.
/// </summary>
/// <remarks>The engine's own parser gives the tree as JSON, on a connection that has no data.</remarks>
sealed class CageTree
{
    public const int LongestSql = 100_000;
    const int DeepestTree = 700;
    const int MostNodes = 50_000;

    // Tables read after common table expressions are put in for their names: 25 doublings are 33 million.
    const long MostTables = 1_000;
    const int MostSetOperations = 200;
    const int DeepestLambda = 4;
    const long LargestSize = 1_000_000;

    static readonly HashSet<string> QueryNodes = new(StringComparer.Ordinal)
    {
        "SELECT_NODE",
        "SET_OPERATION_NODE",
        "RECURSIVE_CTE_NODE",
        "CTE_NODE",
    };

    static readonly HashSet<string> TableNodes = new(StringComparer.Ordinal)
    {
        "EMPTY",
        "BASE_TABLE",
        "JOIN",
        "SUBQUERY",
        "TABLE_FUNCTION",
        "EXPRESSION_LIST",
    };

    static readonly HashSet<string> ExpressionClasses = new(StringComparer.Ordinal)
    {
        "BETWEEN",
        "CASE",
        "CAST",
        "COLLATE",
        "COLUMN_REF",
        "COMPARISON",
        "CONJUNCTION",
        "CONSTANT",
        "FUNCTION",
        "LAMBDA",
        "OPERATOR",
        "POSITIONAL_REFERENCE",
        "STAR",
        "SUBQUERY",
        "WINDOW",
    };

    readonly string _sql;
    readonly HashSet<string> _classes = new(StringComparer.Ordinal);
    int _nodes;
    int _setOperations;

    CageTree(string sql) => _sql = sql;

    /// <summary>Names of the classes the query asks, sorted.</summary>
    public IReadOnlyList<string> Classes => [.. _classes.Order(StringComparer.Ordinal)];

    /// <exception cref="HarrierFault">The query is wrong, is no single SELECT, or asks for what it may not have.</exception>
    public static CageTree Check(string sql, DuckDBConnection admin)
    {
        var tree = new CageTree(sql);
        if (sql.Length > LongestSql)
        {
            throw tree.Refuse($"the query is longer than {LongestSql} characters");
        }

        if (sql.Contains('\0', StringComparison.Ordinal))
        {
            throw tree.Refuse("the query holds a zero character");
        }

        try
        {
            using var json = JsonDocument.Parse(
                Serialize(sql, admin),
                new JsonDocumentOptions { MaxDepth = DeepestTree }
            );
            tree.CheckDocument(json.RootElement);
        }
        catch (JsonException)
        {
            throw tree.Refuse("the query is nested too deeply");
        }

        return tree;
    }

    static string Serialize(string sql, DuckDBConnection admin)
    {
        using var command = admin.CreateCommand();
        command.CommandText =
            "SELECT json_serialize_sql(CAST($1 AS VARCHAR), skip_null := true, skip_empty := true, skip_default := true)";
        command.Parameters.Add(new DuckDBParameter(sql));
        try
        {
            return (string)command.ExecuteScalar()!;
        }
        catch (DuckDBException error)
        {
            throw DuckDbFaults.Translate(error) ?? error;
        }
    }

    void CheckDocument(JsonElement root)
    {
        if (root.GetProperty("error").GetBoolean())
        {
            var message = root.GetProperty("error_message").GetString()!;
            var position = root.TryGetProperty("position", out var at)
                ? int.Parse(at.GetString()!, CultureInfo.InvariantCulture)
                : (int?)null;
            throw message.StartsWith("Only SELECT", StringComparison.Ordinal)
                ? Refuse("only SELECT can be asked")
                : Refuse($"the query is not right: {message}", position);
        }

        var statements = root.TryGetProperty("statements", out var list)
            ? list.GetArrayLength()
            : 0;
        if (statements != 1)
        {
            throw Refuse($"one SELECT can be asked at a time, this is {statements}");
        }

        var statement = list[0];
        if (statement.TryGetProperty("named_param_map", out _))
        {
            throw Refuse("the query has parameters, and there is nobody to fill them");
        }

        Query(statement.GetProperty("node"), Scope.Empty);
    }

    /// <summary>Names of the common table expressions in sight, and how many tables each one reads.</summary>
    sealed record Scope(Scope? Outer, string Name, long Tables)
    {
        public static Scope Empty { get; } = new(null, "", 0);

        public Scope? Find(string name)
        {
            for (var scope = this; scope is not null; scope = scope.Outer)
            {
                if (
                    scope.Outer is not null
                    && string.Equals(scope.Name, name, StringComparison.OrdinalIgnoreCase)
                )
                {
                    return scope;
                }
            }

            return null;
        }
    }

    /// <returns>Tables the query reads.</returns>
    long Query(JsonElement node, Scope scope)
    {
        var type = TypeOf(node);
        if (!QueryNodes.Contains(type))
        {
            throw Refuse($"a query of kind {type} can't be asked");
        }

        if (type != "SELECT_NODE" && ++_setOperations > MostSetOperations)
        {
            throw Refuse($"the query joins more than {MostSetOperations} queries by UNION");
        }

        var tables = 0L;
        if (node.TryGetProperty("cte_map", out var ctes) && ctes.TryGetProperty("map", out var map))
        {
            foreach (var cte in map.EnumerateArray())
            {
                var name = cte.GetProperty("key").GetString()!;
                var query = cte.GetProperty("value").GetProperty("query").GetProperty("node");
                var inner =
                    TypeOf(query) == "RECURSIVE_CTE_NODE" ? new Scope(scope, name, 1) : scope;
                scope = new Scope(scope, name, Query(query, inner));
            }
        }

        foreach (var property in node.EnumerateObject())
        {
            tables = Add(
                tables,
                property.Name switch
                {
                    "cte_map" => 0,
                    "left" or "right" => Query(property.Value, scope),
                    "children" => property
                        .Value.EnumerateArray()
                        .Aggregate(0L, (sum, child) => Add(sum, Query(child, scope))),
                    "from_table" => Table(property.Value, scope),
                    _ => Any(property.Value, scope, 0),
                }
            );
        }

        return tables;
    }

    long Table(JsonElement table, Scope scope)
    {
        Count();
        var type = TypeOf(table);
        if (!TableNodes.Contains(type))
        {
            throw Refuse(
                type == "SHOW_REF"
                    ? "SHOW, DESCRIBE and SUMMARIZE can't be asked"
                    : $"a table of kind {type} can't be asked",
                LocationOf(table)
            );
        }

        if (type == "BASE_TABLE")
        {
            return BaseTable(table, scope);
        }

        var tables = 0L;
        foreach (var property in table.EnumerateObject())
        {
            tables = Add(
                tables,
                (type, property.Name) switch
                {
                    ("JOIN", "left" or "right") => Table(property.Value, scope),
                    ("SUBQUERY", "subquery") => Query(property.Value.GetProperty("node"), scope),
                    ("TABLE_FUNCTION", "function") => TableFunction(property.Value, scope),
                    _ => Any(property.Value, scope, 0),
                }
            );
        }

        return tables;
    }

    long BaseTable(JsonElement table, Scope scope)
    {
        var name = table.GetProperty("table_name").GetString()!;
        // With a schema or catalog before it, a common table expression's name would let the catalog's own tables through.
        if (
            table.TryGetProperty("schema_name", out _)
            || table.TryGetProperty("catalog_name", out _)
        )
        {
            throw Refuse(
                $"'{name}' has a schema before its name: classes have none",
                LocationOf(table)
            );
        }

        if (table.TryGetProperty("at_clause", out _))
        {
            throw Refuse("AT can't be asked", LocationOf(table));
        }

        if (scope.Find(name) is { } cte)
        {
            return Math.Max(1, cte.Tables);
        }

        if (string.Equals(name, EntityLinks.View, StringComparison.OrdinalIgnoreCase))
        {
            _classes.UnionWith(EntityLinks.Classes);
            return EntityLinks.Classes.Count;
        }

        var eventClass = EventClasses.All.FirstOrDefault(c =>
            string.Equals(c.Name, name, StringComparison.OrdinalIgnoreCase)
        );
        if (eventClass is null)
        {
            throw DuckDbFaults.UnknownClass(name, Place(LocationOf(table)));
        }

        _classes.Add(eventClass.Name);
        return 1;
    }

    long TableFunction(JsonElement function, Scope scope)
    {
        var name = function.TryGetProperty("function_name", out var text) ? text.GetString() : null;
        if (
            TypeOf(function) != "FUNCTION"
            || name?.ToLowerInvariant() is not ("range" or "generate_series" or "unnest")
            || function.TryGetProperty("schema", out _)
            || function.TryGetProperty("catalog", out _)
        )
        {
            throw Refuse(
                $"'{name}' can't be used as a table: only classes, range, generate_series and unnest",
                LocationOf(function)
            );
        }

        var tables = 1L;
        foreach (var property in function.EnumerateObject())
        {
            tables = Add(tables, Any(property.Value, scope, 0));
        }

        return tables;
    }

    /// <summary>Anything below a query: expressions, orders, limits, lists of them.</summary>
    long Any(JsonElement element, Scope scope, int lambdas)
    {
        var tables = 0L;
        switch (element.ValueKind)
        {
            case JsonValueKind.Array:
                foreach (var item in element.EnumerateArray())
                {
                    tables = Add(tables, Any(item, scope, lambdas));
                }

                return tables;
            case JsonValueKind.Object:
                Count();
                if (element.TryGetProperty("class", out var expressionClass))
                {
                    return Expression(element, expressionClass.GetString()!, scope, lambdas);
                }

                if (
                    element.TryGetProperty("type", out var type)
                    && type.ValueKind == JsonValueKind.String
                    && (
                        QueryNodes.Contains(type.GetString()!)
                        || type.GetString()
                            is "BASE_TABLE"
                                or "TABLE_FUNCTION"
                                or "SHOW_REF"
                                or "PIVOT"
                    )
                )
                {
                    throw Refuse("the query has a table where none can be");
                }

                foreach (var property in element.EnumerateObject())
                {
                    tables = Add(tables, Any(property.Value, scope, lambdas));
                }

                return tables;
            default:
                return 0;
        }
    }

    long Expression(JsonElement expression, string expressionClass, Scope scope, int lambdas)
    {
        if (!ExpressionClasses.Contains(expressionClass))
        {
            throw Refuse(
                $"an expression of kind {expressionClass} can't be asked",
                LocationOf(expression)
            );
        }

        switch (expressionClass)
        {
            case "CONSTANT":
                return 0;
            case "FUNCTION" or "WINDOW":
                Function(expression);
                break;
            case "CAST"
                when expression
                    .GetProperty("cast_type")
                    .GetRawText()
                    .Contains("VARIANT", StringComparison.OrdinalIgnoreCase):
                throw Refuse("VARIANT can't be asked: use JSON functions", LocationOf(expression));
            case "LAMBDA" when ++lambdas > DeepestLambda:
                throw Refuse(
                    $"lambdas are nested more than {DeepestLambda} deep",
                    LocationOf(expression)
                );
        }

        var tables = 0L;
        foreach (var property in expression.EnumerateObject())
        {
            tables = Add(
                tables,
                expressionClass == "SUBQUERY" && property.Name == "subquery"
                    ? Query(property.Value.GetProperty("node"), scope)
                    : Any(property.Value, scope, lambdas)
            );
        }

        return tables;
    }

    void Function(JsonElement function)
    {
        var name = (
            function.TryGetProperty("function_name", out var text) ? text.GetString()! : ""
        ).ToLowerInvariant();
        // A window's own functions (row_number ...) have their kind, not always a name.
        if (name.Length == 0 && TypeOf(function).StartsWith("WINDOW_", StringComparison.Ordinal))
        {
            return;
        }

        // The parser itself writes main before some names, and system.main nobody needs.
        var schema = function.TryGetProperty("schema", out var s) ? s.GetString() : "main";
        if (
            !CageFunctions.IsAllowed(name)
            || schema != "main"
            || function.TryGetProperty("catalog", out _)
        )
        {
            throw Refuse($"the function '{name}' can't be used in a query", LocationOf(function));
        }

        if (CageFunctions.IsSized(name) && !IsSmall(function, name))
        {
            throw Refuse(
                $"'{name}' needs plain numbers up to {LargestSize} here"
                    + (name is "range" or "generate_series" ? "; in FROM it takes any" : ""),
                LocationOf(function)
            );
        }

        if (CageFunctions.IsFormat(name) && !IsNarrow(function))
        {
            throw Refuse(
                $"'{name}' needs a plain format without large widths",
                LocationOf(function)
            );
        }
    }

    static bool IsSmall(JsonElement function, string name)
    {
        if (!function.TryGetProperty("children", out var arguments))
        {
            return true;
        }

        var sizes = name is "range" or "generate_series"
            ? arguments.EnumerateArray()
            : arguments.EnumerateArray().Skip(1).Take(1);
        foreach (var size in sizes)
        {
            if (
                !size.TryGetProperty("value", out var constant)
                || !constant.TryGetProperty("value", out var value)
                || value.ValueKind != JsonValueKind.Number
                || !value.TryGetInt64(out var number)
                || number is > LargestSize or < -LargestSize
            )
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>No '*' width, and no number of more than three digits.</summary>
    static bool IsNarrow(JsonElement function)
    {
        if (
            !function.TryGetProperty("children", out var arguments)
            || !arguments[0].TryGetProperty("value", out var constant)
            || !constant.TryGetProperty("value", out var value)
            || value.ValueKind != JsonValueKind.String
        )
        {
            return false;
        }

        var digits = 0;
        var nested = 0;
        foreach (var character in value.GetString()!)
        {
            digits = char.IsAsciiDigit(character) ? digits + 1 : 0;
            nested = character switch
            {
                '{' => nested + 1,
                '}' => Math.Max(0, nested - 1),
                _ => nested,
            };
            if (digits > 3 || nested > 1 || character == '*')
            {
                return false;
            }
        }

        return true;
    }

    long Add(long tables, long more)
    {
        tables += more;
        return tables <= MostTables
            ? tables
            : throw Refuse(
                $"the query reads more than {MostTables} tables when its WITH parts are put in for their names"
            );
    }

    void Count()
    {
        if (++_nodes > MostNodes)
        {
            throw Refuse($"the query has more than {MostNodes} parts");
        }
    }

    static string TypeOf(JsonElement node) =>
        node.TryGetProperty("type", out var type) && type.ValueKind == JsonValueKind.String
            ? type.GetString()!
            : "";

    static int? LocationOf(JsonElement node) =>
        node.TryGetProperty("query_location", out var location)
        && location.TryGetInt32(out var position)
            ? position
            : null;

    string? Place(int? position)
    {
        if (position is not { } bytes)
        {
            return null;
        }

        // The parser counts bytes; people count lines and characters.
        var utf8 = System.Text.Encoding.UTF8.GetBytes(_sql);
        var before = System.Text.Encoding.UTF8.GetString(
            utf8,
            0,
            Math.Clamp(bytes, 0, utf8.Length)
        );
        var line = before.Count(character => character == '\n') + 1;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"SQL:{line}:{before.Length - before.LastIndexOf('\n')}"
        );
    }

    HarrierFault Refuse(string message, int? position = null) =>
        new(
            FaultKind.Usage,
            message,
            Place(position),
            "Queries are one SELECT over the classes; 'harrier data' lists them."
        );
}
