#include "support/fake_provider.h"

#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <stdexcept>

namespace porchlight {
namespace {

constexpr auto kDripEvery = std::chrono::milliseconds(100);

int listen_on_loopback() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0 || ::listen(fd, 16) != 0)
    throw std::runtime_error("no port on the loopback");
  return fd;
}

ssl_ctx_st* make_context(const std::filesystem::path& certificate, const std::filesystem::path& key) {
  SSL_CTX* context = SSL_CTX_new(TLS_server_method());
  if (SSL_CTX_use_certificate_chain_file(context, certificate.c_str()) != 1 ||
      SSL_CTX_use_PrivateKey_file(context, key.c_str(), SSL_FILETYPE_PEM) != 1)
    throw std::runtime_error("no certificate");
  ::signal(SIGPIPE, SIG_IGN);  // clients disconnect
  return context;
}

}  // namespace

bool await(const std::function<bool()>& holds) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!holds()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

std::string FakeProvider::ok(const std::string& body) {
  return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::string FakeProvider::redirect(const std::string& to) {
  return "HTTP/1.1 302 Found\r\nLocation: " + to + "\r\nContent-Length: 0\r\n\r\n";
}

FakeProvider::FakeProvider(const std::filesystem::path& certificate, const std::filesystem::path& key)
    : context_(make_context(certificate, key)),
      listener_(listen_on_loopback()),
      thread_([this] { serve(); }) {}

FakeProvider::~FakeProvider() {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
  }
  ::shutdown(listener_, SHUT_RDWR);
  thread_.join();
  ::close(listener_);
  SSL_CTX_free(context_);
}

std::string FakeProvider::url(const std::string& path) const {
  sockaddr_in address{};
  socklen_t size = sizeof(address);
  ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
  return "https://localhost:" + std::to_string(ntohs(address.sin_port)) + path;
}

void FakeProvider::answer(const std::string& path, std::string with) {
  const MutexLock lock(mutex_);
  answers_[path] = std::move(with);
}

void FakeProvider::set_pace(Pace pace) {
  const MutexLock lock(mutex_);
  pace_ = pace;
}

void FakeProvider::set_down(bool down) {
  const MutexLock lock(mutex_);
  down_ = down;
}

std::size_t FakeProvider::asked(const std::string& path) const {
  const MutexLock lock(mutex_);
  const auto found = asked_.find(path);
  return found == asked_.end() ? 0 : found->second;
}

bool FakeProvider::await_asked(const std::string& path, std::size_t times) const {
  return await([&] { return asked(path) >= times; });
}

void FakeProvider::serve() {
  while (true) {
    const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    {
      const MutexLock lock(mutex_);
      if (stopping_) {
        if (fd >= 0) ::close(fd);
        return;
      }
    }
    if (fd < 0) continue;
    handle_connection(fd);
    ::close(fd);
  }
}

void FakeProvider::handle_connection(int fd) {
  MutexLock lock(mutex_);
  if (down_) return;
  lock.unlock();
  SSL* const tls = SSL_new(context_);
  SSL_set_fd(tls, fd);
  std::string request;
  if (SSL_accept(tls) == 1) {
    char buffer[4096];
    while (request.find("\r\n\r\n") == std::string::npos) {
      const int count = SSL_read(tls, buffer, sizeof(buffer));
      if (count <= 0) break;
      request.append(buffer, static_cast<std::size_t>(count));
    }
  }
  if (request.starts_with("GET ")) {
    const std::string path = request.substr(4, request.find(' ', 4) - 4);
    lock.lock();
    ++asked_[path];
    const auto found = answers_.find(path);
    const std::string text =
        found != answers_.end() ? found->second : "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
    const Pace pace = pace_;
    lock.unlock();
    // poll returns once a client that timed out closes.
    pollfd client{fd, POLLIN | POLLRDHUP, 0};
    if (pace == Pace::kQuick) {
      SSL_write(tls, text.data(), static_cast<int>(text.size()));
    } else if (pace == Pace::kNever) {
      ::poll(&client, 1, 10'000);
    } else {
      for (std::size_t i = 0; i < text.size() && SSL_write(tls, text.data() + i, 1) == 1; ++i)
        if (::poll(&client, 1, kDripEvery.count()) != 0) break;
    }
    SSL_shutdown(tls);
  }
  SSL_free(tls);
}

}  // namespace porchlight
