namespace NapterFtp.Proxy;

/// <summary>What a device has shown of itself, so that later sessions need not find out again.</summary>
internal sealed class DeviceTraits
{
    private volatile bool _lacksEpsv;
    private volatile bool _lacksPasv;

    /// <summary>EPSV failed where PASV then worked.</summary>
    public bool LacksEpsv => _lacksEpsv;

    /// <summary>PASV failed where EPSV then worked.</summary>
    public bool LacksPasv => _lacksPasv;

    /// <summary>Remembers that one way failed and the other worked.</summary>
    public void Learn(PassiveVerb lacking)
    {
        if (lacking == PassiveVerb.Epsv)
        {
            _lacksEpsv = true;
        }
        else
        {
            _lacksPasv = true;
        }
    }

    /// <summary>The verb to send where the client asked for another.</summary>
    public PassiveVerb Choose(PassiveVerb wanted) => wanted switch
    {
        PassiveVerb.Epsv when _lacksEpsv => PassiveVerb.Pasv,
        PassiveVerb.Pasv when _lacksPasv => PassiveVerb.Epsv,
        _ => wanted,
    };
}
