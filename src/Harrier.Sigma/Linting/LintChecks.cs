using Harrier.Sigma.Linting.Checks;

namespace Harrier.Sigma.Linting;

/// <summary>All checks, one a file in <c>Checks/</c>.</summary>
static class LintChecks
{
    public static IReadOnlyList<LintCheck> All { get; } =
    [
        AllWithOneValue.Check,
        Base64Offset.Check,
        CategoryEventId.Check,
        CidrForm.Check,
        ConditionCase.Check,
        ConstantCondition.Check,
        ControlCharacter.Check,
        DateOrder.Check,
        DoubleWildcard.Check,
        DuplicateValue.Check,
        EscapedStar.Check,
        FalsePositives.Check,
        FieldCase.Check,
        FileNameForm.Check,
        HashForm.Check,
        Layout.Check,
        MissingAttribute.Check,
        NegativeOnly.Check,
        NullInList.Check,
        OfOne.Check,
        OneValueList.Check,
        QuestionMark.Check,
        QuotedEventId.Check,
        RedundantValue.Check,
        Reference.Check,
        RegexConstruct.Check,
        RegexDot.Check,
        RegexPlain.Check,
        SlashDate.Check,
        SysmonWithoutEventId.Check,
        Tag.Check,
        TitleForm.Check,
        UnusedSelection.Check,
        WildcardForModifier.Check,
        WindashWithoutDash.Check,
        YamlDialect.Check,
    ];
}
