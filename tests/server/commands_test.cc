// The commands as typed by an operator, with and without a running server.
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <chrono>
#include <thread>

#include "commands.h"
#include "small_client.h"

namespace porchlight::server {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

TEST_F(Commands, WrongUsageExitsWithTwo) {
  const std::vector<std::vector<std::string>> rows = {
      {},
      {"fly"},
      {"serve"},
      {"init"},
      {"init", "--data"},
      {"user"},
      {"user", "add", "--data", "x"},
      {"token", "--data", "x", "--app", "a", "--expires", "soon"},
      {"token", "--data", "x", "--app", "a", "--expires", "0s"},
      {"serve", "--data", "x", "--clock", "fast"},
      {"serve", "--data", "x", "--listen", "nowhere"},
      {"serve", "--data", "x", "--threads", "0"},
      {"tenant", "list", "--data", "x", "--loud"},
      {"tenant", "set", "--data", "x"},
      {"tenant", "set", "T", "--data", "x", "--history", "maybe"},
      {"group", "--data", "x"},
      {"group", "member-add", "G", "--data", "x"},
  };
  for (const auto& row : rows) {
    const Ran ran = run_program(row);
    EXPECT_EQ(ran.code, 2) << testing::PrintToString(row);
    EXPECT_NE(ran.err, "") << testing::PrintToString(row);
  }
}

TEST_F(Commands, HelpAndVersionExitWithZero) {
  EXPECT_EQ(run_program({"--version"}).out, "porchlight " PORCHLIGHT_VERSION "\n");
  for (const char* command :
       {"init", "serve", "token", "tenant", "user", "app", "group", "log", "backup", "restore", "upgrade"}) {
    const Ran ran = run_program({command, "--help"});
    EXPECT_EQ(ran.code, 0) << command;
    EXPECT_THAT(ran.out, HasSubstr("Usage: "));
  }
}

TEST_F(Commands, WithoutADataFolderTheErrorSaysHowToCreateOne) {
  refused({"user", "list"}, "porchlight init");
  done({"init"});
  refused({"init"}, "already");
}

TEST_F(Commands, ManagesTheDirectory) {
  done({"init"});
  refused({"user", "list"}, "no tenant yet");
  EXPECT_THAT(done({"tenant", "add", "--name", "Contoso", "--json"}),
              HasSubstr("\"displayName\":\"Contoso\""));
  const std::string id = "11111111-2222-4333-8444-555555555555";
  EXPECT_THAT(done({"user", "add", "--upn", "ana@contoso.com", "--name", "Ana", "--id", id}), HasSubstr(id));
  EXPECT_THAT(
      done({"app", "add", "--name", "Board", "--scope", "Presence.Read Presence.Read.All", "--json"}),
      HasSubstr(
          R"("client":false,"priority":false,"scopes":["Presence.Read","Presence.Read.All"],"roles":[])"));
  EXPECT_THAT(done({"user", "list", "--json"}), HasSubstr("\"userPrincipalName\":\"ana@contoso.com\""));
  EXPECT_THAT(done({"user", "list"}), HasSubstr(id + "  ana@contoso.com  Ana"));
  EXPECT_THAT(done({"app", "list"}), HasSubstr("Board"));
  EXPECT_THAT(done({"user", "show", "ana@contoso.com", "--json"}), StartsWith("{\"id\":\"" + id));
  refused({"tenant", "remove", "Contoso"}, "has 1 users, 1 applications and 0 groups; --yes removes");
  done({"user", "remove", "--user", id});
  done({"app", "remove", "Board"});
  done({"tenant", "remove", "--tenant", "Contoso"});
  EXPECT_EQ(done({"tenant", "list", "--json"}), "[]\n");
}

TEST_F(Commands, ChangesTenantSettings) {
  done({"init"});
  done({"tenant", "add", "--name", "Contoso"});
  done({"tenant", "add", "--name", "Fabrikam", "--id", "11111111-2222-4333-8444-555555555555"});
  done({"tenant", "add", "--name", "Tailspin", "--id", "22222222-2222-4333-8444-555555555555"});
  const std::string set = done({"tenant", "set", "Contoso", "--zone", "Europe/Berlin", "--history", "off",
                                "--trust", "Fabrikam", "--trust", "Tailspin"});
  EXPECT_THAT(set, HasSubstr("Europe/Berlin"));
  EXPECT_THAT(
      done({"tenant", "show", "Contoso", "--json"}),
      HasSubstr(R"("zone":"Europe/Berlin","history":false,"trusts":["11111111-2222-4333-8444-555555555555",)"
                R"("22222222-2222-4333-8444-555555555555"]})"));
  EXPECT_THAT(
      done({"tenant", "set", "--tenant", "Contoso", "--untrust", "Tailspin", "--history", "on", "--json"}),
      HasSubstr(R"("history":true,"trusts":["11111111-2222-4333-8444-555555555555"]})"));
  EXPECT_THAT(done({"tenant", "list"}), HasSubstr("Europe/Berlin"));
  refused({"tenant", "set", "Contoso"}, "say what to set");
  refused({"tenant", "set", "Contoso", "--zone", "Mars/Olympus"}, "no time zone \"Mars/Olympus\"");
}

TEST_F(Commands, ManagesGroups) {
  done({"init", "--demo"});
  EXPECT_THAT(
      done({"group", "add", "--name", "Desk", "--user", "ana@contoso.com", "--user", "ben@contoso.com"}),
      HasSubstr("MEMBERS  2"));
  EXPECT_THAT(done({"group", "member-add", "Desk", "dev@contoso.com", "elif@contoso.com", "--json"}),
              HasSubstr("\"memberCount\":4}"));
  EXPECT_THAT(done({"group", "member-remove", "--group", "Desk", "--user", "ana@contoso.com", "--json"}),
              HasSubstr("\"memberCount\":3}"));
  EXPECT_THAT(done({"group", "list"}), HasSubstr("Desk"));
  const std::string shown = done({"group", "show", "Desk"});
  EXPECT_THAT(shown, HasSubstr("ben@contoso.com"));
  EXPECT_THAT(shown, testing::Not(HasSubstr("ana@contoso.com")));
  refused({"group", "show", "Nope"}, "no group \"Nope\"");
  refused({"group", "member-add", "Desk", "nobody@contoso.com"}, "no user \"nobody@contoso.com\"");
  done({"group", "remove", "Desk"});
  refused({"group", "show", "Desk"}, "no group");
}

// A permission that means nothing is granted all the same, with a warning.
TEST_F(Commands, WarnsOfPermissionsThatMeanNothing) {
  done({"init", "--demo"});
  const struct {
    const char *option, *permissions, *warning;
  } rows[] = {
      {"--role", "Presence.ReadWrite.All", ""},
      {"--role", "presence.read.all User.Read.All Porchlight.Admin", ""},
      {"--role", "Presence.Read.All Nonsense", "\"Nonsense\" is not a permission of this server"},
      {"--role", "Presence.Read",
       "\"Presence.Read\" is a delegated permission, and grants nothing as a role"},
      {"--role", "User.Read", "\"User.Read\" is a delegated permission"},
      {"--scope", "Presence.Read", ""},
      {"--scope", "Presence.Read.All Presence.ReadWrite", ""},
      {"--scope", "Mail.Read", "\"Mail.Read\" is not a permission of this server"},
      {"--scope", "Presence.ReadWrite.All",
       "\"Presence.ReadWrite.All\" is an application permission, and grants nothing as a scope"},
      {"--scope", "Porchlight.Admin", ""},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.permissions);
    const Ran added = run({"app", "add", "--name", "App", row.option, row.permissions});
    EXPECT_EQ(added.code, 0);
    if (*row.warning == '\0')
      EXPECT_EQ(added.err, "");
    else
      EXPECT_THAT(added.err, AllOf(StartsWith("porchlight: warning: "), HasSubstr(row.warning)));
    done({"app", "remove", "App"});
  }
  EXPECT_THAT(done({"app", "add", "--name", "App", "--json", "--role", "Presence.Read"}),
              HasSubstr(R"(,"warnings":["\"Presence.Read\" is a delegated)"));
  const struct {
    std::vector<std::string> options;
    const char* warning;
  } tokens[] = {
      {{"--role", "Mail.Read"}, "\"Mail.Read\" is not a permission of this server"},
      {{"--scope", "Presence.Read"}, "the token has no user, so its scopes grant nothing"},
      {{"--user", "ana@contoso.com", "--role", "Presence.Read.All"},
       "the token has a user, so its roles grant nothing"},
      {{"--user", "ana@contoso.com", "--scope", "Presence.Read"}, ""},
  };
  for (const auto& row : tokens) {
    std::vector<std::string> args = {"token", "--app", "App"};
    args.insert(args.end(), row.options.begin(), row.options.end());
    const Ran token = run(args);
    EXPECT_EQ(std::ranges::count(token.out, '.'), 2);
    EXPECT_EQ(token.err.empty(), *row.warning == '\0') << token.err;
    EXPECT_THAT(token.err, HasSubstr(row.warning));
  }
}

