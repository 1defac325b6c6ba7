using System.Net;
using NapterFtp.Simulator;
using NapterFtp.Simulator.Device;

namespace NapterFtp.Core.Tests.Diagnosis;

/// <summary>Each usual cause, made in the simulator, is called by its name; the device's answers come at once here.</summary>
public sealed class CauseTests
{
    [Fact]
    public Task A_SIM_of_another_account_is_SimNotFound() => DiagnosesAsync(
        "Sim", "SimNotFound", bench => bench.Options = bench.Options with { Device = DeviceTarget.FromImsi("999999999999999") });

    [Fact]
    public Task A_device_without_a_session_is_DeviceOffline() => DiagnosesAsync(
        "Sim", "DeviceOffline", bench => bench.Sim.Online = false);

    [Fact]
    public Task A_firewall_that_rejects_the_way_out_is_FirewallOutbound() => DiagnosesAsync(
        "Gateway", "FirewallOutbound", bench => bench.Simulator.Faults.Arm(GatewayFault.RefuseConnections()));

    [Fact]
    public Task A_port_made_without_TLS_that_talks_first_is_PlainPortTalksFirst() => DiagnosesAsync(
        "Tls", "PlainPortTalksFirst", bench => bench.Simulator.Faults.Arm(GatewayFault.PlainEntry()));

    [Fact]
    public Task A_certificate_that_nobody_knows_is_GatewayCertificateNotTrusted() => DiagnosesAsync(
        "Tls", "GatewayCertificateNotTrusted", bench => bench.Simulator.Faults.Arm(GatewayFault.SelfSigned()));

    [Fact]
    public Task A_port_on_which_nothing_listens_is_WrongDevicePort() => DiagnosesAsync(
        "Greeting", "WrongDevicePort", bench => bench.Options = bench.Options with { DevicePort = 1 });

    [Fact]
    public Task A_connection_that_ends_late_is_DeviceFirewall() => DiagnosesAsync(
        "Greeting",
        "DeviceFirewall",
        bench =>
        {
            bench.Options = bench.Options with { RefusalLimit = TimeSpan.Zero };
            bench.Simulator.Faults.Arm(GatewayFault.DeviceRefuses());
        });

    [Fact]
    public Task A_server_that_hangs_up_at_once_is_DeviceHungUp() => DiagnosesAsync(
        "Greeting", "DeviceHungUp", bench => bench.Device.Faults.Arm(DeviceFault.DropControl(DeviceFault.Connecting)));

    [Fact]
    public Task A_server_that_is_full_is_DeviceBusy() => DiagnosesAsync(
        "Greeting", "DeviceBusy", bench => bench.Device.Faults.Arm(DeviceFault.RefuseSession()));

    [Fact]
    public Task A_server_of_another_protocol_is_DeviceRefusedSession() => DiagnosesAsync(
        "Greeting", "DeviceRefusedSession", bench => bench.Device.Faults.Arm(DeviceFault.RefuseSession("554 No SMTP service here")));

    [Fact]
    public Task A_wrong_password_is_FtpLoginRefused() => DiagnosesAsync(
        "Login", "FtpLoginRefused", bench => bench.Device.Faults.Arm(DeviceFault.RefuseLogin()));

    [Fact]
    public Task A_server_in_active_mode_only_is_NoPassiveMode() => DiagnosesAsync(
        "Epsv",
        "NoPassiveMode",
        bench =>
        {
            bench.Device.Faults.Arm(DeviceFault.ReplyInstead("PASV", "502 No."));
            bench.Device.Faults.Arm(DeviceFault.ReplyInstead("EPSV", "502 No."));
        });

    [Fact]
    public Task A_data_connection_from_another_address_is_DataPeerRefused() => DiagnosesAsync(
        "DataConnection",
        "DataPeerRefused",
        bench => bench.Simulator.Faults.Arm(GatewayFault.OtherSourceAddress() with { Control = false, Count = int.MaxValue }));

    [Fact]
    public Task Data_ports_that_the_device_refuses_are_DataPortBlocked() => DiagnosesAsync(
        "DataConnection",
        "DataPortBlocked",
        bench => bench.Simulator.Faults.Arm(GatewayFault.DeviceRefuses() with { Control = false, Count = int.MaxValue }));

    [Fact]
    public Task A_listing_that_comes_but_may_be_cut_short_is_no_data_connection_that_does_not_answer() => DiagnosesAsync(
        "Listing",
        "DataConnectionLost",
        bench =>
        {
            for (var file = 0; file < 20; file++)
            {
                File.WriteAllText(Path.Combine(bench.Sim.RootPath!, $"{file}.csv"), "");
            }

            bench.Simulator.Faults.Arm(GatewayFault.EndAfter(600, closeNotify: false) with { Control = false, Count = int.MaxValue });
        });

    [Fact]
    public async Task Data_ports_that_a_router_does_not_forward_are_PassivePortNotForwarded()
    {
        await using var bench = await CheckBench.StartAsync(device => device with { AnnouncedAddress = IPAddress.Parse("192.168.1.20") });
        bench.Simulator.Faults.Arm(GatewayFault.DeviceRefuses() with { Control = false, Count = int.MaxValue });
        await DiagnosesAsync(bench, "DataConnection", "PassivePortNotForwarded");
    }

    [Fact]
    public async Task Too_many_connections_are_GatewayRefused()
    {
        await using var bench = await CheckBench.StartAsync(abuseLimit: 1);
        await DiagnosesAsync(bench, "DataConnection", "GatewayRefused");
    }

    [Fact]
    public Task A_folder_that_is_not_there_is_RemoteItemNotFound() => DiagnosesAsync(
        "Listing", "RemoteItemNotFound", bench => bench.Options = bench.Options with { Folder = "/none" });

    [Fact]
    public async Task A_server_that_takes_no_files_fails_the_upload_alone()
    {
        await using var bench = await CheckBench.StartAsync(device => device with { Profile = DeviceProfiles.Find("NoStore")! });
        bench.Options = bench.Options with { Upload = true };
        await DiagnosesAsync(bench, "Upload", "RemoteAccessDenied");
    }

    [Fact]
    public async Task A_test_file_that_cannot_be_deleted_is_named()
    {
        await using var bench = await CheckBench.StartAsync();
        bench.Options = bench.Options with { Upload = true };
        bench.Device.Faults.Arm(DeviceFault.ReplyInstead("DELE", "550 No."));
        var failed = await DiagnosesAsync(bench, "Delete", "TestFileLeft");
        Assert.Equal("/" + Assert.Single(bench.TestFiles()), failed.Target);
    }

    internal static async Task DiagnosesAsync(string step, string cause, Action<CheckBench> arrange)
    {
        await using var bench = await CheckBench.StartAsync();
        arrange(bench);
        await DiagnosesAsync(bench, step, cause);
    }

    /// <summary>Exactly one step fails, for the cause given, with advice.</summary>
    internal static async Task<NapterFtpCheck> DiagnosesAsync(CheckBench bench, string step, string cause)
    {
        var checks = await bench.RunAsync(TestContext.Current.CancellationToken);
        var failed = Assert.Single(checks, check => check.Status == NapterFtpCheckStatus.Failed);
        Assert.Equal((step, cause), (failed.Name, failed.Cause));
        Assert.False(string.IsNullOrEmpty(failed.Advice), "There is no advice.");
        return failed;
    }
}
