using System.Net;

namespace NapterFtp.Soracom;

/// <summary>SORACOM's calls about on-demand remote access entries. Every method signs in again by itself when the token has
/// ended, waits its turn under the rate limit, and throws <see cref="SoracomApiException"/>.</summary>
internal interface IPortMappingApi
{
    /// <summary><c>POST /port_mappings</c> or <c>POST /port_mappings/sims/{sim_id}</c>. Not repeated by itself once the
    /// request may have reached SORACOM: <see cref="SoracomApiException.MayHaveTakenEffect"/> tells the caller to look. Cancelled
    /// by the caller, it may have taken effect as well.</summary>
    Task<PortMapping> CreateAsync(PortMappingRequest request, CancellationToken cancellationToken);

    /// <summary><c>DELETE /port_mappings/{ip}/{port}</c>; false where SORACOM knows no such entry (404).</summary>
    Task<bool> DeleteAsync(IPEndPoint endPoint, CancellationToken cancellationToken);

    /// <summary>All entries of the account (<c>GET /port_mappings</c>, every page), or those of one device
    /// (<c>GET /port_mappings/subscribers/{imsi}</c>, <c>GET /port_mappings/sims/{sim_id}</c>; 404 is an empty list).</summary>
    Task<IReadOnlyList<PortMapping>> ListAsync(DeviceTarget? device, CancellationToken cancellationToken);
}