// This server knows all names of these kinds, so another one is a misprint.
TEST_F(Commands, RefusesMisspeltPermissions) {
  done({"init", "--demo"});
  for (const char* name : {"Presence.Reed", "presence.readwrit.all", "Presence.", "Porchlight.Admn"}) {
    const std::string why = std::string("there is no permission \"") + name + "\"";
    for (const char* option : {"--scope", "--role"}) {
      refused({"app", "add", "--name", "App", option, name}, why);
      refused({"app", "set", "Demo reader", option, name}, why);
      refused({"token", "--app", "Demo reader", option, name}, why);
    }
  }
}

// A script captures what is printed, as of `token`.
TEST_F(Commands, PrintsATokenForScimAlone) {
  done({"init", "--demo"});
  const std::string printed = done({"tenant", "scim-token", "Contoso"});
  EXPECT_THAT(printed, testing::MatchesRegex("scim-[^ \n]*\n"));
  const std::string json = done({"tenant", "scim-token", "Contoso", "--json"});
  EXPECT_THAT(json, AllOf(StartsWith(R"({"tenant":")"), HasSubstr(R"(,"token":"scim-)")));
}

TEST_F(Commands, SaysWhatIsRemoved) {
  done({"init", "--demo"});
  EXPECT_THAT(done({"user", "remove", "ana@contoso.com"}), StartsWith("user removed\nID"));
  EXPECT_THAT(done({"app", "remove", "Demo reader"}), StartsWith("application removed\nID"));
  done({"group", "add", "--name", "Desk"});
  EXPECT_THAT(done({"group", "remove", "Desk"}), StartsWith("group removed\nID"));
  EXPECT_THAT(done({"user", "remove", "ben@contoso.com", "--json"}), StartsWith("{\"id\":"));
  // A tenant with users is not removed without --yes: the input is no terminal.
  const std::string before = done({"user", "list", "--json"});
  refused({"tenant", "remove", "Contoso"}, "tenant \"Contoso\" has 10 users, ");
  refused({"tenant", "remove", "Contoso"}, "--yes removes them with it");
  EXPECT_EQ(done({"user", "list", "--json"}), before);
  EXPECT_THAT(done({"tenant", "remove", "Contoso", "--yes"}), StartsWith("tenant removed\nID"));
  EXPECT_EQ(done({"tenant", "list", "--json"}), "[]\n");
  refused({"tenant", "remove", "Contoso", "--yes"}, "no tenant \"Contoso\"");
  done({"tenant", "add", "--name", "Empty"});
  EXPECT_THAT(done({"tenant", "remove", "Empty"}), StartsWith("tenant removed\nID"));
}

