// The server behind Debian's nginx: streams, WebSockets, and the clients that nginx names.
#include <arpa/inet.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <fstream>
#include <memory>
#include <sstream>
#include <vector>

#include "process.h"
#include "support/http_client.h"
#include "support/stream_client.h"

namespace porchlight {
namespace {

using testing::HasSubstr;

constexpr std::uint32_t kOneClient = 0x7F000002, kOtherClient = 0x7F000003;  // 127.0.0.2 and 127.0.0.3

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// nginx in front of a server, stopped by the destructor. The test opens the listening socket and nginx inherits it, so
// that there is no race for the port, and connections wait until nginx is ready.
class Nginx {
 public:
  // `directives`: of the location, after proxy_pass.
  Nginx(const TempFolder& folder, std::uint16_t server, const std::string& directives)
      : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const plain = reinterpret_cast<sockaddr*>(&address);
    if (::bind(socket_, plain, size) != 0 || ::listen(socket_, 64) != 0 ||
        ::getsockname(socket_, plain, &size) != 0)
      throw std::runtime_error("no socket for nginx");
    port_ = ntohs(address.sin_port);
    std::filesystem::create_directory(folder / "nginx");
    const std::string prefix = (folder / "nginx").string();
    std::ofstream(prefix + "/nginx.conf") << configuration(prefix, server, directives);
    start(prefix);
    ::close(socket_);  // if nginx fails, connections are refused
  }
  ~Nginx() {
    ::kill(pid_, SIGTERM);  // ends its worker too
    ::waitpid(pid_, nullptr, 0);
  }
  Nginx(const Nginx&) = delete;
  Nginx& operator=(const Nginx&) = delete;

  std::uint16_t port() const { return port_; }

 private:
  std::string configuration(const std::string& prefix, std::uint16_t server,
                            const std::string& directives) const {
    std::ostringstream text;
    text << "user root;\ndaemon off;\nworker_processes 1;\npid " << prefix
         << "/pid;\nevents {}\nhttp {\naccess_log off;\n";
    for (const char* kind : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"})
      text << kind << "_temp_path " << prefix << "/" << kind << ";\n";
    text << "map $http_upgrade $connection_upgrade { default upgrade; '' close; }\n"
         << "server {\nlisten 127.0.0.1:" << port_
         << ";\nlocation / {\nproxy_pass http://127.0.0.1:" << server << ";\n"
         << directives << "\n}\n}\n}\n";
    return text.str();
  }

  void start(const std::string& prefix) {
    const std::string inherited = std::to_string(socket_) + ";", file = prefix + "/nginx.conf",
                      log = prefix + "/error.log";
    pid_ = ::fork();
    if (pid_ != 0) return;
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);  // also if the test is killed
    ::setenv("NGINX", inherited.c_str(), 1);
    for (const char* program : {"/usr/sbin/nginx", "nginx"})
      ::execlp(program, "nginx", "-p", prefix.c_str(), "-c", file.c_str(), "-e", log.c_str(), nullptr);
    ::_exit(127);
  }

  int socket_;
  std::uint16_t port_ = 0;
  pid_t pid_ = -1;
};

class BehindNginx : public testing::Test {
 protected:
  BehindNginx() : tenant(folder / "data") {}

  // Starts the server, and nginx before it.
  void start(const std::string& settings, const std::string& directives) {
    std::ofstream(folder / "porchlight.toml") << settings;
    server.emplace(tenant.data, std::vector<std::string>{"--config", (folder / "porchlight.toml").string()});
    nginx.emplace(folder, server->port(), directives);
  }

  void set_busy() {
    HttpClient direct(server->port());
    const Answer set =
        direct.post("/v1.0/users/" + tenant.user + "/presence/setPresence", tenant.token,
                    R"({"sessionId":")" + tenant.app + R"(","availability":"Busy","activity":"InACall"})");
    ASSERT_EQ(set.status, 200) << set.body;
  }

  std::string stream_path() const { return "/porchlight/v1/stream?users=" + tenant.user; }
  std::vector<std::string> with_token(std::vector<std::string> fields = {}) const {
    fields.push_back("Authorization: Bearer " + tenant.token);
    return fields;
  }

