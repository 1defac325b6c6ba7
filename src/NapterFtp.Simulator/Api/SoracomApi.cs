using System.Text;
using NapterFtp.Simulator.Gateway;

namespace NapterFtp.Simulator.Api;

/// <summary>SORACOM's API: finds the operation, checks the sign-in, carries it out, and spoils the answer where a fault says so.</summary>
internal sealed class SoracomApi(
    SimulatorOptions options,
    TokenStore tokens,
    AuthCalls auth,
    PortMappingCalls portMappings,
    SimCalls sims,
    AuditCalls audit,
    DownlinkCalls downlink,
    CaptureCalls captures,
    SimulatorCounters counters,
    SimulatorFaults faults)
{
    private readonly ApiRateLimit _rateLimit = new(options);

    public async Task<HttpAnswer> AnswerAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        if (captures.TryServe(request) is { } file)
        {
            return file;
        }

        var operation = ApiRoutes.Match(request.Method, request.Segments);
        counters.ApiCalled(operation);
        await WaitAsync(options.ApiLatency / 2, cancellationToken);
        var fault = faults.ForCall(new ApiCall(operation, request.Target, Encoding.UTF8.GetString(request.Body)));
        if (fault?.Kind == ApiFaultKind.ExpiredToken)
        {
            tokens.RevokeAll();
        }

        var answer = _rateLimit.Apply(operation, () => Carry(operation, request, fault));
        await WaitAsync((options.ApiLatency / 2) + answer.Takes, cancellationToken);
        if (answer.Waits > TimeSpan.Zero)
        {
            await Task.Delay(answer.Waits, options.TimeProvider, cancellationToken);
        }

        return answer;
    }

    private static async ValueTask WaitAsync(TimeSpan time, CancellationToken cancellationToken)
    {
        if (time > TimeSpan.Zero)
        {
            await Task.Delay(time, TimeProvider.System, cancellationToken);
        }
    }

    private HttpAnswer Carry(ApiOperation operation, HttpRequest request, ApiFault? fault)
    {
        if (fault is null)
        {
            return Carry(operation, request);
        }

        return fault.Kind switch
        {
            ApiFaultKind.ExpiredToken => Carry(operation, request),
            ApiFaultKind.ListIsEmpty => Carry(operation, request, EntryView.None),
            ApiFaultKind.ListIsStale => Carry(operation, request, EntryView.WithEnded),
            _ => SpoiltAnswers.Spoil(fault, fault.TakesEffect ? Carry(operation, request) : new HttpAnswer(204)),
        };
    }

    private HttpAnswer Carry(ApiOperation operation, HttpRequest request, EntryView view = EntryView.Live)
    {
        try
        {
            return Dispatch(operation, request, view);
        }
        catch (ApiErrorException e)
        {
            return e.ToAnswer();
        }
        catch (Exception e)
        {
            return new ApiErrorException(500, "COM0001", $"The simulator failed: {e.Message}").ToAnswer();
        }
    }

    private HttpAnswer Dispatch(ApiOperation operation, HttpRequest request, EntryView view)
    {
        switch (operation)
        {
            case ApiOperation.Unknown:
                throw ApiErrorException.NoSuchCall();
            case ApiOperation.Auth:
                return auth.Auth(request);
            case ApiOperation.GenerateAuthToken:
                return auth.GenerateToken(request, tokens.Find(request));
        }

        var signIn = tokens.Find(request) ?? throw ApiErrorException.NotSignedIn();
        if (!signIn.Rights.Permit(operation, request))
        {
            throw ApiErrorException.NotPermitted();
        }

        return operation switch
        {
            ApiOperation.Logout => auth.Logout(signIn),
            ApiOperation.SwitchUser => auth.SwitchUser(request),
            ApiOperation.ListPortMappings => portMappings.List(request, view),
            ApiOperation.CreatePortMapping => portMappings.Create(request),
            ApiOperation.DeletePortMapping => portMappings.Delete(request),
            ApiOperation.ListPortMappingsForSim => portMappings.ListForSim(request, view),
            ApiOperation.CreatePortMappingForSim => portMappings.CreateForSim(request),
            ApiOperation.ListPortMappingsForSubscriber => portMappings.ListForSubscriber(request, view),
            ApiOperation.SearchSims => sims.Search(request),
            ApiOperation.GetSim => sims.Get(request),
            ApiOperation.GetNapterAuditLogs => audit.Get(request),
            ApiOperation.SendDownlinkPing => downlink.Ping(request),
            ApiOperation.SendDownlinkSsh => downlink.Ssh(request),
            ApiOperation.ListSimPacketCaptureSessions => captures.List(request),
            ApiOperation.CreateSimPacketCaptureSession => captures.Create(request),
            ApiOperation.GetSimPacketCaptureSession => captures.Get(request),
            ApiOperation.StopSimPacketCaptureSession => captures.Stop(request),
            ApiOperation.DeleteSimPacketCaptureSession => captures.Delete(request),
            _ => throw ApiErrorException.NoSuchCall(),
        };
    }
}