TEST_F(Commands, AddsApplicationsWithPriority) {
  done({"init", "--demo"});
  EXPECT_THAT(done({"app", "add", "--name", "On-call", "--priority", "--json"}),
              HasSubstr("\"priority\":true"));
  EXPECT_THAT(done({"app", "list"}), HasSubstr("PRIORITY"));
}

TEST_F(Commands, PrintsOnlyTheToken) {
  done({"init", "--demo"});
  const std::string token = done({"token", "--app", "Demo reader", "--user", "ana@contoso.com"});
  EXPECT_EQ(std::ranges::count(token, '.'), 2);
  EXPECT_EQ(token.find('\n'), token.size() - 1);
  refused({"token", "--app", "Nope"}, "no application \"Nope\"");
  refused({"token", "--app", "Demo reader", "--user", "nobody@contoso.com"}, "no user");
}

TEST_F(Commands, RevokesTokens) {
  done({"init", "--demo"});
  const auto token_of = [this](const std::vector<std::string>& more) {
    std::vector<std::string> args = {"token", "--app", "Demo reader"};
    args.insert(args.end(), more.begin(), more.end());
    std::string token = done(args);
    token.pop_back();
    return token;
  };
  const std::string ana = token_of({"--user", "ana@contoso.com", "--expires", "3650d"});
  const std::string ben = token_of({"--user", "ben@contoso.com", "--expires", "3650d"});
  const std::string app = token_of({"--expires", "3650d"});
  std::string url;
  const auto started = [&] {
    auto server = serve();
    url = server->line().substr(13);
    return server;
  };
  const auto status = [&](const std::string& token) {
    return ask(url, "GET", "/v1.0/users/ana@contoso.com/presence", token).substr(9, 3);
  };
  // A token of the user that is accepted: of the first second after a revocation. Empty if none is.
  const auto accepted = [&](const std::string& user) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (std::chrono::steady_clock::now() < deadline)
      if (std::string token = token_of({"--user", user}); status(token) == "200") return token;
    return std::string();
  };
  done({"token", "revoke", "--user", "ana@contoso.com"});  // on the folder
  {
    const auto server = started();
    EXPECT_EQ(status(ana), "401");
    EXPECT_EQ(status(ben), "200");
    EXPECT_NE(accepted("ana@contoso.com"), "") << "made since";
    EXPECT_THAT(done({"token", "revoke", "--app", "Demo reader", "--json"}), HasSubstr(R"({"id":")"));
    for (const std::string& token : {ana, ben, app}) EXPECT_EQ(status(token), "401");
    const std::string since = accepted("ben@contoso.com");
    EXPECT_NE(since, "");
    // A user with the same id is another one.
    const std::string shown = done({"user", "show", "ben@contoso.com", "--json"});
    const std::string id = shown.substr(shown.find(R"("id":")") + 6, 36);
    done({"user", "remove", "ben@contoso.com"});
    done({"user", "add", "--id", id, "--upn", "ben@contoso.com", "--name", "Ben"});
    EXPECT_EQ(status(since), "401");
    EXPECT_NE(accepted("ben@contoso.com"), "");
  }
  const auto server = started();
  for (const std::string& token : {ana, ben, app}) EXPECT_EQ(status(token), "401") << "after a restart";
}

TEST_F(Commands, SaysWhoseTokensCannotBeRevoked) {
  done({"init", "--demo"});
  refused({"token", "revoke", "--user", "nobody@contoso.com"}, "no user \"nobody@contoso.com\"");
  refused({"token", "revoke", "--app", "Nope"}, "no application \"Nope\"");
  refused({"token", "revoke", "--app", "Demo reader", "--tenant", "Nope"}, "no tenant \"Nope\"");
  // Other issuers have users that are not in the directory.
  done({"token", "revoke", "--user", "11111111-2222-4333-8444-555555555555"});
  for (const std::vector<std::string>& args :
       {std::vector<std::string>{"token", "revoke"}, {"token", "revoke", "--user", "a", "--app", "b"}}) {
    const Ran ran = run(args);
    EXPECT_EQ(ran.code, 2);
    EXPECT_THAT(ran.err, HasSubstr("One of --user and --app is required"));
  }
  EXPECT_THAT(run({"token"}).err, HasSubstr("--app is required"));
  EXPECT_THAT(run_program({"token", "--app", "Demo reader"}).err, HasSubstr("--data is required"));
  EXPECT_THAT(run_program({"token", "revoke", "--help"}).out, HasSubstr("--user"));
}

// Whatever the umask of the shell.
TEST_F(Commands, FilesOfTheFolderAreTheOwnersAlone) {
  const mode_t before = ::umask(0);
  done({"init", "--demo"});
  done({"user", "password", "ana@contoso.com", "--file",
        write_file("password", "correct horse battery staple")});
  done({"tenant", "scim-token", "Contoso"});
  done({"token", "revoke", "--user", "ana@contoso.com"});
  ::umask(before);
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(data_)) {
    ++files;
    EXPECT_EQ(entry.status().permissions() & std::filesystem::perms::mask,
              entry.is_directory() ? std::filesystem::perms::owner_all
                                   : std::filesystem::perms::owner_read | std::filesystem::perms::owner_write)
        << entry.path();
  }
  EXPECT_GT(files, 10U);
}

