#include "cli/admin_client.h"

#include <curl/curl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "admin/admin.h"
#include "base/json.h"

namespace porchlight::cli {
namespace {

using CommandResult = std::expected<std::string, std::string>;

// What a command says if the server has not answered in time. A server that hangs has the folder open, so the command
// cannot open it either.
std::unexpected<std::string> too_late(Duration timeout) {
  return std::unexpected(
      fmt::format("the server of this data folder does not answer within {} ms; --timeout waits for longer",
                  timeout.count()));
}

// Sets how long connect() waits while the queue of the socket is full.
void limit_wait(int fd, Duration timeout) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(timeout);
  const timeval wait{.tv_sec = seconds.count(),
                     .tv_usec = std::chrono::microseconds(timeout - seconds).count()};
  ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
}

// The process that listens on a connected socket; 0 if it is not visible from here.
pid_t peer_of(int fd) {
  ucred peer{};
  socklen_t bytes = sizeof peer;
  return ::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &bytes) == 0 ? peer.pid : 0;
}

// The server that listens on the socket; nullopt if there is no such server, an error if that cannot be determined.
std::expected<std::optional<pid_t>, std::string> listener_of(const std::filesystem::path& socket_path,
                                                             Duration timeout) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = socket_path.string();
  if (path.size() >= sizeof(address.sun_path))
    return std::unexpected(path +
                           ": the path is too long for a socket; use a data folder with a shorter path");
  std::memcpy(address.sun_path, path.data(), path.size());
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return std::unexpected(std::string("cannot create a socket: ") + std::strerror(errno));
  limit_wait(fd, timeout);
  const int failed = ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) ? errno : 0;
  const pid_t peer = failed == 0 ? peer_of(fd) : 0;
  ::close(fd);
  if (failed == 0) return peer;
  if (failed == EAGAIN) return too_late(timeout);
  if (failed == ENOENT || failed == ECONNREFUSED) return std::nullopt;
  return std::unexpected(path + ": " + std::strerror(failed));
}

// The write callback of libcurl: appends to the std::string `out`.
std::size_t append_body(char* data, std::size_t size, std::size_t count, void* out) {
  static_cast<std::string*>(out)->append(data, size * count);
  return size * count;
}

// The text of an error answer, or the status if it has none.
std::string error_of(const std::string& body, long status) {
  JsonReader reader;
  const auto root = reader.parse(body);
  std::string_view text;
  if (root && !(*root)["error"].get_string().get(text)) return std::string(text);
  return "the server answered with HTTP status " + std::to_string(status);
}

// Sends commands to the running server over its admin socket.
class SocketClient final : public AdminClient {
 public:
  SocketClient(const std::filesystem::path& socket_path, Duration timeout, const std::string& path = "/admin")
      : timeout_(timeout),
        curl_(curl_easy_init()),
        headers_(curl_slist_append(nullptr, "Content-Type: application/json")) {
    // Without it, libcurl waits for "100 Continue" before it sends a large body.
    headers_ = curl_slist_append(headers_, "Expect:");
    curl_easy_setopt(curl_, CURLOPT_UNIX_SOCKET_PATH, socket_path.c_str());
    curl_easy_setopt(curl_, CURLOPT_URL, ("http://localhost" + path).c_str());
    curl_easy_setopt(curl_, CURLOPT_PROXY, "");
    curl_easy_setopt(curl_, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl_, CURLOPT_TIMEOUT_MS, static_cast<long>(timeout.count()));
    curl_easy_setopt(curl_, CURLOPT_HTTPHEADER, headers_);
    curl_easy_setopt(curl_, CURLOPT_WRITEFUNCTION, append_body);
  }
  ~SocketClient() override {
    curl_slist_free_all(headers_);
    curl_easy_cleanup(curl_);
  }

  CommandResult run(const std::string& command) override {
    std::string body;
    curl_easy_setopt(curl_, CURLOPT_WRITEDATA, &body);
    curl_easy_setopt(curl_, CURLOPT_POSTFIELDS, command.data());
    curl_easy_setopt(curl_, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(command.size()));
    const CURLcode code = curl_easy_perform(curl_);
    if (code == CURLE_OPERATION_TIMEDOUT) return too_late(timeout_);
    if (code != CURLE_OK)
      return std::unexpected(std::string("the server of this data folder does not answer: ") +
                             curl_easy_strerror(code));
    long status = 0;
    curl_easy_getinfo(curl_, CURLINFO_RESPONSE_CODE, &status);
    if (status != 200) return std::unexpected(error_of(body, status));
    return body;
  }

 private:
  const Duration timeout_;
  CURL* curl_;
  curl_slist* headers_;
};

// Runs commands on the folder itself, which it keeps open so that no server can start on it.
class FolderClient final : public AdminClient {
 public:
  static std::expected<std::unique_ptr<AdminClient>, std::string> open(const node::DataFolder& folder) {
    auto client = std::make_unique<FolderClient>();
    auto node = node::Node::open(folder, client->config_, client->clock_, node::Purpose::kCommand);
    if (!node) return std::unexpected(node.error());
    client->node_ = *std::move(node);
    client->admin_ = std::make_unique<admin::Admin>(*client->node_);
    return client;
  }
  CommandResult run(const std::string& command) override {
    auto result = admin_->run(command, {.uid = ::getuid()});
    if (!result) return std::unexpected(std::move(result.error().text));
    return *std::move(result);
  }

 private:
  SystemClock clock_;
  node::Config config_;
  std::unique_ptr<node::Node> node_;
  std::unique_ptr<admin::Admin> admin_;
};

}  // namespace

std::expected<std::unique_ptr<AdminClient>, std::string> AdminClient::open(const std::filesystem::path& data,
                                                                           Duration timeout) {
  const auto folder = node::DataFolder::open(data);
  if (!folder) return std::unexpected(folder.error());
  auto connected = connect(*folder, timeout);
  if (!connected || *connected) return connected;
  return FolderClient::open(*folder);
}

std::expected<std::unique_ptr<AdminClient>, std::string> AdminClient::connect(const node::DataFolder& folder,
                                                                              Duration timeout) {
  const auto running = listener_of(folder.admin_socket(), timeout);
  if (!running) return std::unexpected(running.error());
  if (!*running) return nullptr;
  return std::make_unique<SocketClient>(folder.admin_socket(), timeout);
}

CommandResult ask_server(const std::filesystem::path& data, const std::string& path, Duration timeout) {
  const auto folder = node::DataFolder::open(data);
  if (!folder) return std::unexpected(folder.error());
  const auto running = listener_of(folder->admin_socket(), timeout);
  if (!running) return std::unexpected(running.error());
  if (!*running) return std::unexpected("no server runs on " + data.string());
  return SocketClient(folder->admin_socket(), timeout, path).run("");
}

CommandResult run_once(const std::filesystem::path& data, const std::string& command, Duration timeout) {
  auto client = AdminClient::open(data, timeout);
  if (!client) return std::unexpected(client.error());
  return (*client)->run(command);
}

std::optional<pid_t> server_process(const std::filesystem::path& data) {
  const auto folder = node::DataFolder::open(data);
  return folder ? listener_of(folder->admin_socket(), kAnswerWait).value_or(std::nullopt) : std::nullopt;
}

}  // namespace porchlight::cli
