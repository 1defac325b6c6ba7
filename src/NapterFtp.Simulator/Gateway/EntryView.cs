namespace NapterFtp.Simulator.Gateway;

/// <summary>Which entries a list shows; all but <see cref="Live"/> are faults.</summary>
internal enum EntryView
{
    Live,
    None,
    WithEnded,
}
