using System.Globalization;
using Harrier.Schema;
using Harrier.Sigma.Caching;

namespace Harrier.Sigma.Modifiers;

/// <summary>Parts of a time as it is written: no zone is converted (specification 2.1, modifiers <c>minute</c> to <c>year</c>).</summary>
static class TimeParts
{
    /// <summary>The least and the most that a part can be.</summary>
    public static (int Least, int Most) Range(TimePart part) =>
        part switch
        {
            TimePart.Minute => (0, 59),
            TimePart.Hour => (0, 23),
            TimePart.Day => (1, 31),
            TimePart.Week => (1, 53),
            TimePart.Month => (1, 12),
            _ => (1, 9999),
        };

    /// <summary>The part of a time in ISO 8601, or of one since 1970, which is UTC; null where the text is neither.</summary>
    public static int? Of(TimePart part, string text) =>
        WrittenTime.Read(text)?.Local is not { } time
            ? null
            : part switch
            {
                TimePart.Minute => time.Minute,
                TimePart.Hour => time.Hour,
                TimePart.Day => time.Day,
                TimePart.Week => ISOWeek.GetWeekOfYear(time),
                TimePart.Month => time.Month,
                _ => time.Year,
            };
}

/// <summary>The part of the text's time compares so; what is no time fails.</summary>
/// <param name="order">Null asks for the same.</param>
sealed class TimePartTest(TimePart part, NumberOrder? order, int number) : ValueTest
{
    public override void Write(CacheWriter to)
    {
        to.Number((int)TestKind.TimePart);
        to.Number((int)part);
        to.Flag(order is not null);
        to.Number((int)(order ?? default));
        to.Number(number);
    }

    public static new TimePartTest Read(CacheReader from)
    {
        var (part, isOrdered) = (from.Choice<TimePart>(), from.Flag());
        var order = from.Choice<NumberOrder>();
        return new TimePartTest(part, isOrdered ? order : null, from.Below(int.MaxValue));
    }

    /// <remarks>A column of times only: what a text writes may have a zone, or be no time.</remarks>
    public override Predicate? Over(Field field) =>
        field is { Column: { Type: ColumnType.Time } column }
            ? new Predicate.PartOfTime(
                column,
                part,
                order is { } one ? one.Match() : NumberMatch.Equal,
                number
            )
            : null;

    public override bool Holds(string text) =>
        TimeParts.Of(part, text) is { } value
        && order switch
        {
            NumberOrder.Less => value < number,
            NumberOrder.LessOrEqual => value <= number,
            NumberOrder.Greater => value > number,
            NumberOrder.GreaterOrEqual => value >= number,
            _ => value == number,
        };
}
