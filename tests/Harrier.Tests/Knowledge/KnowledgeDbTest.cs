using Harrier.Knowledge;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Time.Testing;

namespace Harrier.Tests.Knowledge;

public sealed class KnowledgeDbTest : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("harrier-knowledge-").FullName;
    readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));

    static readonly Migration First = new(1, "things", "create table thing (name text) strict;");
    static readonly Migration Second = new(
        2,
        "sizes",
        "alter table thing add column size integer;"
    );

    string File => System.IO.Path.Combine(_folder, "deep", "knowledge.db");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Migrations_are_applied_once_and_only_the_new_ones()
    {
        using (var db = KnowledgeDb.Open(File, _time))
        {
            db.Migrate("room", [First]);
            db.Execute("insert into thing (name) values (?1)", "one");
        }

        using (var db = KnowledgeDb.Open(File, _time))
        {
            db.Migrate("room", [First, Second]);
            Assert.Equal(
                [("one", true)],
                db.Query("select name, size from thing", row => (row.Text(0), row.IsNull(1)))
            );
            Assert.Equal(
                [1, 2],
                db.Query(
                    "select number from migration where room = 'room' order by 1",
                    row => row.Int(0)
                )
            );
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_cannot_be_written_is_read(bool hasLog)
    {
        using var disk = new SmallDisk(4096);
        var file = System.IO.Path.Combine(disk.Folder, "a #?% b", "knowledge.db");
        using (var db = KnowledgeDb.Open(File, _time))
        {
            db.Migrate("room", [First]);
            db.Execute("insert into thing (name) values (?1)", "one");
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(file)!);
            if (hasLog)
            {
                // As a killed program leaves them: the row stands in the log only.
                System.IO.File.Copy(File, file);
                System.IO.File.Copy(File + "-wal", file + "-wal");
            }
        }

        if (!hasLog)
        {
            System.IO.File.Copy(File, file);
        }

        disk.MakeReadOnly();
        using var read = KnowledgeDb.Open(file, _time);
        read.Migrate("room", [First]);
        Assert.Equal(["one"], read.Query("select name from thing", row => row.Text(0)));
        var fault = Assert.Throws<KnowledgeException>(() =>
            read.Execute("insert into thing (name) values (?1)", "two")
        );
        Assert.Equal(KnowledgeFault.ReadOnly, fault.Fault);
    }

    [Fact]
    public void A_migration_that_fails_leaves_nothing_behind()
    {
        using var db = KnowledgeDb.Open(File, _time);
        Assert.Throws<SqliteException>(() =>
            db.Migrate("room", [new Migration(1, "bad", "create table a (x); create nonsense;")])
        );
        Assert.Empty(db.Query("select name from sqlite_schema where name = 'a'", r => r.Text(0)));
        db.Migrate("room", [First]);
    }

    [Fact]
    public void A_file_of_a_newer_program_is_refused_with_a_remedy()
    {
        using (var db = KnowledgeDb.Open(File, _time))
        {
            db.Migrate("room", [First, Second]);
        }

        using var older = KnowledgeDb.Open(File, _time);
        var fault = Assert.Throws<KnowledgeException>(() => older.Migrate("room", [First]));
        Assert.Equal(KnowledgeFault.Newer, fault.Fault);
        Assert.Contains("step 2", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_no_database_is_refused_in_a_sentence()
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(File)!);
        System.IO.File.WriteAllText(File, new string('x', 5000));
        var fault = Assert.Throws<KnowledgeException>(() => KnowledgeDb.Open(File, _time));
        Assert.Equal(KnowledgeFault.Damaged, fault.Fault);
    }

    [Fact]
    public void A_folder_in_the_place_of_the_file_is_refused_in_a_sentence()
    {
        Directory.CreateDirectory(File);
        var fault = Assert.Throws<KnowledgeException>(() => KnowledgeDb.Open(File, _time));
        Assert.Equal(KnowledgeFault.Unreachable, fault.Fault);
    }

    [Fact]
    public void A_transaction_that_throws_is_rolled_back_with_what_is_nested_in_it()
    {
        using var db = KnowledgeDb.Open(File, _time);
        db.Migrate("room", [First]);
        Assert.Throws<InvalidOperationException>(() =>
            db.Transaction(() =>
            {
                db.Execute("insert into thing (name) values (?1)", "outer");
                db.Transaction(() => db.Execute("insert into thing (name) values (?1)", "inner"));
                throw new InvalidOperationException();
            })
        );
        Assert.Equal([0L], db.Query("select count(*) from thing", row => row.Long(0)));
        Assert.Equal(1, db.Transaction(() => db.Execute("insert into thing (name) values ('a')")));
    }

    [Fact]
    public void The_audit_log_is_only_appended_to()
    {
        using var db = KnowledgeDb.Open(File, _time);
        db.Audit("ann", "labelled", "L-1", null, "benign");
        _time.Advance(TimeSpan.FromSeconds(1));
        db.Audit("bob", "labelled", "L-1", "benign", "malicious");
        Assert.Throws<SqliteException>(() => db.Execute("update audit set who = 'eve'"));
        Assert.Throws<SqliteException>(() => db.Execute("delete from audit"));
        Assert.Equal(
            [
                new AuditEntry(1772366401000000, "bob", "labelled", "L-1", "benign", "malicious"),
                new AuditEntry(1772366400000000, "ann", "labelled", "L-1", null, "benign"),
            ],
            db.AuditLog("L-1")
        );
    }

    [Fact]
    public void A_command_takes_values_of_other_types_the_next_time()
    {
        using var db = KnowledgeDb.Open(File, _time);
        Assert.Equal(["text"], db.Query("select typeof(?1)", r => r.Text(0), "x"));
        Assert.Equal(["integer"], db.Query("select typeof(?1)", r => r.Text(0), 5L));
        Assert.Equal(["null"], db.Query("select typeof(?1)", r => r.Text(0), [null]));
        Assert.Equal(["blob"], db.Query("select typeof(?1)", r => r.Text(0), new byte[] { 1 }));
        Assert.Equal(["real"], db.Query("select typeof(?1)", r => r.Text(0), 0.5));
    }

    [Fact]
    public void A_full_disk_is_told_in_a_sentence_and_leaves_nothing_half_written()
    {
        using var db = KnowledgeDb.Open(File, _time);
        db.Migrate("room", [First]);
        // SQLite gives the same error at this limit as on a full disk.
        db.Script("pragma max_page_count = 20");
        var fault = Assert.Throws<KnowledgeException>(() =>
            db.Transaction(() =>
            {
                for (var i = 0; i < 1_000; i++)
                {
                    db.Execute("insert into thing (name) values (?1)", new string('x', 500));
                }
            })
        );
        Assert.Equal(KnowledgeFault.DiskFull, fault.Fault);
        Assert.Equal([0L], db.Query("select count(*) from thing", row => row.Long(0)));
        db.Execute("insert into thing (name) values ('small')");
    }

    [Fact]
    public void A_database_that_can_not_be_written_says_so()
    {
        using var db = KnowledgeDb.Open(File, _time);
        db.Migrate("room", [First]);
        db.Script("pragma query_only = 1");
        var fault = Assert.Throws<KnowledgeException>(() =>
            db.Execute("insert into thing (name) values ('x')")
        );
        Assert.Equal(KnowledgeFault.ReadOnly, fault.Fault);
    }

    [Fact]
    public void Two_writers_wait_for_each_other()
    {
        using var first = KnowledgeDb.Open(File, _time);
        using var second = KnowledgeDb.Open(File, _time);
        first.Migrate("room", [First]);
        Parallel.ForEach(
            (KnowledgeDb[])[first, second, first, second],
            db =>
            {
                for (var i = 0; i < 50; i++)
                {
                    db.Transaction(() => db.Execute("insert into thing (name) values ('x')"));
                }
            }
        );
        Assert.Equal([200L], first.Query("select count(*) from thing", row => row.Long(0)));
    }
}
