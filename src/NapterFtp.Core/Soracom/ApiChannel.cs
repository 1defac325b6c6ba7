using System.Net;

namespace NapterFtp.Soracom;

/// <summary>Sends calls and reads their answers, repeated as far as that is right; an answer that cannot be read counts as a failure
/// of the attempt.</summary>
internal sealed class ApiChannel(ApiSender sender, ApiRetry retry, TimeProvider time)
{
    /// <summary>Sends a call with one token, or none.</summary>
    public Task<T> SendAsync<T>(ApiCall call, ApiToken? token, Func<ApiAnswer, T> read, CancellationToken cancellationToken)
    {
        var deadline = new Deadline(time, call.Patience);
        return retry.SendAsync(
            call,
            deadline,
            async attempt => read(await sender.SendAsync(call, token, deadline, attempt)),
            cancellationToken);
    }

    /// <summary>Sends a call with the session's token; after a 401, once more with a new one.</summary>
    public Task<T> SendAsync<T>(ApiCall call, SoracomSession session, Func<ApiAnswer, T> read, CancellationToken cancellationToken)
    {
        var deadline = new Deadline(time, call.Patience);
        return retry.SendAsync(call, deadline, async attempt => read(await AttemptAsync(attempt)), cancellationToken);

        async Task<ApiAnswer> AttemptAsync(CancellationToken attempt)
        {
            var token = await session.GetAsync(call, deadline, attempt);
            try
            {
                return await sender.SendAsync(call, token, deadline, attempt);
            }
            catch (SoracomApiException e) when (e.StatusCode == HttpStatusCode.Unauthorized)
            {
                token = await session.ReplaceAsync(token, call, deadline, attempt);
                return await sender.SendAsync(call, token, deadline, attempt);
            }
        }
    }
}
