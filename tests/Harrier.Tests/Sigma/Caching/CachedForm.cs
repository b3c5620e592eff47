using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Text;
using Harrier.Sigma.Caching;
using Harrier.Sigma.Language;

namespace Harrier.Tests.Sigma.Caching;

/// <summary>Documents as they come back from the cache, and all that objects hold as text, field by field, so that none is forgotten.</summary>
static class CachedForm
{
    public static SigmaDocuments Of(SigmaDocuments documents)
    {
        var writer = new CacheWriter();
        DocumentsForm.Write(writer, documents);
        var reader = new CacheReader(writer.ToArray(), 0);
        var read = DocumentsForm.Read(reader);
        Assert.True(reader.IsAtEnd);
        return read;
    }

    public static string Told(object? value)
    {
        var text = new StringBuilder();
        Tell(value, text);
        return text.ToString();
    }

    static void Tell(object? value, StringBuilder text)
    {
        switch (value)
        {
            case null:
                text.Append("null ");
                break;
            case string or Enum or decimal or DateTime or TimeSpan or Rune:
            case { } number when number.GetType().IsPrimitive:
                text.Append(CultureInfo.InvariantCulture, $"'{value}' ");
                break;
            case IEnumerable items:
                text.Append('[');
                foreach (var item in items)
                {
                    Tell(item, text);
                }

                text.Append("] ");
                break;
            default:
                var type = value.GetType();
                text.Append(type.Name).Append('(');
                foreach (var field in FieldsOf(type))
                {
                    text.Append(field.Name).Append(": ");
                    Tell(field.GetValue(value), text);
                }

                text.Append(") ");
                break;
        }
    }

    /// <summary>Not what is made when it is first needed: that is made of the others.</summary>
    static IEnumerable<FieldInfo> FieldsOf(Type type) =>
        type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
            .Where(field =>
                !field.FieldType.IsGenericType
                || field.FieldType.GetGenericTypeDefinition() != typeof(Lazy<>)
            );
}
