using Harrier.Telemetry.Formats.Zeek;

namespace Harrier.Tests.Telemetry;

public sealed class ZeekTests
{
    static readonly ZeekFormat Format = new();

    const string Head =
        "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tdns\n"
        + "#fields\tts\tuid\tid.orig_h\tAA\tanswers\tquery\trejected\n"
        + "#types\ttime\tstring\taddr\tbool\tvector[string]\tstring\tbool\n";

    [Fact]
    public void Text_logs_are_read_by_their_header()
    {
        var read = CollectedRecords.Of(
            Format,
            Head
                + "1.5\tC1\t10.0.0.1\tT\ta\\x2cb,c\tx\\x09y\\\\z\\xff\t-\n2.5\tC2\t10.0.0.1\tF\t(empty)\t-\tF\n#close\t2026"
        );
        var first = read.Records[0];
        Assert.Equal("dns", first["_path"]);
        Assert.Equal("true", first["AA"]);
        Assert.Equal("a,b;c", first["answers"]);
        Assert.Equal("x\\x09y\\\\z\\xff", first["query"]);
        Assert.DoesNotContain("rejected", first.Keys);
        Assert.Equal("", read.Records[1]["answers"]);
        Assert.Equal(2, read.Records.Count);
        Assert.Empty(read.Rejects);
    }

    [Fact]
    public void Rows_of_another_width_are_rejected_and_headers_may_change()
    {
        var read = CollectedRecords.Of(
            Format,
            "1\t2\n"
                + Head
                + "1.5\tC1\n#path\tconn\n#fields\tts\tuid\n#types\ttime\tstring\n3.5\tC3\n"
        );
        Assert.Equal([1L, 9L], read.Rejects.Select(reject => reject.Position));
        Assert.Equal("conn", Assert.Single(read.Records)["_path"]);
    }

    [Fact]
    public void Json_logs_get_the_names_and_lists_of_text_logs()
    {
        var read = CollectedRecords.Of(
            Format,
            """{"@stream":"dns","ts":1.5,"id_orig_h":"10.0.0.1","answers":["a","b"],"AA":true,"x":null,"deep":{"k":[1]}}"""
                + "\n{\"ts\":1,\n[]\n"
        );
        var first = Assert.Single(read.Records);
        Assert.Equal("dns", first["_path"]);
        Assert.Equal("10.0.0.1", first["id.orig_h"]);
        Assert.Equal("a;b", first["answers"]);
        Assert.Equal("""{"k":[1]}""", first["deep"]);
        Assert.DoesNotContain("x", first.Keys);
        Assert.Equal(2, read.Rejects.Count);
    }

    [Fact]
    public void Long_values_are_kept_whole()
    {
        var text = new string('x', 5000);
        var read = CollectedRecords.Of(Format, $$"""{"ts":1.5,"m":"{{text}}","n":["{{text}}"]}""");
        Assert.Equal(text, Assert.Single(read.Records)["m"]);
        Assert.Equal(text, read.Records[0]["n"]);
    }

    [Theory]
    [InlineData("conn.03:00:00-04:00:00.log", "conn")]
    [InlineData("a/b/NEWYORK_smb_files.log", "smb_files")]
    [InlineData("x.zip!UTICA-A_http.log", "http")]
    [InlineData("own_thing.log", "own_thing")]
    public void The_file_name_tells_the_type_where_nothing_else_does(string name, string path) =>
        Assert.Equal(path, ZeekFormat.PathOfName(name));
}
