using System.Management.Automation;
using System.Reflection;

namespace NapterFtp.PowerShell.Tests;

/// <summary>What of the job takes threads, runspaces or the inside to see. As users call it, it is tested in tests/Pester.</summary>
public sealed class ProxyTests : IDisposable
{
    private readonly ModuleSession _session = new();

    public ProxyTests() => _session.Run("$sim = Start-NapterSimulator; Connect-Napter -Simulator $sim");

    public void Dispose() => _session.Dispose();

    [Fact]
    public void Output_that_nobody_receives_is_kept_up_to_a_limit_with_a_warning()
    {
        var job = (Job)_session.RunOne("Start-NapterFtpProxy -Imsi $sim.Imsi -Port 0 -PassivePortRange 0 -Name line1").BaseObject;
        var limit = (int)job.GetType().BaseType!.GetField("OutputLimit", BindingFlags.Public | BindingFlags.Static | BindingFlags.FlattenHierarchy)!.GetValue(null)!;
        var post = job.GetType().BaseType!.GetMethod("Post", BindingFlags.Instance | BindingFlags.NonPublic)!;
        var step = job.Output[0].BaseObject;
        for (var i = 0; i < limit + 10; i++)
        {
            post.Invoke(job, [step]);
            SpinWait.SpinUntil(() => job.Output.Count > Math.Min(i, limit - 1), TimeSpan.FromMinutes(1));
        }

        _session.Run("Stop-NapterFtpProxy line1");
        Assert.Equal(limit, job.Output.Count);
        Assert.Single(job.Warning);
        Assert.Matches("^1[0-9] unread events and 0 messages were dropped", job.StatusMessage);
        Assert.Equal("Closed", job.Output[^1].Text("State"));
    }

    [Fact]
    public void Proxies_for_devices_from_a_pipeline_open_no_Napter_port_until_a_client_comes()
    {
        _session.Run("$two = Start-NapterSimulator -Imsi 001010000000001, 001010000000002; Connect-Napter -Simulator $two");
        var listens = _session.Run("(Get-NapterSim | Start-NapterFtpProxy -Port 0 -PassivePortRange 0 6> $null).ListenEndPoint").Select(end => (System.Net.IPEndPoint)end.BaseObject).ToList();
        Assert.Empty(_session.Errors);
        Assert.Equal(2, listens.Distinct().Count());
        Assert.Equal(0L, _session.RunOne("$two.Counters.EntriesCreated").BaseObject);

        using var client = new System.Net.Sockets.TcpClient();
        client.Connect(listens[1]);
        using var reader = new StreamReader(client.GetStream());
        Assert.StartsWith("220 ", reader.ReadLine(), StringComparison.Ordinal);
        Assert.Equal(1L, _session.RunOne("$two.Counters.EntriesCreated").BaseObject);

        _session.Run("Disconnect-Napter; Stop-NapterSimulator $two");
        Assert.Empty(_session.Errors);
    }

    [Fact]
    public void What_could_not_be_written_while_a_receiver_holds_the_output_up_is_counted()
    {
        var job = (Job)_session.RunOne("Start-NapterFtpProxy -Imsi $sim.Imsi -Port 0 -PassivePortRange 0 -Name line1").BaseObject;
        var limit = (int)job.GetType().BaseType!.GetField("OutputLimit", BindingFlags.Public | BindingFlags.Static | BindingFlags.FlattenHierarchy)!.GetValue(null)!;
        var post = job.GetType().BaseType!.GetMethod("Post", BindingFlags.Instance | BindingFlags.NonPublic)!;
        var step = job.Output[0].BaseObject;
        using var held = new ManualResetEventSlim();
        using var entered = new ManualResetEventSlim();
        job.Output.DataAdded += (_, _) =>
        {
            entered.Set();
            held.Wait(TimeSpan.FromMinutes(1));
        };
        post.Invoke(job, [step]);
        Assert.True(entered.Wait(TimeSpan.FromMinutes(1)));
        for (var i = 0; i < limit + 7; i++)
        {
            post.Invoke(job, [step]);
        }

        Assert.StartsWith("7 unread events", job.StatusMessage, StringComparison.Ordinal);
        held.Set();
        _session.Run("Stop-NapterFtpProxy line1");
        Assert.Single(job.Warning);
    }

    [Fact]
    public void A_connection_given_works_in_other_runspaces()
    {
        var found = _session.Run(
            """
            $connection = Connect-Napter -Simulator $sim -PassThru
            1..3 | ForEach-Object -Parallel {
                Import-Module $using:manifest
                (Get-NapterSim -Connection $using:connection).Imsi
            }
            """.Replace("$using:manifest", $"'{Repository.ManifestPath}'", StringComparison.Ordinal));
        Assert.Empty(_session.Errors);
        Assert.Equal(3, found.Count);
        Assert.Empty(_session.Run("Get-NapterPort"));
        Assert.Empty(_session.Errors);
    }
}
