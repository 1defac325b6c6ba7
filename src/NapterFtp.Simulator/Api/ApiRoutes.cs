namespace NapterFtp.Simulator.Api;

/// <summary>Which operation a method and path call for.</summary>
internal static class ApiRoutes
{
    public static ApiOperation Match(string method, string[] path) => (method, path) switch
    {
        ("POST", ["v1", "auth"]) => ApiOperation.Auth,
        ("POST", ["v1", "auth", "logout"]) => ApiOperation.Logout,
        ("POST", ["v1", "auth", "switch_user"]) => ApiOperation.SwitchUser,
        ("POST", ["v1", "operators", _, "token"]) => ApiOperation.GenerateAuthToken,
        ("GET", ["v1", "port_mappings"]) => ApiOperation.ListPortMappings,
        ("POST", ["v1", "port_mappings"]) => ApiOperation.CreatePortMapping,
        ("GET", ["v1", "port_mappings", "sims", _]) => ApiOperation.ListPortMappingsForSim,
        ("POST", ["v1", "port_mappings", "sims", _]) => ApiOperation.CreatePortMappingForSim,
        ("GET", ["v1", "port_mappings", "subscribers", _]) => ApiOperation.ListPortMappingsForSubscriber,
        ("DELETE", ["v1", "port_mappings", _, _]) => ApiOperation.DeletePortMapping,
        ("GET", ["v1", "query", "sims"]) => ApiOperation.SearchSims,
        ("GET", ["v1", "sims", _]) => ApiOperation.GetSim,
        ("POST", ["v1", "sims", _, "downlink", "ping"]) => ApiOperation.SendDownlinkPing,
        ("POST", ["v1", "sims", _, "downlink", "ssh"]) => ApiOperation.SendDownlinkSsh,
        ("GET", ["v1", "sims", _, "packet_capture_sessions"]) => ApiOperation.ListSimPacketCaptureSessions,
        ("POST", ["v1", "sims", _, "packet_capture_sessions"]) => ApiOperation.CreateSimPacketCaptureSession,
        ("GET", ["v1", "sims", _, "packet_capture_sessions", _]) => ApiOperation.GetSimPacketCaptureSession,
        ("DELETE", ["v1", "sims", _, "packet_capture_sessions", _]) => ApiOperation.DeleteSimPacketCaptureSession,
        ("POST", ["v1", "sims", _, "packet_capture_sessions", _, "stop"]) => ApiOperation.StopSimPacketCaptureSession,
        ("GET", ["v1", "audit_logs", "napter"]) => ApiOperation.GetNapterAuditLogs,
        _ => ApiOperation.Unknown,
    };
}
