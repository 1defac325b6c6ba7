namespace NapterFtp.Simulator.Api;

/// <summary>SORACOM's API: finds the operation, checks the sign-in, carries it out, and spoils the answer where a fault says so.</summary>
internal sealed class SoracomApi(
    SimulatorOptions options,
    TokenStore tokens,
    AuthCalls auth,
    PortMappingCalls portMappings,
    SimCalls sims,
    AuditCalls audit,
    SimulatorCounters counters)
{
    private readonly ApiRateLimit _rateLimit = new(options.ApiCallsPerMinute, options.TimeProvider);

    public async Task<HttpAnswer> AnswerAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        var operation = ApiRoutes.Match(request.Method, request.Segments);
        counters.ApiCalled(operation);
        await WaitAsync(options.ApiLatency / 2, cancellationToken);
        var answer = Carry(operation, request);
        await WaitAsync(options.ApiLatency / 2, cancellationToken);
        return answer;
    }

    private static async ValueTask WaitAsync(TimeSpan time, CancellationToken cancellationToken)
    {
        if (time > TimeSpan.Zero)
        {
            await Task.Delay(time, TimeProvider.System, cancellationToken);
        }
    }

    private HttpAnswer Carry(ApiOperation operation, HttpRequest request)
    {
        try
        {
            return _rateLimit.Check() ?? Dispatch(operation, request);
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

    private HttpAnswer Dispatch(ApiOperation operation, HttpRequest request)
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
        return operation switch
        {
            ApiOperation.Logout => auth.Logout(signIn),
            ApiOperation.SwitchUser => auth.SwitchUser(request),
            ApiOperation.ListPortMappings => portMappings.List(request),
            ApiOperation.CreatePortMapping => portMappings.Create(request),
            ApiOperation.DeletePortMapping => portMappings.Delete(request),
            ApiOperation.ListPortMappingsForSim => portMappings.ListForSim(request),
            ApiOperation.CreatePortMappingForSim => portMappings.CreateForSim(request),
            ApiOperation.ListPortMappingsForSubscriber => portMappings.ListForSubscriber(request),
            ApiOperation.SearchSims => sims.Search(request),
            ApiOperation.GetSim => sims.Get(request),
            ApiOperation.GetNapterAuditLogs => audit.Get(request),
            _ => throw ApiErrorException.NoSuchCall(),
        };
    }
}
