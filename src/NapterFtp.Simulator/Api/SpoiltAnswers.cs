using System.Text;

namespace NapterFtp.Simulator.Api;

/// <summary>The answers that faults give.</summary>
internal static class SpoiltAnswers
{
    /// <summary>What the client gets in place of a good answer.</summary>
    public static HttpAnswer Spoil(ApiFault fault, HttpAnswer good) => fault.Kind switch
    {
        ApiFaultKind.TooManyRequests => ApiRateLimit.TooManyRequests(fault.Wait),
        ApiFaultKind.TooManyRequestsWithoutHeaders => Error(429),
        ApiFaultKind.Error => Error(fault.Status),
        ApiFaultKind.HtmlError => HttpAnswer.Text(
            fault.Status, "<html><head><title>Error</title></head><body><h1>Error</h1></body></html>", "text/html"),
        ApiFaultKind.EmptyBody => good with { Body = [] },
        ApiFaultKind.InvalidJson => good with { Body = Encoding.UTF8.GetBytes("{\"ipAddress\":") },
        ApiFaultKind.TruncatedBody => good with { Delivery = AnswerDelivery.Truncated },
        ApiFaultKind.WrongContentType => good with { ContentType = "text/plain" },
        ApiFaultKind.Reset or ApiFaultKind.LostAnswer => good with { Delivery = AnswerDelivery.Reset },
        ApiFaultKind.Stall => good with { Delivery = AnswerDelivery.Never },
        ApiFaultKind.Slow => good with { Delivery = AnswerDelivery.Slow },
        _ => good,
    };

    private static HttpAnswer Error(int status) => new ApiErrorException(
        status,
        status switch
        {
            401 => "AUM0001",
            429 => "COM0005",
            _ => "COM0001",
        },
        "An error was simulated.").ToAnswer();
}
