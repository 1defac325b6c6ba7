namespace NapterFtp.Testing;

/// <summary>An empty folder of a test's own, deleted at the end.</summary>
public sealed class ScratchFolder : IDisposable
{
    public ScratchFolder()
    {
        Path = Directory.CreateTempSubdirectory("napterftp-").FullName;
    }

    public string Path { get; }

    public static implicit operator string(ScratchFolder folder) => folder.ToString();

    /// <summary>A path within the folder; with a slash or backslash at will.</summary>
    public string File(string relativePath) => System.IO.Path.GetFullPath(System.IO.Path.Combine(Path, relativePath));

    /// <summary>Makes a folder within the folder.</summary>
    public string Folder(string relativePath) => Directory.CreateDirectory(File(relativePath)).FullName;

    public override string ToString() => Path;

    public void Dispose()
    {
        try
        {
            Directory.Delete(Path, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A process that is being killed may still hold a file open on Windows; the system's own cleaning takes the rest.
        }
    }
}
