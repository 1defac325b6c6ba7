using System.Management.Automation;
using System.Net;
using System.Reflection;

namespace NapterFtp.PowerShell.Tests;

public sealed class ProxyTests : IDisposable
{
    private const string Start = "$job = Start-NapterFtpProxy -Imsi $sim.Imsi -Port 0 -PassivePortRange 0 -Name line1";
    private readonly ModuleSession _session = new();

    public ProxyTests() => _session.Run("$sim = Start-NapterSimulator; Connect-Napter -Simulator $sim");

    public void Dispose() => _session.Dispose();

    [Fact]
    public void The_job_tells_where_to_connect_and_what_its_ports_go_through()
    {
        var job = _session.RunOne($"{Start}; $job");
        Assert.Equal("Running", ((Job)job.BaseObject).JobStateInfo.ToString());
        Assert.Equal("line1", job.Text("Name"));
        Assert.Contains(_session.Information, line => line.Contains(job.Text("ListenEndPoint"), StringComparison.Ordinal));

        var text = Download((IPEndPoint)job.Get("ListenEndPoint")!, "README.txt");
        Assert.Contains("simulated device", text, StringComparison.Ordinal);

        _session.Run("Stop-NapterFtpProxy line1");
        var events = _session.Run("Receive-Job $job");
        Assert.Empty(_session.Errors);
        Assert.All(events, step => Assert.Equal("NapterFtp.NapterPortEvent", step.TypeNames[0]));
        var ports = events.GroupBy(step => step.Text("PortId")).ToArray();
        Assert.All(ports, port =>
        {
            Assert.Equal("Opening", port.First().Text("State"));
            Assert.Equal("Closed", port.Last().Text("State"));
        });
        var data = Assert.Single(ports, port => port.First().Text("Kind") == "Data").Last();
        Assert.Equal("RETR README.txt", data.Text("Command"));
        Assert.Equal((long)text.Length, data.Get("BytesFromDevice"));
        Assert.Equal("Stopped False", _session.RunOne("\"$($job.State) $($job.HasMoreData)\"").ToString());
        Assert.Equal("0", _session.RunOne("$sim.PortMappings.Count").ToString());
    }

    [Fact]
    public void Get_shows_the_running_proxies_by_name_with_wildcards()
    {
        _session.Run($"{Start}; $other = Start-NapterFtpProxy -Imsi $sim.Imsi -Port 0 -PassivePortRange 0");
        Assert.Equal(2, _session.Run("Get-NapterFtpProxy").Count);
        var proxy = _session.RunOne("Get-NapterFtpProxy line*");
        Assert.Equal("NapterFtp.NapterFtpProxy", proxy.TypeNames[0]);
        Assert.Equal(_session.RunOne("$job.ListenEndPoint").ToString(), proxy.Text("ListenEndPoint"));

        // Numbered where another session of this process has a proxy for such a device already.
        Assert.Matches("^001010000000001:21(#[0-9]+)?$", _session.RunOne("$other.Name").ToString());

        _session.Run("Get-NapterFtpProxy | Stop-NapterFtpProxy");
        Assert.Empty(_session.Errors);
        Assert.Empty(_session.Run("Get-NapterFtpProxy"));
    }

    [Theory]
    [InlineData("Stop-Job $job", "Stopped")]
    [InlineData("$job | Stop-NapterFtpProxy", "Stopped")]
    [InlineData("Stop-NapterFtpProxy lin?1", "Stopped")]
    [InlineData("Stop-NapterFtpProxy line1 -Drain 1s", "Stopped")]
    [InlineData("Remove-Job $job -Force", "Stopped")]
    public void Every_way_to_stop_closes_the_ports_before_it_returns(string command, string state)
    {
        _session.Run($"{Start}; {command}");
        Assert.Empty(_session.Errors);
        Assert.Equal($"{state} 0", _session.RunOne("\"$($job.State) $($sim.PortMappings.Count)\"").ToString());
    }

    [Fact]
    public void Receiving_with_wait_follows_the_job_to_its_end()
    {
        var job = (Job)_session.RunOne($"{Start}; $job").BaseObject;
        using var follower = System.Management.Automation.PowerShell.Create(_session.Runspace);
        using var output = new PSDataCollection<PSObject>();
        using var first = new ManualResetEventSlim();
        output.DataAdded += (_, _) => first.Set();
        var following = follower.AddScript("$job | Receive-Job -Wait").BeginInvoke<PSObject, PSObject>(null, output);
        Assert.True(first.Wait(TimeSpan.FromMinutes(1)), "No event came while the job ran.");
        job.StopJob();
        Assert.True(following.AsyncWaitHandle.WaitOne(TimeSpan.FromMinutes(1)), "Receive-Job -Wait did not end with the job.");
        follower.EndInvoke(following);
        Assert.Equal("Closed", output[^1].Text("State"));
    }

    [Fact]
    public void Keeping_the_output_leaves_it_for_the_next_receiver()
    {
        _session.Run($"{Start}; Stop-Job $job");
        var kept = _session.Run("Receive-Job $job -Keep").Count;
        Assert.Equal(kept, _session.Run("Receive-Job $job").Count);
        Assert.Empty(_session.Run("Receive-Job $job"));
        Assert.Empty(_session.Run("Wait-Job $job | Remove-Job; Get-Job"));
    }

