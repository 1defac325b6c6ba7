using System.Net;
using System.Text;
using NapterFtp.Copy;
using NapterFtp.Pulls;
using NapterFtp.Testing;
using NJsonSchema;
using static NapterFtp.Core.Tests.Pulls.PullTriggerTests;

namespace NapterFtp.Core.Tests.Pulls;

/// <summary>Schedules with a router that is told what to forward.</summary>
public sealed class PullRouterTests(Stores stores)
{
    private const string Fingerprint = "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU";
    private const string Sim = "8981100000000000001";

    private static readonly NapterRouter s_full = new(DeviceTarget.FromSimId(Sim, SimService.Arc), IPAddress.Parse("192.168.1.20"), new RouterLogin("admin", Secret("s3cret"), "-KEY-", Secret("s3cret")))
    {
        KeyFilePath = "/etc/router-key",
        Port = 2222,
        Via = NapterRouterVia.Napter,
        Backend = NapterRouterBackend.Iptables,
        HostKeyFingerprint = Fingerprint,
        FirstPort = 50000,
        LastPort = 50099,
        RuleDuration = TimeSpan.FromMinutes(5),
    };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_exported_is_imported_as_it_was_without_any_secret_and_the_schema_describes_it()
    {
        var plain = new NapterRouter(DeviceTarget.FromImsi("001010000000001"), IPAddress.Parse("192.168.1.21"), new RouterLogin("root", Secret("s3cret"), null, null)) { Via = NapterRouterVia.Api };
        NapterPull[] pulls = [Behind(s_full), Behind(plain) with { Name = "b", RouterCredentialName = "plant" }];

        var json = PullJson.Write(pulls);

        Assert.DoesNotContain("s3cret", json, StringComparison.Ordinal);
        Assert.DoesNotContain("-KEY-", json, StringComparison.Ordinal);
        var read = PullJson.Read(Encoding.UTF8.GetBytes(json), "pulls.json");
        Assert.Equal(json, PullJson.Write(read));
        Assert.Equal(Describe(s_full), Describe(read[0].Router));
        Assert.Equal(s_full.Target, read[0].Router!.Target);
        Assert.Equal(new RouterLogin("admin", null, null, null), read[0].Router!.Login);
        Assert.Equal(Describe(plain), Describe(read[1].Router));
        Assert.Equal($"{Sim}/192.168.1.20", read[0].Device);
        var schema = await JsonSchema.FromFileAsync(Path.Join(PullScheduleTests.RepositoryFolder(), "docs", PullJson.Schema), Token);
        Assert.Empty(schema.Validate(json));
        Assert.NotEmpty(schema.Validate(json.Replace("\"portRange\"", "\"password\"", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("\"imsi\": \"001010000000001\"", "deviceAddress")]
    [InlineData("\"deviceAddress\": \"192.168.1.20\"", "'imsi'")]
    [InlineData("\"imsi\": \"1\", \"deviceAddress\": \"192.168.1.20\"", "IMSI")]
    [InlineData("\"imsi\": \"001010000000001\", \"deviceAddress\": \"fd00::1\"", "IPv4")]
    [InlineData("\"imsi\": \"001010000000001\", \"deviceAddress\": \"192.168.1.20\", \"password\": \"x\"", "no 'password'")]
    [InlineData("\"imsi\": \"001010000000001\", \"deviceAddress\": \"192.168.1.20\", \"port\": 0", "'port'")]
    [InlineData("\"imsi\": \"001010000000001\", \"deviceAddress\": \"192.168.1.20\", \"via\": \"7\"", "Napter, Api")]
    [InlineData("\"imsi\": \"001010000000001\", \"deviceAddress\": \"192.168.1.20\", \"portRange\": \"9-1\"", "no range")]
    [InlineData("\"imsi\": \"001010000000001\", \"deviceAddress\": \"192.168.1.20\", \"ruleDuration\": \"1s\"", "'ruleDuration'")]
    [InlineData("\"imsi\": \"001010000000001\", \"deviceAddress\": \"192.168.1.20\", \"hostKeyFingerprint\": \"MD5\"", "fingerprint")]
    [InlineData("\"imsi\": \"001010000000001\", \"deviceAddress\": \"192.168.1.20\", \"via\": \"Api\"", "-RouterCredentialName")]
    [InlineData("\"imsi\": \"001010000000001\", \"deviceAddress\": \"192.168.1.20\", \"keyFilePath\": \"/k\"", "host key")]
    [InlineData("\"imsi\": 1", "no text")]
    public void What_is_wrong_with_it_in_a_file_is_told_with_its_line(string router, string reason)
    {
        var json = $"{{ \"pulls\": [ {{ \"name\": \"a\",\n\"path\": \"/x\", \"destination\": \"/in\", \"cron\": \"0 0 * * *\",\n\"router\": {{ {router} }}\n}} ] }}";

        var error = Assert.Throws<NapterFtpException>(() => PullJson.Read(Encoding.UTF8.GetBytes(json), "pulls.json"));

        Assert.Equal("PullFileInvalid", error.ErrorId);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.StartsWith(reason == "-RouterCredentialName" ? "pulls.json, line 1: " : "pulls.json, line 3: ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_newer_module_wrote_into_a_store_is_passed_over()
    {
        var json = PullJson.WriteOne(Behind(s_full)).Replace("\"portRange\"", "\"newer\":{\"x\":[1]},\"portRange\"", StringComparison.Ordinal);
        Assert.Equal(Describe(s_full), Describe(PullJson.ReadOne(json).Router));
    }

    [Fact]
    public void What_cannot_be_meant_is_refused()
    {
        var byPassword = s_full.With(new RouterLogin("root", Secret("x"), null, null));
        Assert.Equal("/etc/router-key", byPassword.KeyFilePath);
        (NapterPull Pull, string Id)[] wrong =
        [
            (Behind(s_full) with { DevicePortMap = ["21=2121"] }, "RouterWithDevicePortMap"),
            (Behind(s_full) with { Imsi = ["001010000000001"] }, "RouterOfOtherDevice"),
            (Behind(s_full) with { SimId = ["8981100000000000002"] }, "RouterOfOtherDevice"),
            (Behind(s_full) with { SimId = [Sim, "8981100000000000002"] }, "RouterOfOtherDevice"),
            (Behind(s_full) with { SimId = [Sim], Service = "Air" }, "RouterOfOtherDevice"),
            (Behind(s_full) with { Tag = ["plant"] }, "RouterOfOtherDevice"),
            (Behind(s_full) with { NameFilter = ["x*"] }, "RouterOfOtherDevice"),
            (Behind(s_full) with { GroupId = ["g"] }, "RouterOfOtherDevice"),
            (Pull("@daily") with { RouterCredentialName = "plant" }, "InvalidPull"),
            (Behind(new NapterRouter(s_full.Target, s_full.DeviceAddress, s_full.Login) { KeyFilePath = "/k" }), "InvalidPull"),
            (Behind(new NapterRouter(s_full.Target, s_full.DeviceAddress, s_full.Login) { Via = NapterRouterVia.Api }), "InvalidPull"),
        ];
        PullRules.Check(Behind(s_full));
        PullRules.Check(Behind(s_full) with { SimId = [Sim], Service = "arc" });
        Assert.All(wrong, pair => Assert.Equal(pair.Id, Assert.Throws<NapterFtpException>(() => PullRules.Check(pair.Pull)).ErrorId));
    }

    [Fact]
    public async Task In_the_stores_bytes_is_no_secret()
    {
        var address = await stores.NewAsync(Stores.Sqlite);
        await using (var store = await PullStore.OpenAsync(new StoreOptions { Address = address }, Token))
        {
            var kept = Assert.Single(await new PullSchedules(store).RegisterAsync([Behind(s_full) with { RouterCredentialName = "plant" }], replace: false, Token));
            await new PullRuns(store).QueueAsync(kept with { Router = s_full }, DateTimeOffset.UnixEpoch, Token);
            Assert.Equal(Describe(s_full), Describe(kept.Router));
        }

        var folder = Path.GetDirectoryName(address.Path)!;
        var texts = await Task.WhenAll(Directory.GetFiles(folder, Path.GetFileName(address.Path) + "*").Select(file => File.ReadAllTextAsync(file, Encoding.Latin1, Token)));
        Assert.Contains(texts, text => text.Contains("/etc/router-key", StringComparison.Ordinal));
        Assert.DoesNotContain(texts, text => text.Contains("s3cret", StringComparison.Ordinal) || text.Contains("-KEY-", StringComparison.Ordinal));
    }

    [Fact]
    public void A_login_that_was_looked_up_is_the_routers_and_one_looked_up_twice_is_one()
    {
        var kept = new NapterRouter(s_full.Target, s_full.DeviceAddress, new RouterLogin("root", null, null, null)) { Port = 2222 };
        var router = PullRouter.LogIn(kept, new FtpLogin("op", Secret("s3cret")));
        Assert.Equal(("op", 2222), (router.UserName, router.Port));
        Assert.Equal(router.Login, PullRouter.LogIn(kept, new FtpLogin("op", Secret("s3cret"))).Login);
        Assert.NotEqual(router.Login, PullRouter.LogIn(kept, new FtpLogin("op", Secret("another"))).Login);
    }

    [Fact]
    public async Task A_private_key_is_read_when_it_is_needed_if_it_is_nobody_elses()
    {
        using var folder = new ScratchFolder();
        var path = folder.File("key");
        using var rsa = System.Security.Cryptography.RSA.Create(2048);
        var key = rsa.ExportRSAPrivateKeyPem();
        await File.WriteAllTextAsync(path, key, Token);
        var kept = s_full.With(new RouterLogin("admin", null, null, null));
        kept = new NapterRouter(kept.Target, kept.DeviceAddress, kept.Login) { KeyFilePath = path };
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
            Assert.Equal("RouterKeyTooOpen", Assert.Throws<NapterFtpException>(() => PullRouter.LogIn(kept, null)).ErrorId);
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            Assert.Equal(("admin", key), (PullRouter.LogIn(kept, null).UserName, PullRouter.LogIn(kept, null).Login.Key));
        }

        File.Delete(path);
        Assert.Equal("RouterKeyUnreadable", Assert.Throws<NapterFtpException>(() => PullRouter.LogIn(kept, null)).ErrorId);
    }

    private static object Describe(NapterRouter? router) => (
        router!.Target, router.DeviceAddress, router.UserName, router.KeyFilePath, router.Port, router.Via, router.Backend,
        (router.HostKeyFingerprint, router.FirstPort, router.LastPort, router.RuleDuration));

    private static NapterPull Behind(NapterRouter router) => Pull("@daily") with { Imsi = [], Router = router };

    private static System.Security.SecureString Secret(string text) => new NetworkCredential("", text).SecurePassword;
}
