using System.Security.Cryptography;
using Harrier.Schema;
using Harrier.Store;
using Harrier.Store.Lake;
using Xunit;
using YamlDotNet.RepresentationModel;

namespace Harrier.Tests.Store;

public sealed class QueryCageTests : IClassFixture<QueryCageTests.Caged>
{
    readonly Caged _caged;

    public QueryCageTests(Caged caged) => _caged = caged;

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>One workspace for all cases: an attack that changed something fails the cases after it too.</summary>
    public sealed class Caged : IDisposable
    {
        public Caged()
        {
            Lake.Import(
                TestLake.Processes(
                    (TestLake.Day0 + 1, "a", @"C:\a.exe", "a", 1),
                    (TestLake.Day0 + 2, "b", @"C:\b.exe", "b", 2),
                    (TestLake.Day0 + 3, "c", @"C:\c.exe", "c", 3),
                    (TestLake.Day0 + 4, "c", @"C:\c.exe", "c", 4)
                )
            );
            Store = Lake.Read();
            Before = Hashes();
        }

        internal TestLake Lake { get; } = new();

        internal LakeStore Store { get; }

        internal string Before { get; }

        internal string File => Path.Combine(Store.Folder, Store.Files[0].Path);

        internal string Hashes() =>
            string.Join(
                '\n',
                Directory
                    .EnumerateFiles(Lake.Folder, "*", SearchOption.AllDirectories)
                    .Where(path => !path.Contains("manifest.db", StringComparison.Ordinal))
                    .Order(StringComparer.Ordinal)
                    .Select(path =>
                        $"{path} {Convert.ToHexString(SHA256.HashData(System.IO.File.ReadAllBytes(path)))}"
                    )
            );

        internal CagedQuery Run(string sql, CageOptions? options = null) =>
            new QueryCage(Store, TimeWindow.All).Run(sql, options ?? new CageOptions(), Cancel);

        internal int Count(string sql)
        {
            using var query = Run(sql);
            var rows = 0;
            while (query.Read())
            {
                for (var column = 0; column < query.Columns.Count; column++)
                {
                    _ = query.Row.Text(column);
                }

                rows++;
            }

            return rows;
        }

        public void Dispose()
        {
            Store.Dispose();
            Lake.Dispose();
        }
    }

    static YamlMappingNode Cases()
    {
        using var text = File.OpenText(
            RepositoryRoot.Combine("tests", "Harrier.Tests", "Store", "QueryCage.cases.yaml")
        );
        var yaml = new YamlStream();
        yaml.Load(text);
        return (YamlMappingNode)yaml.Documents[0].RootNode;
    }

    public static TheoryData<string> Attacks() =>
        [.. ((YamlSequenceNode)Cases()["attacks"]).Select(node => ((YamlScalarNode)node).Value!)];

