namespace NapterFtp.Simulator;

/// <summary>How often a fault happens.</summary>
public interface IFault
{
    /// <summary>How many fitting occasions pass unharmed first.</summary>
    int Skip { get; }

    /// <summary>How often it happens; <see cref="int.MaxValue"/> for ever.</summary>
    int Count { get; }
}
