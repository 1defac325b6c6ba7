using NapterFtp.Pulls;
using NapterFtp.Testing;

namespace NapterFtp.Core.Tests.Pulls;

/// <summary>FTP logins from a file of the user's own.</summary>
public sealed class LoginFileTests : IDisposable
{
    private readonly ScratchFolder _folder = new();

    [Theory]
    [InlineData("")]
    [InlineData("\uFEFF")]
    public void A_login_is_found_by_its_name(string mark)
    {
        var path = Write(mark + """
            {
              // Each plant has its own.
              "other": {"password": "no", "user": "no", "since": {"year": 2020}},
              "plant": {"user": "ftp", "password": "geheim\"ä", },
            }
            """);

        var login = LoginFile.Find(path, "plant");

        Assert.Equal("ftp", login?.UserName);
        Assert.Equal("geheim\"ä", new System.Net.NetworkCredential(null, login?.Password).Password);
        Assert.Null(LoginFile.Find(path, "Plant"));
    }

    [Fact]
    public void No_file_is_no_login() => Assert.Null(LoginFile.Find(_folder.File("none.json"), "plant"));

    [Fact]
    public void A_file_that_others_may_read_is_not_read()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows' files have no mode.");
        var path = Write("""{"plant": {"user": "ftp", "password": "geheim"}}""");
        SetMode(path, UnixFileMode.GroupRead);

        var error = Assert.Throws<NapterFtpException>(() => LoginFile.Find(path, "plant"));

        Assert.Equal("LoginFileTooOpen", error.ErrorId);
        Assert.Contains("chmod 600", error.Advice, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("geheim")]
    [InlineData("""{"plant": "geheim"}""")]
    [InlineData("""{"plant": {"password": "geheim"}}""")]
    [InlineData("""{"plant": {"user": 1, "password": "geheim"}}""")]
    public void What_is_no_such_file_is_refused_without_a_word_of_what_is_in_it(string content)
    {
        var path = Write(content);

        var error = Assert.Throws<NapterFtpException>(() => LoginFile.Find(path, "plant"));

        Assert.Equal("LoginFileInvalid", error.ErrorId);
        Assert.DoesNotContain("geheim", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_file_is_the_one_that_the_environment_names_else_one_in_the_folder_for_state()
    {
        Assert.Equal(Path.GetFullPath("/etc/napterftp/logins.json"), LoginFile.Path(_ => "/etc/napterftp/logins.json", "/state"));
        Assert.Equal(Path.Combine("/state", "logins.json"), LoginFile.Path(_ => null, "/state"));
        Assert.Null(LoginFile.Path(_ => null, null));
    }

    public void Dispose() => _folder.Dispose();

    private string Write(string content)
    {
        var path = _folder.File("logins.json");
        File.WriteAllText(path, content, new System.Text.UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        SetMode(path, UnixFileMode.None);
        return path;
    }

    private static void SetMode(string path, UnixFileMode others)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | others);
        }
    }
}