TEST_F(Commands, ImportsUsers) {
  done({"init"});
  done({"tenant", "add", "--name", "T"});
  std::string csv = "upn,name\n";
  for (int i = 0; i < 5000; ++i) csv += "u" + std::to_string(i) + "@t.t,User " + std::to_string(i) + "\n";
  const std::string file = write_file("people.csv", csv);
  EXPECT_THAT(done({"user", "import", file}), StartsWith("5000 users added, 0 updated, 0 unchanged"));
  EXPECT_THAT(done({"user", "import", file, "--json"}),
              StartsWith(R"({"added":0,"updated":0,"unchanged":5000,"faults":[]})"));
  const std::string list = done({"user", "list", "--json"});
  EXPECT_EQ(std::ranges::count(list, '\n'), 5000);
}

// Rows that are wrong in the file or for the server, before and behind the end of a batch.
TEST_F(Commands, ImportsTheOtherRows) {
  done({"init"});
  done({"tenant", "add", "--name", "T"});
  std::string csv = "upn;name\nsean.o'brien@t.t;Sean\nno-at;X\nalone\n";
  for (int i = 0; i < 2500; ++i) csv += "u" + std::to_string(i) + "@t.t;User\n";
  csv += ";;\nlast/one@t.t;X\nlee_t.t#EXT#@t.t;Lee\nU7@T.T;Twice\n";
  const std::string file = write_file("people.csv", csv);
  const std::string why = "people.csv: line 3: the userPrincipalName is not of the form local@domain";
  const Ran strict = run({"user", "import", "--strict", file});
  EXPECT_EQ(strict.code, 1);
  EXPECT_THAT(strict.err, HasSubstr(why));
  EXPECT_THAT(strict.err, HasSubstr("people.csv: 4 rows are wrong; nothing is imported"));
  EXPECT_THAT(strict.out, StartsWith("0 users added, 0 updated, 0 unchanged"));
  EXPECT_EQ(done({"user", "list", "--json"}), "[]\n");
  const Ran ran = run({"user", "import", file});
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.out, StartsWith("2502 users added, 0 updated, 0 unchanged"));
  for (const std::string& line : {why, std::string("line 4: 1 fields, but the header has 2"),
                                  std::string("line 2506: the userPrincipalName holds a space, one of"),
                                  std::string("line 2508: \"U7@T.T\" is in line 12 already"),
                                  std::string("people.csv: 4 rows are wrong, and not imported")})
    EXPECT_THAT(ran.err, HasSubstr(line));
  EXPECT_THAT(run({"user", "import", "--json", file}).out,
              StartsWith(R"({"added":0,"updated":0,"unchanged":2502,"faults":[{"line":3,"error":"the user)"));
  EXPECT_THAT(done({"user", "show", "sean.o'brien@t.t"}), HasSubstr("Sean"));
  EXPECT_THAT(done({"user", "show", "LEE_t.t#ext#@t.t"}), HasSubstr("Lee"));
}