    [Fact]
    public void What_if_starts_nothing()
    {
        Assert.Empty(_session.Run("Start-NapterFtpProxy -Imsi $sim.Imsi -Port 0 -WhatIf"));
        Assert.Equal("0", _session.RunOne("$sim.Counters.EntriesCreated").ToString());
    }

    [Fact]
    public void Sims_pipe_into_it()
    {
        var job = _session.RunOne("Get-NapterSim | Start-NapterFtpProxy -Port 0 -PassivePortRange 0");
        Assert.Equal("8981100000000000001", job.Text("SimId"));
    }

    [Theory]
    [InlineData("-Imsi 1", "InvalidImsi", ErrorCategory.InvalidArgument)]
    [InlineData("-Imsi 999999999999999", "DeviceNotFound", ErrorCategory.ObjectNotFound)]
    [InlineData("-Imsi 001010000000001 -SimId 8981100000000000001", "DeviceChosenTwice", ErrorCategory.InvalidArgument)]
    [InlineData("", "DeviceMissing", ErrorCategory.InvalidArgument)]
    [InlineData("-Imsi 001010000000001 -Service Arc", "ServiceWithoutSimId", ErrorCategory.InvalidArgument)]
    [InlineData("-Imsi 001010000000001 -ListenAddress 192.0.2.1", "LocalAddressNotAvailable", ErrorCategory.InvalidArgument)]
    [InlineData("-Imsi 001010000000001 -PassivePortRange 9-", "InvalidPassivePortRange", ErrorCategory.InvalidArgument)]
    [InlineData("-Imsi 001010000000001 -SourceRange all", "InvalidAddressRange", ErrorCategory.InvalidArgument)]
    [InlineData("-Imsi 001010000000001 -AllowedClient 10", "InvalidAddressRange", ErrorCategory.InvalidArgument)]
    public void Bad_input_gets_an_error_with_what_to_do_and_opens_nothing(string parameters, string id, ErrorCategory category)
    {
        var error = _session.RunToError($"Start-NapterFtpProxy -Port 0 {parameters}");
        Assert.Equal($"{id},NapterFtp.PowerShell.Commands.StartNapterFtpProxyCommand", error.FullyQualifiedErrorId);
        Assert.Equal(category, error.CategoryInfo.Category);
        Assert.NotEmpty(error.ErrorDetails.RecommendedAction);
        Assert.Equal("0", _session.RunOne("$sim.PortMappings.Count").ToString());
    }

    [Fact]
    public void A_local_port_in_use_is_named()
    {
        var error = _session.RunToError($"{Start}; Start-NapterFtpProxy -Imsi $sim.Imsi -Port $job.ListenEndPoint.Port");
        Assert.Equal(ErrorCategory.ResourceBusy, error.CategoryInfo.Category);
        Assert.Contains(_session.RunOne("$job.ListenEndPoint").ToString(), error.Exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_proxies_never_share_a_name()
    {
        var error = _session.RunToError($"{Start}; {Start}");
        Assert.StartsWith("NameInUse", error.FullyQualifiedErrorId, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_name_is_an_error_and_a_wildcard_without_match_is_not()
    {
        _session.Run("Stop-NapterFtpProxy no*; Get-NapterFtpProxy no*");
        Assert.Empty(_session.Errors);
        Assert.StartsWith("ProxyNotFound", _session.RunToError("Stop-NapterFtpProxy none").FullyQualifiedErrorId, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("90", 90)]
    [InlineData("'90'", 90)]
    [InlineData("60s", 60)]
    [InlineData("'250ms'", 0.25)]
    [InlineData("1.5m", 90)]
    [InlineData("8h", 28800)]
    [InlineData("00:01:30", 90)]
    [InlineData("([timespan]::FromSeconds(5))", 5)]
    public void Durations_are_read_as_people_write_them(string text, double seconds)
    {
        var bound = _session.RunOne(
            $"Trace-Bound {text}".Replace(
                "Trace-Bound",
                "& { param($linger) [NapterFtp.PowerShell.Parameters.TimeSpanTransformationAttribute]::new().Transform($ExecutionContext, $linger) }",
                StringComparison.Ordinal));
        Assert.Equal(TimeSpan.FromSeconds(seconds), bound.BaseObject);
    }

    [Fact]
    public void Output_that_nobody_receives_is_kept_up_to_a_limit_with_a_warning()
    {
        var job = (Job)_session.RunOne($"{Start}; $job").BaseObject;
        var limit = (int)job.GetType().BaseType!.GetField("OutputLimit")!.GetValue(null)!;
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
        Assert.Contains("dropped", job.StatusMessage, StringComparison.Ordinal);
        Assert.Equal("Closed", job.Output[^1].Text("State"));
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

    [Fact]
    public void The_names_of_running_proxies_complete()
    {
        _session.Run(Start);
        Assert.Contains("line1", _session.Run("(TabExpansion2 'Stop-NapterFtpProxy li' 22).CompletionMatches.CompletionText").Select(text => text.ToString()));
    }

    private static string Download(IPEndPoint server, string path)
    {
#pragma warning disable SYSLIB0014 // The FTP client that every .NET has.
        var request = (FtpWebRequest)WebRequest.Create($"ftp://{server}/{path}");
#pragma warning restore SYSLIB0014
        request.KeepAlive = false;
        using var response = request.GetResponse();
        using var reader = new StreamReader(response.GetResponseStream());
        return reader.ReadToEnd();
    }
}