  TempFolder folder;
  TestTenant tenant;
  std::optional<ServerProcess> server;
  std::optional<Nginx> nginx;
};

TEST_F(BehindNginx, EventsArriveAtOnce) {
  start("", "");  // nothing but proxy_pass
  StreamClient stream(nginx->port(), stream_path(), with_token());
  EXPECT_EQ(stream.status(), 200);
  EXPECT_TRUE(stream.next("ready"));
  set_busy();
  const auto changed = stream.next("presence");
  ASSERT_TRUE(changed);
  EXPECT_THAT(changed->data, HasSubstr("InACall"));
}

TEST_F(BehindNginx, WebSocketsPass) {
  const std::string upgrade = "proxy_http_version 1.1;\nproxy_set_header Upgrade $http_upgrade;\n";
  const std::vector<std::string> fields = {"Connection: keep-alive", "Connection: Upgrade",
                                           "Upgrade: websocket", "Sec-WebSocket-Version: 13",
                                           "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="};
  start("", upgrade + "proxy_set_header Connection \"keep-alive, $connection_upgrade\";");
  StreamClient stream(nginx->port(), stream_path(), with_token(fields));
  EXPECT_EQ(stream.status(), 101);
  EXPECT_TRUE(stream.next("ready"));
  set_busy();
  const auto changed = stream.next("presence");
  ASSERT_TRUE(changed);
  EXPECT_THAT(changed->data, HasSubstr("InACall"));
}

const std::string kForward =
    "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;\n"
    "proxy_set_header X-Forwarded-Proto https;\n"
    "proxy_set_header X-Forwarded-Host presence.example;\n"
    "proxy_set_header Forwarded \"\";\n";

TEST_F(BehindNginx, NamesClientSchemeAndHost) {
  start("log_level = \"debug\"\nhttp.trusted_proxies = [\"127.0.0.1\"]\n", kForward);
  HttpClient client(nginx->port(), kOneClient);
  const std::vector<std::string> forged = {"X-Forwarded-For: 192.0.2.99", "X-Forwarded-Host: evil.example",
                                           "Forwarded: for=192.0.2.99;host=evil.example"};
  const Answer read = client.send("GET", "/v1.0/users/" + tenant.user + "/presence", tenant.token, forged);
  EXPECT_EQ(read.status, 200) << read.body;
  EXPECT_THAT(read.at("/@odata.context"), testing::StartsWith("https://presence.example/v1.0/$metadata#"));
  EXPECT_EQ(server->stop(SIGTERM), 0);
  const std::string log = text_of(server->log_file());
  EXPECT_THAT(log, HasSubstr(" client=127.0.0.2 "));
  EXPECT_THAT(log, testing::Not(HasSubstr("192.0.2.99")));
}

TEST_F(BehindNginx, IsNotBelievedUnlessTrusted) {
  start("log_level = \"debug\"\nhttp.trusted_proxies = [\"127.0.0.2\"]\n", kForward);
  HttpClient client(nginx->port(), kOneClient);
  const Answer read = client.get("/v1.0/users/" + tenant.user + "/presence", tenant.token);
  EXPECT_THAT(read.at("/@odata.context"), testing::StartsWith("http://127.0.0.1:"));
  EXPECT_EQ(server->stop(SIGTERM), 0);
  EXPECT_THAT(text_of(server->log_file()), HasSubstr(" client=127.0.0.1 "));
}

// One client fills its budget with requests whose bodies do not come; the other is served.
TEST_F(BehindNginx, EachClientHasItsOwnBudget) {
  start("authority.enabled = true\nhttp.trusted_proxies = [\"127.0.0.1\"]\nhttp.strangers_per_address = 2\n",
        kForward + "proxy_http_version 1.1;\nproxy_request_buffering off;\n");
  const std::string target = "/common/oauth2/v2.0/token";
  HttpClient more(nginx->port(), kOneClient), other(nginx->port(), kOtherClient);
  // nginx passes requests on in its own time. One that arrives while a GET is at work may be refused itself, so more of
  // them follow until two are waiting.
  std::vector<std::unique_ptr<HttpClient>> waiting;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  int status = 0;
  while (status != 429 && std::chrono::steady_clock::now() < deadline) {
    if (waiting.size() < 20) {
      waiting.push_back(std::make_unique<HttpClient>(nginx->port(), kOneClient));
      waiting.back()->ask("POST", target, "",
                          {"Content-Type: application/x-www-form-urlencoded", "Content-Length: 100"});
    }
    status = more.get("/healthz", "").status;
  }
  EXPECT_EQ(status, 429);
  EXPECT_EQ(other.get("/healthz", "").status, 200);
  EXPECT_EQ(HttpClient(server->port()).get("/healthz", "").status, 200) << "the proxy itself";
}

}  // namespace
}  // namespace porchlight