TEST_F(Commands, SaysWhatAFileIs) {
  done({"init"});
  done({"tenant", "add", "--name", "T"});
  refused({"user", "import", temp_ / "none.csv"}, "none.csv: it does not exist");
  refused({"user", "import", temp_ / "."}, "it is a folder");
  refused({"user", "import", write_file("empty.csv", "")}, "empty.csv: the file is empty");
  refused({"user", "import", write_file("people.xlsx", "PK\x03\x04")},
          "people.xlsx: the file is a ZIP archive");
  refused({"user", "import", "--strict", write_file("people.pdf", "%PDF-1.4")}, "the file is a PDF document");
  const Ran ran = run({"user", "import", write_file("latin1.csv", "upn,name\nz@t.t,Zo\xEB\n")});
  EXPECT_EQ(ran.code, 0);
  EXPECT_THAT(ran.err, HasSubstr("latin1.csv: read as Latin-1"));
  EXPECT_THAT(done({"user", "show", "z@t.t"}), HasSubstr("Zo\xC3\xAB"));
  EXPECT_THAT(done({"user", "import", "--strict",
                    write_file("page.json", R"({"value":[{"upn":"p@t.t","name":"P"}]})")}),
              StartsWith("1 users added"));
}

TEST_F(Commands, WorkTheSameWhileTheServerRuns) {
  done({"init", "--demo"});
  const std::string before = done({"user", "list", "--json"});
  const auto server = serve();
  const std::string line = server->line();
  ASSERT_THAT(line, StartsWith("listening on http://127.0.0.1:"));
  EXPECT_EQ(done({"user", "list", "--json"}), before);
  done({"user", "add", "--upn", "new@contoso.com", "--name", "New"});
  const std::string token = done({"token", "--app", "Demo reader"});
  EXPECT_THAT(
      ask(line.substr(13), "GET", "/v1.0/users/new@contoso.com/presence", token.substr(0, token.size() - 1)),
      StartsWith("HTTP/1.1 200 "));
  const std::string log = done({"log", "export"});
  server->signal(SIGTERM);
  EXPECT_EQ(server->wait(), 0) << server->rest_of_err();
  EXPECT_EQ(done({"log", "export"}), log);
  EXPECT_THAT(done({"user", "show", "new@contoso.com"}), HasSubstr("New"));
}