    public static TheoryData<string, int> Honest()
    {
        var data = new TheoryData<string, int>();
        foreach (var node in (YamlSequenceNode)Cases()["honest"])
        {
            data.Add(
                ((YamlScalarNode)node["sql"]).Value!,
                int.Parse(((YamlScalarNode)node["rows"]).Value!)
            );
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Attacks))]
    public void Refuses(string sql)
    {
        sql = sql.Replace("{lake}", _caged.Store.Folder, StringComparison.Ordinal)
            .Replace("{file}", _caged.File, StringComparison.Ordinal);
        var fault = Assert.Throws<HarrierFault>(() => _caged.Count(sql));
        Assert.Equal(FaultKind.Usage, fault.Kind);
        Assert.Equal(_caged.Before, _caged.Hashes());
    }

    [Theory]
    [MemberData(nameof(Honest))]
    public void Answers(string sql, int rows) => Assert.Equal(rows, _caged.Count(sql));

    /// <summary>The settings alone keep files and network shut: what the other fences might miss.</summary>
    [Theory]
    [InlineData("SELECT * FROM read_text('/etc/passwd')")]
    [InlineData("COPY (SELECT 1) TO '/tmp/harrier-attack.csv'")]
    [InlineData("ATTACH '/tmp/harrier-attack.db'")]
    [InlineData("SET enable_external_access = true")]
    [InlineData("SET memory_limit = '100GB'")]
    [InlineData("INSTALL httpfs")]
    public void Techniques_sql_is_fenced_by_the_settings_too(string sql) =>
        Assert.Throws<HarrierFault>(() =>
        {
            using var rows = _caged.Store.Query(sql, TimeWindow.All, [], Cancel);
            rows.Read();
        });

    [Theory]
    [InlineData(
        "SELECT imge FROM process",
        "no column 'imge' in class process. Did you mean 'image'?"
    )]
    [InlineData(
        "SELECT p.imge FROM process p",
        "no column 'imge' in class process. Did you mean 'image'?"
    )]
    [InlineData(
        "SELECT host FROM process WHERE usr = 'x'",
        "no column 'usr' in class process. Did you mean 'user'?"
    )]
    [InlineData(
        "SELECT qery FROM dns JOIN http USING (host)",
        "no column 'qery' in class dns or http. Did you mean 'query'?"
    )]
    [InlineData("SELECT * FROM proces", "no class 'proces'. Did you mean 'process'?")]
    [InlineData("SELECT zzzzzzzz FROM process", "no column 'zzzzzzzz' in class process.")]
    [InlineData(
        "SELECT * FRM process",
        "the query is not right: syntax error at or near \"process\""
    )]
    [InlineData("SELECT repeat('a', 3)", "the function 'repeat' can't be used in a query")]
    [InlineData("DROP VIEW process", "only SELECT can be asked")]
    public void Says_what_is_wrong(string sql, string message) =>
        Assert.StartsWith(
            message,
            Assert.Throws<HarrierFault>(() => _caged.Count(sql)).Message,
            StringComparison.Ordinal
        );

    [Fact]
    public void Says_where_it_is_wrong()
    {
        var fault = Assert.Throws<HarrierFault>(() => _caged.Count("SELECT 1\nFROM read_csv('ü')"));
        Assert.Equal("SQL:2:6", fault.Where);
        fault = Assert.Throws<HarrierFault>(() => _caged.Count("SELECT imge FROM process"));
        Assert.Equal("'harrier data process' lists the columns.", fault.Remedy);
    }

    [Fact]
    public void Stops_at_the_row_limit_and_says_so()
    {
        using var query = _caged.Run("FROM range(1000000)", new CageOptions(RowLimit: 3));
        Assert.True(query.Read() && query.Read() && query.Read());
        Assert.False(query.Truncated);
        Assert.False(query.Read());
        Assert.True(query.Truncated);
        using var exact = _caged.Run("FROM range(3)", new CageOptions(RowLimit: 3));
        while (exact.Read()) { }

        Assert.False(exact.Truncated);
    }

    [Fact]
    public void Gives_the_columns_of_a_class_in_the_schemas_order()
    {
        using var query = _caged.Run("SELECT * FROM process");
        Assert.Equal(
            EventClasses.Process.Columns.Select(column => column.Name),
            query.Columns.Select(column => column.Name)
        );
        Assert.Equal("TIMESTAMP", query.Columns[0].Type.ToUpperInvariant());
    }

    [Fact]
    public void Stops_at_the_time_limit()
    {
        var fault = Assert.Throws<HarrierFault>(() =>
        {
            using var query = _caged.Run(
                "SELECT count(*) FROM range(100000000) a, range(100000000) b WHERE a.range % 7 = b.range % 3",
                new CageOptions(Timeout: TimeSpan.FromMilliseconds(200))
            );
            query.Read();
        });
        Assert.Equal("the query was stopped after 0.2 seconds", fault.Message);
    }

    [Fact]
    public void Stops_when_the_caller_cancels()
    {
        using var cancel = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
        Assert.ThrowsAny<OperationCanceledException>(() =>
        {
            using var query = new QueryCage(_caged.Store, TimeWindow.All).Run(
                "SELECT count(*) FROM range(1000000000000)",
                new CageOptions(),
                cancel.Token
            );
            query.Read();
        });
    }

    [Fact]
    public void Memory_that_runs_out_is_a_fault_of_the_environment()
    {
        var fault = Assert.Throws<HarrierFault>(() =>
        {
            using var query = _caged.Run(
                "SELECT list(range) l FROM range(1000000000)",
                new CageOptions(MemoryBytes: 50 << 20)
            );
            query.Read();
        });
        Assert.Equal(FaultKind.Environment, fault.Kind);
    }

    [Theory]
    [InlineData("doubled")]
    [InlineData("unions")]
    [InlineData("parentheses")]
    [InlineData("additions")]
    [InlineData("long")]
    [InlineData("subqueries")]
    [InlineData("lists")]
    public void Refuses_before_binding_what_would_take_for_ever(string kind)
    {
        var sql = kind switch
        {
            "doubled" => "WITH c0 AS (SELECT 1)"
                + string.Concat(
                    Enumerable.Range(1, 25).Select(i => $", c{i} AS (FROM c{i - 1} a, c{i - 1} b)")
                )
                + " FROM c25",
            "unions" => string.Join(" UNION ALL ", Enumerable.Repeat("SELECT 1", 5000)),
            "parentheses" => "SELECT " + new string('(', 40_000) + "1" + new string(')', 40_000),
            "additions" => "SELECT 1" + string.Concat(Enumerable.Repeat("+x", 20_000)),
            "long" => "SELECT '" + new string('a', 200_000) + "'",
            "subqueries" => "SELECT * FROM "
                + string.Concat(Enumerable.Repeat("(SELECT * FROM ", 900))
                + "process"
                + new string(')', 900),
            _ => "SELECT " + new string('[', 900) + "1" + new string(']', 900),
        };
        var clock = System.Diagnostics.Stopwatch.StartNew();
        Assert.Throws<HarrierFault>(() => _caged.Count(sql));
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(10), clock.Elapsed.ToString());
    }
}
