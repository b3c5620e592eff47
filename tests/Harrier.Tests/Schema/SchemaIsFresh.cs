namespace Harrier.Tests.Schema;

public class SchemaIsFresh
{
    [Fact]
    public void The_classes_in_code_are_those_of_the_schema_files() =>
        Golden.Matches(
            SchemaGenerator.CSharp(),
            "src",
            "Harrier.Schema",
            "Generated",
            "EventClasses.g.cs"
        );

    [Fact]
    public void The_page_in_the_docs_is_that_of_the_schema_files() =>
        Golden.Matches(SchemaGenerator.Markdown(), "docs", "schema.md");

    [Fact]
    public void Every_schema_file_is_in_the_list() => Assert.Empty(SchemaFiles.Unlisted);
}