TEST_F(Commands, IgnoresTheSocketOfAKilledServer) {
  done({"init", "--demo"});
  {
    const auto server = serve();
    ASSERT_NE(server->line(), "");
    server->signal(SIGKILL);
    EXPECT_EQ(server->wait(), -SIGKILL);
  }
  ASSERT_TRUE(std::filesystem::exists(data_ + "/admin.sock"));
  EXPECT_THAT(done({"user", "list"}), HasSubstr("ana@contoso.com"));
  const auto server = serve();
  EXPECT_THAT(server->line(), StartsWith("listening on "));
}

TEST_F(Commands, StopsWithinFiveSecondsWithAnOpenConnection) {
  done({"init"});
  const auto server = serve();
  const std::string line = server->line();
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(std::stoi(line.substr(line.rfind(':') + 1))));
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ASSERT_EQ(::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  ASSERT_EQ(::send(fd, "GET /healthz HT", 15, MSG_NOSIGNAL), 15);
  const auto begin = std::chrono::steady_clock::now();
  server->signal(SIGTERM);
  EXPECT_EQ(server->wait(), 0);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
  ::close(fd);
}

TEST_F(Commands, WrongConfigurationPreventsTheStart) {
  done({"init"});
  const Ran ran = run({"serve", "--config", write_file("p.toml", "\nthreads = \"many\"\n")});
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.err, HasSubstr("p.toml:2: threads = 'many'"));
}

TEST_F(Commands, ExampleConfigurationIsValid) {
  done({"init"});
  Child server({"serve", "--data", data_, "--config", PORCHLIGHT_SOURCE "/porchlight.toml.example",
                "--listen", "127.0.0.1:0"});
  EXPECT_THAT(server.line(), StartsWith("listening on ")) << server.rest_of_err();
}

}  // namespace
}  // namespace porchlight::server
