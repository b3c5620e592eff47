using Harrier.Schema;
using Harrier.Store;
using Xunit;

namespace Harrier.Tests.Store;

public sealed class WorkspaceTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("harrier-workspace-").FullName;

    [Fact]
    public void A_folder_without_harrier_yaml_is_none()
    {
        var fault = Assert.Throws<HarrierFault>(() => Workspace.Open(_folder, create: false));
        Assert.Equal(FaultKind.Usage, fault.Kind);
        Assert.Contains("harrier import PATH", fault.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void First_use_makes_one_that_opens_again()
    {
        var made = Workspace.Open(Path.Combine(_folder, "deep", "ws"), create: true);
        Assert.True(Directory.Exists(made.LakeFolder));
        Assert.True(Directory.Exists(made.HuntsFolder));
        Assert.Empty(made.HostRoles);
        Assert.Equal(made.Folder, Workspace.Open(made.Folder, create: false).Folder);
    }

    [Fact]
    public void Roles_are_read_beside_what_other_rooms_keep()
    {
        Write(
            """
            store: lake
            other: { hosts: { x: y }, list: [a, { b: c }] }
            hosts:
              DC01: domain-controller
              web01: server
              odd: [list]
              lt-1: workstation
            profile: default
            """
        );
        var roles = Workspace.Open(_folder, create: false).HostRoles;
        Assert.Equal(
            [("dc01", "domain-controller"), ("lt-1", "workstation"), ("web01", "server")],
            roles.Select(pair => (pair.Key, pair.Value)).Order()
        );
    }

    [Fact]
    public void Bad_yaml_is_a_fault_with_line_and_column()
    {
        Write("store: lake\nhosts: [\n");
        var fault = Assert.Throws<HarrierFault>(() => Workspace.Open(_folder, create: false));
        Assert.Contains("harrier.yaml:", fault.Where, StringComparison.Ordinal);
    }

    void Write(string yaml) => File.WriteAllText(Path.Combine(_folder, Workspace.FileName), yaml);

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
