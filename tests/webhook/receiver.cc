#include "webhook/receiver.h"

#include <netinet/in.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <stdexcept>

#include "base/percent.h"
#include "http/tls.h"

namespace porchlight::webhook {
namespace {

constexpr auto kWaitLimit = std::chrono::seconds(20);

int listen_on_loopback(std::uint16_t& port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  if (::bind(fd, reinterpret_cast<sockaddr*>(&address), length) != 0 || ::listen(fd, 64) != 0 ||
      ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length) != 0)
    throw std::runtime_error("no port to listen on");
  port = ntohs(address.sin_port);
  return fd;
}

bool send(SSL* tls, std::string_view text) {
  return SSL_write(tls, text.data(), static_cast<int>(text.size())) == static_cast<int>(text.size());
}

// Reads the next request. Returns false at the end of the connection.
bool read_request(SSL* tls, std::string& input, ReceivedRequest& request) {
  std::size_t head_end, body_bytes = 0;
  for (;;) {
    head_end = input.find("\r\n\r\n");
    if (head_end != input.npos) {
      const std::size_t at = input.find("Content-Length: ");
      if (at < head_end) body_bytes = std::stoul(input.substr(at + 16));
      if (input.size() >= head_end + 4 + body_bytes) break;
    }
    char piece[4096];
    const int got = SSL_read(tls, piece, sizeof piece);
    if (got <= 0) return false;
    input.append(piece, static_cast<std::size_t>(got));
  }
  request.head = input.substr(0, head_end + 4);
  request.body = input.substr(head_end + 4, body_bytes);
  input.erase(0, head_end + 4 + body_bytes);
  return true;
}

std::string sized(std::string_view body) {
  std::string text("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: ");
  return text.append(std::to_string(body.size())).append("\r\n\r\n").append(body);
}

// The validation token of a request, decoded; nullopt if it has none.
std::optional<std::string> validation_token_of(const std::string& head) {
  constexpr std::string_view kName = "validationToken=";
  const std::size_t at = head.find(kName);
  if (at == head.npos) return std::nullopt;
  const std::size_t begin = at + kName.size();
  std::string decoded;
  percent_decode(head.substr(begin, head.find(' ', begin) - begin), false, decoded);
  return decoded;
}

}  // namespace

Receiver::Receiver(const std::filesystem::path& folder, const std::vector<std::string>& names,
                   Behavior behavior)
    : behavior_(behavior), context_(SSL_CTX_new(TLS_server_method())) {
  std::vector<std::string> all = names;
  all.push_back("localhost");
  const auto files = http::ensure_self_signed(folder, all);
  if (!files) throw std::runtime_error(files.error());
  ca_file_ = files->ca;
  SSL_CTX_use_certificate_chain_file(context_, files->certificate.c_str());
  SSL_CTX_use_PrivateKey_file(context_, files->key.c_str(), SSL_FILETYPE_PEM);
  if (behavior == Behavior::kOldTls) {
    SSL_CTX_set_max_proto_version(context_, TLS1_1_VERSION);
    SSL_CTX_set_cipher_list(context_, "ALL:@SECLEVEL=0");
  }
  listener_ = listen_on_loopback(port_);
  acceptor_ = std::thread([this] { accept(); });
}

Receiver::~Receiver() {
  stopping_ = true;
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  {
    const MutexLock lock(mutex_);
    for (const int fd : open_) ::shutdown(fd, SHUT_RDWR);
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  ::close(listener_);
  SSL_CTX_free(context_);
}

std::vector<ReceivedRequest> Receiver::requests() const {
  const MutexLock lock(mutex_);
  return requests_;
}

void Receiver::await_requests(std::size_t count) const {
  const auto until = std::chrono::steady_clock::now() + kWaitLimit;
  const MutexLock lock(mutex_);
  while (requests_.size() < count)
    if (!changed_.wait_until(mutex_, until)) throw std::runtime_error("timed out waiting for requests");
}

void Receiver::open_gate() {
  {
    const MutexLock lock(mutex_);
    gate_open_ = true;
  }
  changed_.notify_all();
}

void Receiver::accept() {
  for (;;) {
    const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) return;
    ++connections_;
    {
      const MutexLock lock(mutex_);
      open_.insert(fd);
      most_at_once_ = std::max<std::size_t>(most_at_once_, open_.size());
    }
    threads_.emplace_back([this, fd] { serve(fd); });
  }
}

