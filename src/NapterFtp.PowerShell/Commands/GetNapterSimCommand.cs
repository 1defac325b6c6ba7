using System.Management.Automation;
using NapterFtp.PowerShell.Parameters;
using NapterFtp.PowerShell.Pipeline;
using NapterFtp.Soracom;

namespace NapterFtp.PowerShell.Commands;

/// <summary>The account's SIMs. What it gives binds to -Imsi and -SimId of the other cmdlets.</summary>
[Cmdlet(VerbsCommon.Get, "NapterSim")]
[OutputType(typeof(NapterSim))]
public sealed class GetNapterSimCommand : ConnectedCmdlet
{
    private WildcardPattern? _name;
    private WildcardPattern? _tag;

    /// <summary>The name; wildcards are allowed.</summary>
    [Parameter(Position = 0)]
    [SupportsWildcards]
    public string? Name { get; set; }

    /// <summary>A tag's value; wildcards are allowed.</summary>
    [Parameter]
    [SupportsWildcards]
    public string? Tag { get; set; }

    /// <summary>The IDs of groups; SIMs of one of them.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[]? GroupId { get; set; }

    /// <summary>Only SIMs that SORACOM holds a session for; with <c>-Online:$false</c> only the others.</summary>
    [Parameter]
    public SwitchParameter Online { get; set; }

    private protected override async Task EndAsync(CancellationToken cancellationToken)
    {
        _name = Pattern(Name);
        _tag = Pattern(Tag);
        var search = new SimSearch
        {
            Name = Searchable(Name),
            Tag = Searchable(Tag),
            GroupId = GroupId is [var only] ? only : null,
            Online = MyInvocation.BoundParameters.ContainsKey(nameof(Online)) ? Online.IsPresent : null,
        };
        var connection = await GetConnectionAsync(cancellationToken);
        await foreach (var sim in connection.Api.SearchSimsAsync(search, cancellationToken))
        {
            if (_name?.IsMatch(sim.Name) != false
                && (_tag is null || sim.Tags.Values.Any(_tag.IsMatch))
                && GroupId?.Contains(sim.GroupId, StringComparer.OrdinalIgnoreCase) != false)
            {
                Emit(sim);
            }
        }
    }

    private static WildcardPattern? Pattern(string? text) =>
        string.IsNullOrEmpty(text) ? null : NamePattern.Of(text);

    /// <summary>SORACOM finds parts of a value; the longest part without wildcards narrows down what it sends.</summary>
    private static string? Searchable(string? text) =>
        text?.Contains('[', StringComparison.Ordinal) == true ? null : text?.Split('*', '?', '`').MaxBy(piece => piece.Length);
}
