namespace NapterFtp.Proxy;

/// <summary>A command whose replies pass through as they are.</summary>
internal sealed class PlainExchange(ReplySlot? slot) : Exchange(slot);