void Receiver::serve(int fd) {
  sigset_t broken_pipe;
  sigemptyset(&broken_pipe);
  sigaddset(&broken_pipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &broken_pipe, nullptr);
  SSL* tls = SSL_new(context_);
  SSL_set_fd(tls, fd);
  if (behavior_ == Behavior::kNoHandshake) {
    char ignored[4096];
    while (::read(fd, ignored, sizeof ignored) > 0) continue;
  } else if (behavior_ != Behavior::kClosesAtOnce && SSL_accept(tls) == 1) {
    std::string input;
    ReceivedRequest request;
    while (read_request(tls, input, request)) {
      const char* name = SSL_get_servername(tls, TLSEXT_NAMETYPE_host_name);
      request.server_name = name ? name : "";
      {
        const MutexLock lock(mutex_);
        requests_.push_back(request);
      }
      changed_.notify_all();
      if (!answer(tls, fd, request)) break;
    }
  }
  SSL_free(tls);
  const MutexLock lock(mutex_);
  open_.erase(fd);
  ::close(fd);
}

void Receiver::send_forever(SSL* tls, std::string_view piece, bool slowly) {
  while (!stopping_ && send(tls, piece)) {
    const MutexLock lock(mutex_);
    if (slowly) changed_.wait_for(mutex_, std::chrono::milliseconds(20));
  }
}

// Returns false to end the connection.
bool Receiver::answer(SSL* tls, int fd, const ReceivedRequest& request) {
  std::string path = request.head.substr(5, request.head.find_first_of(" ?", 5) - 5);  // after "POST "
  const auto number = [&] { return path.substr(path.rfind('/') + 1); };
  constexpr std::string_view kNoContent = "HTTP/1.1 204 No Content\r\n\r\n";
  if (path == "/echo") return send(tls, sized(request.body));
  if (path == "/no-content") return send(tls, kNoContent);
  if (constexpr std::string_view kSubscriber = "/subscriber"; path.starts_with(kSubscriber)) {
    if (const auto token = validation_token_of(request.head)) return send(tls, sized(*token));
    path.erase(0, kSubscriber.size());
    if (path.empty()) return send(tls, kNoContent);
  }
  if (path.starts_with("/status/"))
    return send(tls, std::string("HTTP/1.1 ").append(number()).append(" So\r\nContent-Length: 2\r\n\r\nno"));
  if (path == "/redirect")
    return send(
        tls, "HTTP/1.1 302 Found\r\nLocation: /no-content\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n");
  if (path.starts_with("/body/")) return send(tls, sized(std::string(std::stoul(number()), 'x')));
  if (path == "/endless") {
    send(tls, "HTTP/1.1 202 Accepted\r\n\r\n");
    send_forever(tls, std::string(1000, 'x'), false);
  } else if (path == "/headers") {
    send(tls, "HTTP/1.1 200 OK\r\n");
    send_forever(tls, std::string("X: ").append(1000, 'x').append("\r\n"), false);
  } else if (path == "/interim") {
    send_forever(tls, "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n", false);
  } else if (path == "/drip") {
    send(tls, "HTTP/1.1 200 OK\r\n\r\n");
    send_forever(tls, "x", true);
  } else if (path == "/reset") {
    const linger now{1, 0};
    ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    ::shutdown(fd, SHUT_RD);
  } else if (path == "/close") {
    send(tls, kNoContent);
  } else if (path.starts_with("/promise/")) {
    send(tls, std::string("HTTP/1.1 200 OK\r\nContent-Length: ").append(number()).append("\r\n\r\nno"));
  } else if (path == "/drop") {
    return false;
  } else if (path == "/garbage") {
    send(tls, "SSH-2.0-garbage\r\n\r\n");
  } else if (path == "/gate") {
    MutexLock lock(mutex_);
    while (!gate_open_ && !stopping_) changed_.wait(mutex_);
    lock.unlock();
    return send(tls, kNoContent);
  } else {  // "/hang"
    const MutexLock lock(mutex_);
    while (!stopping_) changed_.wait(mutex_);
  }
  return false;
}

}  // namespace porchlight::webhook
