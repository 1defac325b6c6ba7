using System.Runtime.CompilerServices;
using NapterFtp.Testing;

namespace NapterFtp.PowerShell.Tests;

internal static class Beginning
{
    [ModuleInitializer]
    internal static void Begin() => FilesInMemory.Use();
}
