// The server from the operator's side: ready lines, signals, commands, the manual clock, the log.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <sstream>

#include "process.h"
#include "support/http_client.h"

namespace porchlight {
namespace {

std::string json(const std::string& text, std::string_view pointer) {
  return Answer{.status = 0, .headers = {}, .body = text}.at(pointer);
}

TEST(Serve, HealthReadinessAndStop) {
  TempFolder folder;
  const TestTenant tenant(folder / "data");
  ServerProcess server(tenant.data);
  HttpClient wire(server.port());
  EXPECT_EQ(wire.get("/healthz", "").status, 200);
  EXPECT_EQ(wire.get("/readyz", "").status, 200);
  EXPECT_EQ(server.stop(SIGTERM), 0);
  EXPECT_THROW(wire.get("/healthz", ""), std::runtime_error);
}

TEST(Serve, CreatesTheDataFolderIfAsked) {
  TempFolder folder;
  const auto data = folder / "data";
  {
    ServerProcess first(data, {"--create"});
    EXPECT_EQ(HttpClient(first.port()).get("/readyz", "").status, 200);
    EXPECT_EQ(first.stop(SIGTERM), 0);
  }
  line_of({"tenant", "add", "--data", data.string(), "--name", "Kept"});
  ServerProcess second(data, {"--create"});
  EXPECT_NE(run({"tenant", "list", "--data", data.string()}).out.find("Kept"), std::string::npos);
  EXPECT_EQ(second.stop(SIGTERM), 0);
}

// What is in the folder is not the server's: it is left as it is.
TEST(Serve, CreatesNothingBesideOtherFiles) {
  TempFolder folder;
  std::ofstream(folder / "letter.txt") << "text";
  const Finished refused = run({"serve", "--data", folder.path().string(), "--create"});
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_NE(refused.err.find("is not empty; name a new or an empty folder"), std::string::npos)
      << refused.err;
}

// A connection whose bytes the test chooses.
class RawConnection {
 public:
  explicit RawConnection(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  }
  ~RawConnection() { ::close(fd_); }
  RawConnection(const RawConnection&) = delete;
  RawConnection& operator=(const RawConnection&) = delete;

