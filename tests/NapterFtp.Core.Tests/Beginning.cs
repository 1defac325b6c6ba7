using System.Runtime.CompilerServices;
using NapterFtp.Testing;

namespace NapterFtp.Core.Tests;

internal static class Beginning
{
    [ModuleInitializer]
    internal static void Begin() => FilesInMemory.Use();
}
