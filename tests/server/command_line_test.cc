// The command line itself: misspellings, the help, and options that contradict each other or the server's limits.
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>
#include <sstream>
#include <thread>

#include "authority/authority_stores.h"
#include "commands.h"

namespace porchlight::server {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class CommandLine : public Commands {};

TEST_F(CommandLine, NamesMisspellingsWithTheNearestMatch) {
  struct Row {
    std::vector<std::string> args;
    std::string_view what;
  };
  const Row rows[] = {
      {{"serv"}, "\"porchlight\" has no command \"serv\"; did you mean serve?"},
      {{"sevre", "--data", "x"}, "did you mean serve?"},
      {{"users", "list"}, "did you mean user?"},
      {{"Tenant", "list"}, "did you mean tenant?"},
      {{"load"}, "did you mean loadtest?"},
      {{"fly"}, "\"porchlight\" has no command \"fly\"\n"},
      {{"user", "lst", "--data", "x"}, "\"porchlight user\" has no command \"lst\"; did you mean list?"},
      {{"user", "passwd", "--data", "x"}, "did you mean password?"},
      {{"user", "exterminate"}, "\"porchlight user\" has no command \"exterminate\"\n"},
      {{"app", "secret-ad", "--data", "x"}, "did you mean secret-add?"},
      {{"group", "member-del", "--data", "x"}, "did you mean member-"},
      {{"user", "list", "--dat", "x"}, "\"porchlight user list\" has no option --dat; did you mean --data?"},
      {{"user", "list", "--data", "x", "--tennant=T"}, "no option --tennant; did you mean --tenant?"},
      {{"token", "--data", "x", "--app", "a", "--expire", "1h"}, "did you mean --expires?"},
      {{"token", "revke", "--data", "x"}, "did you mean revoke?"},
      {{"serve", "--data", "x", "--listn", "127.0.0.1:0"}, "did you mean --listen?"},
      {{"serve", "--data", "x", "--clokc", "manual"}, "did you mean --clock?"},
      {{"serve", "--data", "x", "--clock_start", "now"}, "did you mean --clock-start?"},
      {{"init", "--data", "x", "--quux"}, "\"porchlight init\" has no option --quux\n"},
      {{"--data", "x", "user", "list"},
       "\"porchlight\" has no option --data; options follow the whole command"},
      {{"user", "--data", "x", "list"}, "\"porchlight user\" has no option --data; options follow"},
      {{"user", "list", "-d", "x"}, "\"porchlight user list\" has no option -d"},
      {{"user", "add", "--name", "--upn", "--data", "x", "--jsn"}, "no option --jsn; did you mean --json?"},
  };
  for (const Row& row : rows) {
    const Ran ran = run_program(row.args);
    EXPECT_EQ(ran.code, 2) << testing::PrintToString(row.args);
    EXPECT_THAT(ran.err, AllOf(StartsWith("porchlight: "), HasSubstr(row.what)))
        << testing::PrintToString(row.args);
  }
}

// What is wrong in another way keeps the message that names it.
TEST_F(CommandLine, OtherFaultsAreNotCalledMisspellings) {
  const std::vector<std::vector<std::string>> rows = {
      {},
      {"user"},
      {"serve"},
      {"user", "show", "--data", "x"},
      {"init", "--data"},
      {"serve", "--data", "x", "--threads", "0"},
      {"serve", "--data", "x", "--clock", "fast"},
      {"user", "show", "ana@contoso.com", "ben@contoso.com", "--data", "x"},
      {"user", "list", "--data", "x", "--timeout", "soon"},
      {"tenant", "add", "--name", "serv"},
  };
  for (const auto& row : rows) {
    const Ran ran = run_program(row);
    EXPECT_EQ(ran.code, 2) << testing::PrintToString(row);
    EXPECT_THAT(ran.err, Not(HasSubstr("has no"))) << testing::PrintToString(row);
  }
}

// The commands that the help of `path` lists.
std::vector<std::string> listed_in(const std::string& help) {
  std::vector<std::string> names;
  std::istringstream lines(help.substr(std::min(help.find("\nSubcommands:\n"), help.size())));
  for (std::string line; std::getline(lines, line);) {
    if (line.size() < 3 || !line.starts_with("  ") || line[2] == ' ') continue;
    if (line.starts_with("  porchlight ")) continue;
    names.push_back(line.substr(2, line.find(' ', 2) - 2));
  }
  return names;
}

// The words of an example, as a shell would read them; a remark after more than one space, a pipe and a redirection end
// them.
std::vector<std::string> words_of(const std::string& example) {
  std::vector<std::string> words(1);
  bool quoted = false;
  for (std::size_t i = 0; i < example.size(); ++i) {
    const char c = example[i];
    if (!quoted && (c == '|' || c == '>' || example.compare(i, 2, "  ") == 0)) break;
    if (c == '"')
      quoted = !quoted;
    else if (c == ' ' && !quoted)
      words.emplace_back();
    else
      words.back() += c;
  }
  if (words.back().empty()) words.pop_back();
  return words;
}

// Every command has an example of its own, and its examples are accepted: those that name a folder or a server fail
// because it does not exist, and not for wrong usage; others succeed.
class Help : public CommandLine {
 protected:
  void check(const std::vector<std::string>& path) {
    std::vector<std::string> args = path;
    args.push_back("--help");
    const std::string help = run_program(args).out;
    const std::vector<std::string> commands = listed_in(help);
    for (const std::string& name : commands) {
      std::vector<std::string> below = path;
      below.push_back(name);
      check(below);
    }
    check_examples(path, help, !commands.empty());
    checked_ += commands.empty();
  }
  int checked_ = 0;