  void send(std::string_view bytes) const {
    EXPECT_EQ(::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
  }
  // Reads until the text ends with `end`, or to the end of the connection.
  std::string read_until(std::string_view end) const {
    std::string text;
    for (char c; !text.ends_with(end) && ::recv(fd_, &c, 1, 0) == 1;) text += c;
    return text;
  }

 private:
  const int fd_;
};

TEST(Serve, AnswersRequestsInFlightBeforeItStops) {
  TempFolder folder;
  const TestTenant tenant(folder / "data");
  ServerProcess server(tenant.data);
  HttpClient idle(server.port());
  EXPECT_EQ(idle.get("/healthz", "").status, 200);
  const RawConnection busy(server.port());
  const std::string_view body =
      R"({"sessionId":"s","availability":"Busy","activity":"InACall","expirationDuration":"PT1H"})";
  busy.send("POST /v1.0/users/" + tenant.user + "/presence/setPresence HTTP/1.1\r\nHost: localhost\r\n" +
            "Authorization: Bearer " + tenant.token + "\r\nContent-Type: application/json\r\n" +
            "Content-Length: " + std::to_string(body.size()) + "\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(busy.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  ASSERT_EQ(::kill(server.pid(), SIGTERM), 0);
  EXPECT_THROW(idle.read_answer(), std::runtime_error) << "a connection without a request ends";
  busy.send(body);
  EXPECT_TRUE(busy.read_until("\r\n\r\n").starts_with("HTTP/1.1 200 "));
  EXPECT_EQ(server.stop(0), 0);
}

TEST(Serve, CommandsWorkWithAndWithoutAServer) {
  TempFolder folder;
  const TestTenant tenant(folder / "data");
  std::string ben;
  {
    ServerProcess server(tenant.data);
    const Finished added = run(
        {"user", "add", "--data", tenant.data, "--upn", "ben@contoso.example", "--name", "Ben", "--json"});
    ASSERT_EQ(added.exit_code, 0) << added.err;
    ben = json(added.out, "/id");
    HttpClient wire(server.port());
    const std::string token = line_of({"token", "--data", tenant.data, "--app", tenant.app});
    EXPECT_EQ(wire.get("/v1.0/users/ben@contoso.example/presence", token).at("/id"), ben);
    struct stat socket {};
    ASSERT_EQ(::stat((folder / "data/admin.sock").c_str(), &socket), 0);
    EXPECT_EQ(socket.st_mode & 0777, 0600u);
    EXPECT_EQ(run({"serve", "--data", tenant.data, "--listen", "127.0.0.1:0"}).exit_code, 1)
        << "only one server per folder";
  }
  const Finished list = run({"user", "list", "--data", tenant.data, "--json"});
  EXPECT_NE(list.out.find(ben), std::string::npos) << "users added before the kill are kept";
  EXPECT_EQ(run({"user", "remove", "--data", tenant.data, "ben@contoso.example"}).exit_code, 0);
  EXPECT_EQ(run({"user", "show", "--data", tenant.data, "ben@contoso.example"}).exit_code, 1);
}

TEST(Serve, ExitCodes) {
  TempFolder folder;
  EXPECT_EQ(run({"--help"}).exit_code, 0);
  EXPECT_EQ(run({}).exit_code, 2);
  EXPECT_EQ(run({"nonsense"}).exit_code, 2);
  EXPECT_EQ(run({"init"}).exit_code, 2);
  const std::string data = (folder / "data").string();
  const Finished missing = run({"user", "list", "--data", data});
  EXPECT_EQ(missing.exit_code, 1);
  EXPECT_NE(missing.err.find(data), std::string::npos) << missing.err;
  EXPECT_EQ(run({"init", "--data", data}).exit_code, 0);
  EXPECT_EQ(run({"init", "--data", data}).exit_code, 1) << "an existing folder is not overwritten";
  EXPECT_EQ(run({"token", "--data", data, "--app", "nobody"}).exit_code, 1);
}

TEST(Serve, OnlyClientsMoveTheManualClock) {
  TempFolder folder;
  const TestTenant tenant(folder / "data");
  ServerProcess server(tenant.data, {"--clock", "manual"});
  HttpClient wire(server.port());
  const std::string presence = "/v1.0/users/" + tenant.user + "/presence";
  const std::string admin =
      line_of({"token", "--data", tenant.data, "--app", tenant.app, "--role", "Porchlight.Admin"});
  const std::string token = line_of({"token", "--data", tenant.data, "--app", tenant.app, "--expires", "7d"});
  ASSERT_EQ(
      wire.post(
              presence + "/setPresence", token,
              R"({"sessionId":"s","availability":"Available","activity":"Available","expirationDuration":"PT4H"})")
          .status,
      200);
  EXPECT_EQ(wire.get(presence, token).state(), "Available/Available");
  ASSERT_EQ(wire.post("/porchlight/v1/clock", admin, R"({"advance":"PT5M"})").status, 200);
  EXPECT_EQ(wire.get(presence, token).state(), "Available/AvailableInactive");
  ASSERT_EQ(wire.post("/porchlight/v1/clock", admin, R"({"advance":"PT1H"})").status, 200);
  EXPECT_EQ(wire.post("/porchlight/v1/clock", admin, R"({"advance":"PT1H"})").status, 401)
      << "the session expired after an hour";
  const std::string late =
      line_of({"token", "--data", tenant.data, "--app", tenant.app, "--role", "Porchlight.Admin"});
  ASSERT_EQ(wire.post("/porchlight/v1/clock", late, R"({"advance":"PT2H55M"})").status, 200);
  EXPECT_EQ(wire.get(presence, token).state(), "Offline/Offline");
}

TEST(Serve, ExportsTheLogInOrder) {
  TempFolder folder;
  const TestTenant tenant(folder / "data");
  ServerProcess server(tenant.data);
  HttpClient wire(server.port());
  const std::string set = "/v1.0/users/" + tenant.user + "/presence/setPresence";
  for (int i = 0; i < 5; ++i) {
    ASSERT_EQ(wire.post(set, tenant.token, R"({"sessionId":"s","availability":"Busy","activity":"InACall"})")
                  .status,
              200);
  }
  const auto lines = [](const std::string& text) {
    std::vector<std::string> all;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) all.push_back(line);
    return all;
  };
  const auto whole = lines(run({"log", "export", "--data", tenant.data}).out);
  ASSERT_EQ(whole.size(), 8u) << "a tenant, a user, an application, five sessions";
  std::string last;
  for (const std::string& line : whole) {
    EXPECT_LE(last, json(line, "/at"));
    last = json(line, "/at");
  }
  const auto rest =
      lines(run({"log", "export", "--data", tenant.data, "--from", json(whole[5], "/position")}).out);
  ASSERT_EQ(rest.size(), 3u);
  EXPECT_EQ(rest[0], whole[5]);
  EXPECT_EQ(run({"log", "export", "--data", tenant.data, "--from", "nowhere"}).exit_code, 1);
}

TEST(Serve, LogsNoSecrets) {
  TempFolder folder;
  const TestTenant tenant(folder / "data");
  const auto config = folder / "porchlight.toml";
  std::ofstream(config) << "log_level = \"debug\"\n";
  ServerProcess server(tenant.data, {"--config", config.string()});
  HttpClient wire(server.port());
  const std::string presence = "/v1.0/users/" + tenant.user + "/presence";
  EXPECT_EQ(wire.get(presence, tenant.token).status, 200);
  EXPECT_EQ(wire.get(presence + "?secret=hush", tenant.token + "x").status, 401);
  server.stop(SIGTERM);
  std::ifstream file(server.log_file());
  std::stringstream said;
  said << file.rdbuf();
  EXPECT_NE(said.str().find(presence), std::string::npos) << "a line per request at debug level";
  EXPECT_EQ(said.str().find(tenant.token.substr(tenant.token.size() - 40)), std::string::npos);
  EXPECT_EQ(said.str().find("hush"), std::string::npos);
}

// RocksDB's message names a lock file; the operator needs to know that a server has it.
// Not those of the shell from which it is called.
TEST(Doctor, ExaminesTheLimitsOfTheServer) {
  const TempFolder folder;
  const TestTenant tenant(folder / "data");
  const ServerProcess server(tenant.data);
  const rlimit few{.rlim_cur = 1999, .rlim_max = 1999};
  ASSERT_EQ(::prlimit(server.pid(), RLIMIT_NOFILE, &few, nullptr), 0);
  const Finished examined = run({"doctor", "--data", tenant.data});
  EXPECT_NE(examined.out.find("a server may open 1999 files"), std::string::npos) << examined.out;
}

TEST(LogRepair, SaysThatTheServerMustStop) {
  TempFolder folder;
  TestTenant tenant{folder / "data"};
  {
    ServerProcess server(tenant.data);
    const Finished refused = run({"log", "repair", "--data", tenant.data});
    EXPECT_EQ(refused.exit_code, 1);
    EXPECT_THAT(refused.err,
                testing::HasSubstr("in use by a server; stop it, then run `porchlight log repair` again"));
    EXPECT_THAT(refused.err, testing::Not(testing::HasSubstr("LOCK")));
  }
  EXPECT_EQ(run({"log", "repair", "--data", tenant.data}).exit_code, 0);
}

}  // namespace
}  // namespace porchlight
