namespace NapterFtp.Soracom;

/// <summary>Sends calls with a token the caller chooses, repeated as far as that is right.</summary>
internal sealed class ApiChannel(ApiSender sender, ApiRetry retry, TimeProvider time)
{
    /// <summary>Sends a call with one token, or none.</summary>
    public Task<ApiAnswer> SendAsync(ApiCall call, ApiToken? token, CancellationToken cancellationToken)
    {
        var deadline = new Deadline(time, call.Patience);
        return retry.SendAsync(call, deadline, c => sender.SendAsync(call, token, deadline, c), cancellationToken);
    }

    /// <summary>Sends a call with the session's token; after a 401, once more with a new one.</summary>
    public Task<ApiAnswer> SendAsync(ApiCall call, SoracomSession session, CancellationToken cancellationToken)
    {
        var deadline = new Deadline(time, call.Patience);
        return retry.SendAsync(call, deadline, AttemptAsync, cancellationToken);

        async Task<ApiAnswer> AttemptAsync(CancellationToken attemptToken)
        {
            var token = await session.GetAsync(call, deadline, attemptToken);
            try
            {
                return await sender.SendAsync(call, token, deadline, attemptToken);
            }
            catch (SoracomApiException e) when (e.StatusCode == System.Net.HttpStatusCode.Unauthorized)
            {
                token = await session.ReplaceAsync(token, call, deadline, attemptToken);
                return await sender.SendAsync(call, token, deadline, attemptToken);
            }
        }
    }
}
