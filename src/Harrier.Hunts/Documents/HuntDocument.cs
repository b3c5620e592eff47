using Harrier.Hunts.Techniques;
using Harrier.Hunts.Verdicts;
using Harrier.Sigma;

namespace Harrier.Hunts.Documents;

/// <summary>A hunt as its YAML file describes it: what is asked, on which data, how, and how the answer is read.</summary>
/// <remarks>
/// The form, keys in this order; those marked * are required:
/// <code>
/// id: rare-parent-child-process      # * the file's name without .yaml
/// type: baseline                     # * baseline, hypothesis or model; also the folder's name
/// title: Rare parent and child processes   # *
/// question: ...                      # * what the hunt answers, one sentence
/// why: ...                           # * why it is worth the time
/// attack: [T1059, T1204.002]         # ATT&amp;CK technique ids
/// window: 30d                        # newest part of the data that is hunted, Nd; 'all' by default
/// able:                              # * for a hypothesis
///   actor: ...
///   behavior: ...
///   location: ...
///   evidence: [...]
/// hypothesis:                        # * for a hypothesis
///   statement: ...
///   'null': ...                      # quoted: the word alone is YAML's null
///   confirm: ...
///   disconfirm: ...
/// needs:                             # * class: columns without which the hunt can't answer
///   process: [image, parent_image]
/// wants:                             # class: columns that make the answer better
///   email: [sender_domain]
/// steps:                             # * at least one
///   - id: pairs                      # * a-z, 0-9, -
///     question: ...                  # * what this step asks
///     technique: stack-count         # * exactly one of: technique, sigma, sql, intel
///     with:                          # parameters of the technique: texts or lists of texts, flat
///       class: process
///       columns: [parent_image, image]
///     attack: [T1059]
///   - id: rules
///     question: ...
///     sigma: [powershell/*.yml]      # files below hunts/sigma
///   - id: rows
///     question: ...
///     sql: |                         # see Techniques/SqlTest.cs for its columns
///       SELECT ...
///     needs: { process: [image] }    # of this step; it is skipped, and says so, where they are missing
///     entities: [host, account]      # columns of the result that name entities, the subject first
///     score: 0.7                     # of each row, unless the result has a column 'score'
///   - id: seen
///     question: ...
///     intel: { classes: [dns, http] }
/// sequence:                          # a join of steps on account, host or both
///   id: chain                        # *
///   question: ...                    # *
///   steps: [mail, execution, logon]  # * the first one opens a sequence, the others follow it
///   join: [account, host]            # *
///   within: 3d                       # * from the first step's time on
///   least: 3                         # * stages of one entity that make a finding
/// verdict:                           # * for a hypothesis
///   confirm: chain >= 1              # see Verdicts/VerdictRule.cs
/// immediate_flags: [pairs]           # ids of steps that are wrong on day one, whatever is normal
/// cannot_see: [...]                  # what the hunt is blind to
/// if_confirmed: ...
/// if_not: ...
/// next_steps: ["harrier query ..."]  # for each lead; ${subject}, ${host}, ${account}, ${from}, ${to} are filled in
/// benign: [...]                      # look-alikes
/// </code>
/// </remarks>
/// <param name="Window">Newest part of the data that is hunted, in microseconds; null: all.</param>
/// <param name="File">Path of the file.</param>
/// <param name="Sha256">Of the file's bytes, lower-case hex.</param>
/// <param name="FromWorkspace">The workspace's own file, which wins over a shipped one of the same id.</param>
public sealed record HuntDocument(
    string Id,
    HuntType Type,
    string Title,
    string Question,
    string Why,
    IReadOnlyList<string> Attack,
    long? Window,
    Able? Able,
    Hypothesis? Hypothesis,
    IReadOnlyList<DataNeed> Needs,
    IReadOnlyList<DataNeed> Wants,
    IReadOnlyList<HuntStep> Steps,
    SequenceRule? Sequence,
    VerdictRule? Confirm,
    IReadOnlyList<string> ImmediateFlags,
    IReadOnlyList<string> CannotSee,
    string IfConfirmed,
    string IfNot,
    IReadOnlyList<string> NextSteps,
    IReadOnlyList<string> Benign,
    string File,
    string Sha256,
    bool FromWorkspace
);

/// <summary>Actor, behavior, location, evidence: whether a hypothesis can be hunted.</summary>
public sealed record Able(
    string Actor,
    string Behavior,
    string Location,
    IReadOnlyList<string> Evidence
);

/// <summary>A statement that can be shown false, and how it is.</summary>
/// <param name="Null">The harmless explanation of the same observations.</param>
public sealed record Hypothesis(string Statement, string Null, string Confirm, string Disconfirm);

/// <summary>One question of a hunt, answered by one technique or test.</summary>
/// <param name="Score">Score of a finding where the test gives none.</param>
/// <param name="Entities">Columns of a SQL step that name entities, the subject first.</param>
public sealed record HuntStep(
    string Id,
    string Question,
    StepTest Test,
    IReadOnlyList<string> Attack,
    IReadOnlyList<DataNeed> Needs,
    IReadOnlyList<string> Entities,
    double Score,
    StepParameters Parameters
);

/// <summary>What answers a step.</summary>
public abstract record StepTest
{
    public sealed record Technique(ITechnique Implementation) : StepTest;

    /// <param name="Files">Patterns of files below the folder of Sigma rules.</param>
    /// <param name="Given">Rules and correlations that take the place of files, as a scan has them.</param>
    /// <param name="Hosts">Only events of these hosts; null: all.</param>
    public sealed record Sigma(
        IReadOnlyList<string> Files,
        SigmaRuleSet? Given = null,
        IReadOnlySet<string>? Hosts = null
    ) : StepTest;

    public sealed record Sql(string Text) : StepTest;

    /// <param name="Classes">Classes looked through; empty: all that there are.</param>
    public sealed record Intel(IReadOnlyList<string> Classes) : StepTest;
}

/// <summary>Steps that must happen to the same account or host, one after the other.</summary>
/// <param name="Steps">The first opens a sequence; the others follow within <paramref name="Within"/> microseconds.</param>
/// <param name="Join">account, host or both.</param>
/// <param name="Least">Stages, the first included, that make a finding.</param>
public sealed record SequenceRule(
    string Id,
    string Question,
    IReadOnlyList<string> Steps,
    IReadOnlyList<string> Join,
    long Within,
    int Least
);
