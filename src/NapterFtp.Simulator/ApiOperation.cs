namespace NapterFtp.Simulator;

/// <summary>The API's operations, named as in SORACOM's OpenAPI description.</summary>
public enum ApiOperation
{
    /// <summary>A path or method that isn't simulated.</summary>
    Unknown,

    /// <summary><c>POST /auth</c></summary>
    Auth,

    /// <summary><c>POST /auth/logout</c></summary>
    Logout,

    /// <summary><c>POST /auth/switch_user</c></summary>
    SwitchUser,

    /// <summary><c>POST /operators/{operator_id}/token</c></summary>
    GenerateAuthToken,

    /// <summary><c>GET /port_mappings</c></summary>
    ListPortMappings,

    /// <summary><c>POST /port_mappings</c></summary>
    CreatePortMapping,

    /// <summary><c>DELETE /port_mappings/{ip_address}/{port}</c></summary>
    DeletePortMapping,

    /// <summary><c>GET /port_mappings/sims/{sim_id}</c></summary>
    ListPortMappingsForSim,

    /// <summary><c>POST /port_mappings/sims/{sim_id}</c></summary>
    CreatePortMappingForSim,

    /// <summary><c>GET /port_mappings/subscribers/{imsi}</c></summary>
    ListPortMappingsForSubscriber,

    /// <summary><c>GET /query/sims</c></summary>
    SearchSims,

    /// <summary><c>GET /sims/{sim_id}</c></summary>
    GetSim,

    /// <summary><c>GET /audit_logs/napter</c></summary>
    GetNapterAuditLogs,

    /// <summary><c>POST /sims/{sim_id}/downlink/ping</c></summary>
    SendDownlinkPing,

    /// <summary><c>POST /sims/{sim_id}/downlink/ssh</c></summary>
    SendDownlinkSsh,

    /// <summary><c>GET /sims/{sim_id}/packet_capture_sessions</c></summary>
    ListSimPacketCaptureSessions,

    /// <summary><c>POST /sims/{sim_id}/packet_capture_sessions</c></summary>
    CreateSimPacketCaptureSession,

    /// <summary><c>GET /sims/{sim_id}/packet_capture_sessions/{session_id}</c></summary>
    GetSimPacketCaptureSession,

    /// <summary><c>POST /sims/{sim_id}/packet_capture_sessions/{session_id}/stop</c></summary>
    StopSimPacketCaptureSession,

    /// <summary><c>DELETE /sims/{sim_id}/packet_capture_sessions/{session_id}</c></summary>
    DeleteSimPacketCaptureSession,
}
