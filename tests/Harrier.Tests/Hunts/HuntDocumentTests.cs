using System.Text;
using Harrier.Hunts;
using Harrier.Hunts.Documents;
using Harrier.Schema;
using Xunit;

namespace Harrier.Tests.Hunts;

public sealed class HuntDocumentTests
{
    const string Good = """
        id: small
        type: hypothesis
        title: A small hunt
        question: Did it happen?
        why: To see.
        attack: [T1059]
        able: { behavior: b, location: l, evidence: [e] }
        hypothesis: { statement: s, 'null': n, confirm: c, disconfirm: d }
        needs:
          process: [image]
        steps:
          - id: one
            question: What?
            sql: SELECT 1
            entities: [host]
        verdict: { confirm: one >= 1 }
        """;

    [Fact]
    public void A_good_document_is_read()
    {
        var hunt = Read(Good, out var errors);
        Assert.Empty(errors);
        Assert.Equal(HuntType.Hypothesis, hunt!.Type);
        Assert.Equal("n", hunt.Hypothesis!.Null);
        Assert.Equal("process", hunt.Needs[0].Class.Name);
        Assert.Equal(64, hunt.Sha256.Length);
    }

    [Theory]
    [InlineData("id: small", "id: other", "small.yaml:1:5", "is not the file's name")]
    [InlineData(
        "type: hypothesis",
        "type: hypothesys",
        "small.yaml:2:7",
        "Did you mean 'hypothesis'"
    )]
    [InlineData(
        "question: Did it",
        "quesiton: Did it",
        "small.yaml:4:1",
        "Did you mean 'question'"
    )]
    [InlineData("process: [image]", "proces: [image]", "small.yaml:10:3", "Did you mean 'process'")]
    [InlineData(
        "process: [image]",
        "process: [imagee]",
        "small.yaml:10:12",
        "Did you mean 'image'"
    )]
    [InlineData(
        "sql: SELECT 1",
        "technique: stack-cuont",
        "small.yaml:14:16",
        "Did you mean 'stack-count'"
    )]
    [InlineData("confirm: one >= 1", "confirm: two >= 1", "small.yaml:16:21", "no step 'two'")]
    [InlineData("attack: [T1059]", "attack: { a: 1 }", "small.yaml:6:9", "list of texts")]
    [InlineData("    sql: SELECT 1\n", "", "small.yaml:12:5", "exactly one of")]
    [InlineData("- id: one", "- id: One Two", "small.yaml:12:9", "other characters")]
    [InlineData("title: A small hunt", "title: &a small", "small.yaml:3:8", "Anchors")]
    [InlineData("title: A small hunt", "title: !!x small", "small.yaml:3:8", "tags")]
    [InlineData("title: A small hunt", "title: a\ntitle: b", "small.yaml:4:1", "stands once")]
    [InlineData("title: A small hunt", "title: [", "small.yaml:", "not YAML")]
    [InlineData(
        "attack: [T1059]",
        "attack: [[[[[[[[[[[[[[[[[[[[x]]]]]]]]]]]]]]]]]]]]",
        "small.yaml:6:",
        "levels deep"
    )]
    public void An_error_has_a_place_and_a_remedy(
        string part,
        string instead,
        string where,
        string message
    )
    {
        Assert.Contains(part, Good);
        Read(Good.Replace(part, instead), out var errors);
        Assert.Contains(errors, e => e.Where.Contains(where) && e.ToString().Contains(message));
    }

    [Fact]
    public void All_errors_are_told_at_once()
    {
        Read(Good.Replace("why: To see.", "").Replace("attack:", "atack:"), out var errors);
        Assert.Equal(2, errors.Count);
    }

    [Fact]
    public void A_workspace_file_of_the_same_id_wins_and_a_broken_one_runs_nothing()
    {
        var folder = Directory.CreateTempSubdirectory("harrier-library-").FullName;
        try
        {
            foreach (var side in (string[])["shipped", "own"])
            {
                Directory.CreateDirectory(Path.Combine(folder, side, "hypothesis"));
                File.WriteAllText(Path.Combine(folder, side, "hypothesis", "small.yaml"), Good);
            }

            var both = HuntLibrary.Load(
                Path.Combine(folder, "shipped"),
                Path.Combine(folder, "own")
            );
            Assert.True(both.Get("small").FromWorkspace);
            File.WriteAllText(Path.Combine(folder, "own", "hypothesis", "small.yaml"), "a: [");
            var broken = HuntLibrary.Load(
                Path.Combine(folder, "shipped"),
                Path.Combine(folder, "own")
            );
            var fault = Assert.Throws<HarrierFault>(() => broken.Get("small"));
            Assert.Contains("not YAML", fault.Message);
            var unknown = Assert.Throws<HarrierFault>(() => broken.Get("smal"));
            Assert.Equal(FaultKind.Usage, unknown.Kind);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    static HuntDocument? Read(string text, out List<DocumentError> errors)
    {
        errors = [];
        return HuntReader.Read(Encoding.UTF8.GetBytes(text), "small.yaml", false, errors);
    }
}
