// Socket I/O of a connection. TLS goes through a BIO of our own, which uses send() with MSG_NOSIGNAL and
// notes whether a read emptied the socket; that saves the read that would only return EAGAIN.
#include "http/transport.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <new>

#include "base/check.h"

namespace porchlight::http {
namespace {

bool is_again(int error) { return error == EAGAIN || error == EWOULDBLOCK || error == EINTR; }

// One send(), without SIGPIPE.
IoResult send_some(int fd, std::string_view bytes) {
  const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (sent >= 0) return {IoStatus::kDone, static_cast<std::size_t>(sent)};
  return {is_again(errno) ? IoStatus::kAgain : IoStatus::kBroken};
}

}  // namespace

// OpenSSL's socket BIO writes without MSG_NOSIGNAL and does not report short reads.
struct SocketBio {
  static Transport& transport(BIO* bio) { return *static_cast<Transport*>(BIO_get_data(bio)); }

  static int read(BIO* bio, char* into, int size) {
    BIO_clear_retry_flags(bio);
    const IoResult result = transport(bio).receive({into, static_cast<std::size_t>(size)});
    if (result.status == IoStatus::kDone) return static_cast<int>(result.bytes);
    if (result.status == IoStatus::kAgain) BIO_set_retry_read(bio);
    return result.status == IoStatus::kEnd ? 0 : -1;
  }

  static int write(BIO* bio, const char* from, int size) {
    BIO_clear_retry_flags(bio);
    const IoResult result = send_some(transport(bio).fd_, {from, static_cast<std::size_t>(size)});
    if (result.status == IoStatus::kDone) return static_cast<int>(result.bytes);
    if (result.status == IoStatus::kAgain) BIO_set_retry_write(bio);
    return -1;
  }

  static long control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

  static BIO_METHOD* method() {
    static BIO_METHOD* const kMethod = [] {
      BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "porchlight socket");
      if (!made) throw std::bad_alloc();
      BIO_meth_set_read(made, read);
      BIO_meth_set_write(made, write);
      BIO_meth_set_ctrl(made, control);
      return made;
    }();
    return kMethod;
  }
};

Transport::Transport(int fd, TlsContext* tls) : fd_(fd) {
  if (!tls) return;
  ssl_ = SSL_new(tls->get());
  BIO* bio = BIO_new(SocketBio::method());
  if (!ssl_ || !bio) throw std::bad_alloc();
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl_, bio, bio);
  SSL_set_accept_state(ssl_);
}

Transport::~Transport() {
  SSL_free(ssl_);
  ::close(fd_);
}

IoStatus Transport::handshake() {
  CHECK(ssl_ != nullptr);
  ERR_clear_error();
  const int result = SSL_do_handshake(ssl_);
  if (result == 1) return IoStatus::kDone;
  const int error = SSL_get_error(ssl_, result);
  return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? IoStatus::kAgain : IoStatus::kBroken;
}

bool Transport::agreed_on_http2() const {
  const unsigned char* name = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(ssl_, &name, &size);
  return std::string_view(reinterpret_cast<const char*>(name), size) == "h2";
}

IoResult Transport::peek(std::span<char> into) const {
  const ssize_t got = ::recv(fd_, into.data(), into.size(), MSG_PEEK);
  if (got > 0) return {IoStatus::kDone, static_cast<std::size_t>(got)};
  if (got == 0) return {IoStatus::kEnd};
  return {is_again(errno) ? IoStatus::kAgain : IoStatus::kBroken};
}

IoResult Transport::receive(std::span<char> into) {
  const ssize_t got = ::recv(fd_, into.data(), into.size(), 0);
  drained_ = got < static_cast<ssize_t>(into.size());
  if (got > 0) return {IoStatus::kDone, static_cast<std::size_t>(got), drained_};
  if (got == 0) return {IoStatus::kEnd};
  return {is_again(errno) ? IoStatus::kAgain : IoStatus::kBroken};
}

IoResult Transport::read(std::span<char> into) { return ssl_ ? read_tls(into) : receive(into); }

// Reads the records that are available, without asking a socket again that is known to be empty.
IoResult Transport::read_tls(std::span<char> into) {
  std::size_t total = 0;
  while (total < into.size()) {
    ERR_clear_error();
    std::size_t got = 0;
    const int result = SSL_read_ex(ssl_, into.data() + total, into.size() - total, &got);
    total += got;
    if (result == 1) {
      if (drained_ && !SSL_has_pending(ssl_)) return {IoStatus::kDone, total, true};
      continue;
    }
    const int error = SSL_get_error(ssl_, result);
    if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE)
      return {total ? IoStatus::kDone : IoStatus::kAgain, total, true};
    if (total) return {IoStatus::kDone, total, false};  // the next read reports the error again
    return {error == SSL_ERROR_ZERO_RETURN ? IoStatus::kEnd : IoStatus::kBroken};
  }
  return {IoStatus::kDone, total, false};
}

IoResult Transport::write(std::string_view bytes) { return ssl_ ? write_tls(bytes) : send_some(fd_, bytes); }

IoResult Transport::write_tls(std::string_view bytes) {
  std::size_t total = 0;
  while (total < bytes.size()) {
    ERR_clear_error();
    std::size_t sent = 0;
    const int result = SSL_write_ex(ssl_, bytes.data() + total, bytes.size() - total, &sent);
    total += sent;
    if (result == 1) continue;
    const int error = SSL_get_error(ssl_, result);
    if (error == SSL_ERROR_WANT_WRITE || error == SSL_ERROR_WANT_READ)
      return {total ? IoStatus::kDone : IoStatus::kAgain, total};
    return {IoStatus::kBroken};
  }
  return {IoStatus::kDone, total};
}

// Over TLS the peer gets a close_notify first, so that it can tell the end from a cut (RFC 8446 §6.1).
void Transport::end_writing() {
  if (ssl_) {
    ERR_clear_error();
    SSL_shutdown(ssl_);
  }
  ::shutdown(fd_, SHUT_WR);
}

IoResult Transport::discard(std::span<char> scratch) { return receive(scratch); }

}  // namespace porchlight::http