 private:
  void check_examples(const std::vector<std::string>& path, const std::string& help, bool is_group) {
    std::string start = "porchlight";
    for (const std::string& name : path) start += " " + name;
    const std::string title = testing::PrintToString(path);
    int examples = 0;
    std::istringstream lines(help);
    for (std::string line; std::getline(lines, line);) {
      if (!line.starts_with("  porchlight ")) continue;
      line.erase(0, 2);
      EXPECT_THAT(line, StartsWith(start + " ")) << title;
      if (++examples; is_group) continue;
      std::vector<std::string> words = words_of(line);
      words.erase(words.begin());
      bool names_place = false;
      for (std::string& word : words) {
        const bool is_path = word.starts_with("~/") || word.starts_with("/");
        names_place = names_place || is_path || word.starts_with("http");
        if (is_path) word = "/dev/null/none";
      }
      const Ran ran = run_program(words);
      EXPECT_EQ(ran.code, names_place ? 1 : 0) << line << "\n" << ran.err;
    }
    EXPECT_GE(examples, is_group ? 0 : 1) << title;
  }
};

TEST_F(Help, EachExampleBelongsToItsCommandAndIsAccepted) {
  check({});
  EXPECT_GE(checked_, 30);
}

TEST_F(CommandLine, ChecksHowLongTokensAndSecretsLive) {
  done({"init", "--demo"});
  struct Row {
    std::string_view what, life;
    int code;
  };
  const Row rows[] = {
      {"token", "1ms", 0},          {"token", "90s", 0},
      {"token", "3650d", 0},        {"token", "3651d", 1},
      {"token", "36500d", 1},       {"token", "P100Y", 2},
      {"token", "0s", 2},           {"token", "-1h", 2},
      {"token", "99999999999d", 1}, {"token", "999999999999999999d", 2},
      {"secret", "730d", 0},        {"secret", "731d", 1},
      {"secret", "17521h", 1},      {"secret", "17520h", 0},
      {"secret", "0d", 2},          {"secret", "36500d", 1},
      {"secret", "1s", 0},
  };
  for (const Row& row : rows) {
    std::vector<std::string> args = {"token", "--app", "Demo writer", "--expires", std::string(row.life)};
    if (row.what == "secret") args = {"app", "secret-add", "Demo writer", "--expires", std::string(row.life)};
    const Ran ran = run(args);
    EXPECT_EQ(ran.code, row.code) << row.what << " " << row.life << ran.err;
    if (row.code != 1) continue;
    EXPECT_THAT(ran.err, HasSubstr(row.what == "token" ? "at most 3650d" : "at most 730d")) << row.life;
  }
}

TEST_F(CommandLine, AStartTimeNeedsAManualClock) {
  const std::string start = "2030-01-07T09:00:00Z";
  struct Row {
    std::vector<std::string> args;
    int code;
  };
  const Row rows[] = {
      {{"--clock-start", start}, 2},
      {{"--clock-start", start, "--clock", "system"}, 2},
      {{"--clock", "system", "--clock-start", start}, 2},
      {{"--clock-start", start, "--throttle", "off"}, 2},
      {{"--clock-start", "soon", "--clock", "manual"}, 2},
      {{"--clock-start", "", "--clock", "manual"}, 2},
      {{"--clock", "manual", "--clock-start", start}, 1},
      {{"--clock-start", start, "--clock", "manual"}, 1},
      {{"--clock", "manual"}, 1},
      {{"--clock", "system"}, 1},
  };
  for (const Row& row : rows) {
    std::vector<std::string> args = {"serve", "--data", temp_ / "none"};
    args.insert(args.end(), row.args.begin(), row.args.end());
    EXPECT_EQ(run_program(args).code, row.code) << testing::PrintToString(row.args);
  }
  EXPECT_THAT(run_program({"serve", "--data", "x", "--clock-start", start}).err, HasSubstr("--clock manual"));
}

TEST_F(CommandLine, TwoTenantsOfOneNameMustBeMeant) {
  done({"init"});
  done({"tenant", "add", "--name", "Contoso"});
  for (const char* name : {"Contoso", "contoso", "CONTOSO"})
    refused({"tenant", "add", "--name", name}, "already; --allow-duplicate-name adds another");
  for (const char* name : {"Contoso ", "Contoso2", "Conto\xC3\xB6so"})
    done({"tenant", "add", "--name", name});
  done({"tenant", "add", "--name", "Contoso", "--allow-duplicate-name"});
  refused({"tenant", "show", "Contoso"}, "several tenants are named \"Contoso\"");
  refused({"tenant", "add", "--name", "Contoso"}, "already");
}

TEST_F(CommandLine, ChangesUsers) {
  done({"init", "--demo"});
  const std::string before = done({"user", "show", "ana@contoso.com", "--json"});
  const std::string id = before.substr(7, 36);
  EXPECT_THAT(done({"user", "set", "ana@contoso.com", "--name", "Ana Berg"}), HasSubstr("Ana Berg"));
  EXPECT_THAT(done({"user", "set", id, "--new-upn", "ana.berg@contoso.com", "--json"}),
              AllOf(HasSubstr(id), HasSubstr("ana.berg@contoso.com"), HasSubstr("Ana Berg")));
  done({"user", "set", "ana.berg@contoso.com", "--new-upn", "Ana.Berg@contoso.com", "--name", "A"});
  refused({"user", "show", "ana@contoso.com"}, "no user");
  done({"user", "set", "ana.berg@contoso.com", "--name", "A"});  // what it has already
  refused({"user", "set", id}, "say what to set");
  refused({"user", "set", "nobody@contoso.com", "--name", "X"}, "no user");
  refused({"user", "set", id, "--new-upn", "BEN@contoso.com"}, "another user's userPrincipalName");
  refused({"user", "set", id, "--new-upn", "no-at"}, "the userPrincipalName");
  refused({"user", "set", id, "--name", std::string(2000, 'x')}, "the name");
  EXPECT_THAT(done({"user", "show", id, "--json"}), HasSubstr("\"displayName\":\"A\""));
}

TEST_F(CommandLine, ChangesApplications) {
  done({"init", "--demo"});
  done({"app", "add", "--name", "App", "--scope", "Presence.Read", "--role", "Presence.Read.All"});
  const auto expect = [&](std::vector<std::string> args, const std::string& json) {
    args.insert(args.begin(), {"app", "set", "App", "--json"});
    EXPECT_THAT(done(args), HasSubstr(json)) << testing::PrintToString(args);
  };
  const std::string roles = R"("roles":["Presence.Read.All"])";
  expect({"--client", "on"}, R"("client":true,"priority":false,"scopes":["Presence.Read"],)" + roles);
  expect({"--priority", "on"}, R"("client":true,"priority":true,"scopes":["Presence.Read"],)" + roles);
  expect({"--client", "off"}, R"("client":false,"priority":true)");
  expect({"--scope", "Presence.Read.All User.Read"},
         R"("scopes":["Presence.Read.All","User.Read"],)" + roles);
  expect({"--role", ""}, R"("roles":[])");
  expect({"--scope", "", "--role", "Presence.ReadWrite.All"},
         R"("scopes":[],"roles":["Presence.ReadWrite.All"])");
  EXPECT_THAT(run({"app", "set", "App", "--role", "Mail.Read"}).err, StartsWith("porchlight: warning: "));
  expect({"--name", "New"}, R"("displayName":"New","tenant")");
  refused({"app", "set", "App", "--name", "X"}, "no application \"App\"");
  refused({"app", "set", "New"}, "say what to set");
  refused({"app", "set", "New", "--name", std::string(2000, 'x')}, "the name");
  refused({"app", "set", "New", "--role", "a\"b"}, "is not a permission");
  EXPECT_EQ(run({"app", "set", "New", "--client", "maybe"}).code, 2);
  EXPECT_THAT(done({"app", "show", "New", "--json"}),
              HasSubstr(R"("priority":true,"scopes":[],"roles":["Mail)"));
}

// Without a server: the folder of one that is stopped.
TEST_F(CommandLine, RevokesSignIns) {
  done({"init", "--demo"});
  const auto id_in = [&](const std::vector<std::string>& args) {
    const std::string json = done(args);
    return parse_guid(json.substr(json.find(R"(d":")") + 4, 36)).value();
  };
  const Guid family = guid_from_name("family"), tenant = id_in({"tenant", "show", "Contoso", "--json"});
  const Guid app = id_in({"app", "show", "Demo writer", "--json"});
  const Guid ana = id_in({"user", "show", "ana@contoso.com", "--json"});
  {
    const auto store = authority::open_credential_store(temp_ / "data" / "authority").value();
    authority::AuthorityStores stores(*store);
    const Time begun = SystemClock().wall();
    ASSERT_TRUE(stores.credentials.set_password(tenant, ana, "correct horse battery", begun));
    ASSERT_TRUE(stores.families.save(family, {.grant = {tenant, app, ana, "", begun}, .used = begun}));
  }
  const std::vector<std::string> list = {"app", "sign-ins", "Demo writer"};
  EXPECT_THAT(done(list), AllOf(HasSubstr(to_string(family)), HasSubstr("ana@contoso.com")));
  refused({"app", "sign-ins", "Demo reader", "--revoke", to_string(family)}, "no such sign-in");
  EXPECT_THAT(done({"app", "sign-ins", "Demo writer", "--revoke", to_string(family)}),
              HasSubstr("sign-in removed"));
  EXPECT_THAT(done(list), Not(HasSubstr(to_string(family))));
}

// The column at which `text` begins in the line that has it, where each of `wide` takes two columns and each of
// `combining` none.
std::size_t column_of(const std::string& table, const std::string& text) {
  const std::size_t at = table.find(text);
  EXPECT_NE(at, std::string::npos) << text << " in\n" << table;
  const std::string before = table.substr(table.rfind('\n', at) + 1, at - table.rfind('\n', at) - 1);
  std::size_t columns = 0;
  for (std::size_t i = 0; i < before.size(); ++i) {
    const auto byte = static_cast<unsigned char>(before[i]);
    if ((byte & 0xC0) == 0x80) continue;
    const bool is_combining = byte == 0xCC;             // U+0300 to U+033F
    const bool is_wide = byte >= 0xE3 && byte <= 0xF0;  // CJK, Hangul, emoji
    columns += is_combining ? 0 : is_wide ? 2 : 1;
  }
  return columns;
}

TEST_F(CommandLine, TablesAlign) {
  done({"init"});
  done({"tenant", "add", "--name", "T"});
  const std::string names[] = {"A",
                               "Zo\xC3\xAB",                            // two bytes
                               "Zoe\xCC\x88",                           // a combining mark
                               "\xE6\x9D\x8E\xE5\xB0\x8F\xE9\xBE\x99",  // wide
                               "\xED\x95\x9C\xEA\xB5\xAD",
                               "\xF0\x9F\x98\x80",
                               "\xE3\x82\xAB\xE3\x83\x8A",
                               "\xD0\x90\xD0\xBD\xD0\xBD\xD0\xB0",
                               "\xD7\x90\xD7\x91",
                               "a longer name than the others"};
  for (std::size_t i = 0; i < std::size(names); ++i)
    done({"app", "add", "--name", names[i], "--scope", "Scope.N" + std::to_string(i)});
  const std::string table = done({"app", "list"});
  const std::size_t column = column_of(table, "SCOPES");
  for (std::size_t i = 0; i < std::size(names); ++i)
    EXPECT_EQ(column_of(table, "Scope.N" + std::to_string(i)), column) << names[i] << "\n" << table;
  // One object: the values stand in one column, behind the longest title.
  const std::string shown = done({"app", "registration", "A"});
  EXPECT_THAT(shown, AllOf(HasSubstr("ID            "), HasSubstr("\nNAME           A\n"),
                           HasSubstr("\nPUBLIC         no\n")));
}

TEST_F(CommandLine, ADryRunWritesNothing) {
  done({"init"});
  done({"tenant", "add", "--name", "T"});
  const std::string file = write_file("people.csv", "upn,name\na@t.t,A\nb@t.t,B\n");
  EXPECT_EQ(done({"user", "import", file, "--dry-run"}),
            "2 users would be added, 0 updated, 0 unchanged; nothing is written\n");
  EXPECT_EQ(done({"user", "list", "--json"}), "[]\n");
  done({"user", "import", file});
  const std::string next = write_file("next.csv", "upn,name\na@t.t,A\nb@t.t,New\nc@t.t,C\n");
  EXPECT_EQ(done({"user", "import", next, "--dry-run"}),
            "1 users would be added, 1 updated, 1 unchanged; nothing is written\n");
  EXPECT_THAT(done({"user", "import", next, "--dry-run", "--json"}),
              StartsWith(R"({"added":1,"updated":1,"unchanged":1,"faults":[]})"));
  EXPECT_THAT(done({"user", "import", next, "--dry-run", "--strict"}), StartsWith("1 users would be added"));
  EXPECT_THAT(done({"user", "show", "b@t.t"}), HasSubstr("B"));
  refused({"user", "show", "c@t.t"}, "no user");
  const std::string bad = write_file("bad.csv", "upn,name\nno-at,A\nd@t.t,D\n");
  const Ran ran = run({"user", "import", bad, "--dry-run"});
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.out, StartsWith("1 users would be added"));
  EXPECT_THAT(ran.err,
              AllOf(HasSubstr("bad.csv: line 2: "), HasSubstr("1 row is wrong; nothing is imported")));
  refused({"user", "show", "d@t.t"}, "no user");
}

TEST_F(CommandLine, ImportsFromStandardInput) {
  done({"init"});
  done({"tenant", "add", "--name", "T"});
  const auto import = [&](const std::string& name, const std::string& text, const std::string& option) {
    const std::string command = program().string() + " user import - --data " + data_ + " " + option + " < " +
                                write_file(name, text) + " > " + (temp_ / "out").string() + " 2>&1";
    EXPECT_EQ(std::system(command.c_str()) == 0, !name.starts_with("bad")) << name;
    std::ifstream out(temp_ / "out");
    return std::string(std::istreambuf_iterator<char>(out), {});
  };
  EXPECT_THAT(import("csv", "upn,name\na@t.t,A\n", ""), StartsWith("1 users added"));
  EXPECT_THAT(import("json", R"([{"upn":"b@t.t","name":"B"}])", ""), StartsWith("1 users added"));
  EXPECT_THAT(import("check", "upn,name\nc@t.t,C\n", "--dry-run"), StartsWith("1 users would be added"));
  EXPECT_THAT(import("strict", "upn,name\nc@t.t,C\n", "--strict"), StartsWith("1 users added"));
  EXPECT_THAT(import("bad_row", "upn,name\nx,X\n", ""), HasSubstr("stdin: line 2: "));
  EXPECT_THAT(import("bad_empty", "", ""), HasSubstr("stdin: the file is empty"));
  EXPECT_THAT(import("bad_pdf", "%PDF-1.4", ""), HasSubstr("stdin: the file is a PDF document"));
}

// A server's admin socket under control of the test.
class FakeServer {
 public:
  explicit FakeServer(const std::string& data) : fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path = data + "/admin.sock";
    std::memcpy(address.sun_path, path.c_str(), path.size());
    EXPECT_EQ(::bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::listen(fd_, 4), 0);
  }
  ~FakeServer() { ::close(fd_); }
  // Accepts the connection that only asks whether a server listens, and the one that has a command.
  void accept_command() {
    ::close(::accept(fd_, nullptr, nullptr));
    command_ = ::accept(fd_, nullptr, nullptr);
  }
  // Reads one request to the end of its body.
  std::string read() const {
    std::string text;
    char block[65536];
    while (true) {
      const auto head = text.find("\r\n\r\n");
      const auto length = text.find("Content-Length: ");
      if (head != std::string::npos && text.size() >= head + 4 + std::stoul(text.substr(length + 16)))
        return text;
      const ssize_t got = ::read(command_, block, sizeof block);
      if (got <= 0) return text;
      text.append(block, static_cast<std::size_t>(got));
    }
  }
  void answer(const std::string& body) const {
    const std::string text =
        "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
    EXPECT_EQ(::write(command_, text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  void hang_up() { ::close(command_); }

 private:
  const int fd_;
  int command_ = -1;
};

TEST_F(CommandLine, CtrlCSaysHowFarTheImportCame) {
  done({"init"});
  std::string csv = "upn,name\n";
  for (int i = 0; i < 20'000; ++i) csv += "u" + std::to_string(i) + "@t.t,User\n";  // several batches
  const std::string file = write_file("people.csv", csv);
  FakeServer server(data_);
  Child import({"user", "import", file, "--data", data_});
  server.accept_command();
  EXPECT_THAT(server.read(), HasSubstr("u0@t.t"));
  import.signal(SIGINT);  // before the answer, so it has arrived when the command goes on
  server.answer(R"({"added":1900,"updated":60,"unchanged":40,"faults":[]})");
  EXPECT_EQ(import.wait(), 1);
  EXPECT_THAT(import.rest_of_err(),
              AllOf(HasSubstr("people.csv: interrupted (2000 users of the rows before are imported"),
                    HasSubstr("importing the file again continues")));
  EXPECT_EQ(import.rest_of_out(), "");
  server.hang_up();
}

TEST_F(CommandLine, ASecondCtrlCEndsTheImport) {
  done({"init"});
  const std::string file = write_file("people.csv", "upn,name\na@t.t,A\n");
  FakeServer server(data_);
  Child import({"user", "import", file, "--data", data_});
  server.accept_command();
  server.read();
  import.signal(SIGINT);
  // The first one may not have been taken before the second is sent, and then counts once.
  while (import.is_running()) {
    import.signal(SIGINT);
    ::sched_yield();
  }
  EXPECT_EQ(import.wait(), -SIGINT);
  server.hang_up();
}

TEST_F(CommandLine, AServerThatDoesNotAnswerIsGivenUp) {
  done({"init"});
  const FakeServer server(data_);  // nothing is ever accepted
  const std::vector<std::vector<std::string>> rows = {
      {"user", "list"},
      {"user", "show", "ana@contoso.com"},
      {"user", "add", "--upn", "a@t.t", "--name", "A"},
      {"tenant", "list"},
      {"tenant", "remove", "T"},
      {"app", "list"},
      {"app", "registration", "A"},
      {"group", "show", "G"},
      {"group", "list"},
      {"user", "import", write_file("people.csv", "upn,name\na@t.t,A\n")},
  };
  int waiting = 0;
  for (std::vector<std::string> args : rows) {
    args.insert(args.end(), {"--timeout", "1ms"});
    // The first ones wait for an answer, the others for a place in the full queue of the socket.
    refused(args, "the server of this data folder does not answer");
    ++waiting;
  }
  EXPECT_EQ(waiting, 10);
}

}  // namespace
}  // namespace porchlight::server
