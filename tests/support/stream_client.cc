// Reads streams as the server sends them: chunked server-sent events, or unmasked WebSocket frames below 64
// KiB.
#include "support/stream_client.h"

#include <arpa/inet.h>
#include <poll.h>
#include <simdjson.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>

namespace porchlight {

StreamClient::StreamClient(std::uint16_t port, std::string_view target,
                           const std::vector<std::string>& fields, int receive_buffer)
    : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  if (receive_buffer != 0) ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
    throw std::runtime_error("cannot connect");
  std::string text =
      "GET " + std::string(target) + " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(port) + "\r\n";
  is_socket_ = false;
  for (const std::string& field : fields) {
    text += field + "\r\n";
    is_socket_ |= field.starts_with("Upgrade:");
  }
  send_raw(text + "\r\n");
}

StreamClient::~StreamClient() { ::close(fd_); }

void StreamClient::send_raw(std::string_view bytes) {
  [[maybe_unused]] const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
}

// Reads once. Returns false if nothing arrived in time or the peer has closed.
bool StreamClient::fill(int ms) {
  pollfd ready{fd_, POLLIN, 0};
  if (::poll(&ready, 1, ms) <= 0) return false;
  char buffer[65536];
  const ssize_t got = ::recv(fd_, buffer, sizeof buffer, 0);
  if (got <= 0) {
    has_ended_ = true;
    return false;
  }
  raw_.append(buffer, static_cast<std::size_t>(got));
  return true;
}

const std::string& StreamClient::head() {
  while (head_.empty()) {
    const std::size_t end = raw_.find("\r\n\r\n");
    if (end != std::string::npos) {
      head_ = raw_.substr(0, end + 4);
      raw_.erase(0, end + 4);
    } else if (!fill(10'000)) {
      throw std::runtime_error("no answer");
    }
  }
  return head_;
}

int StreamClient::status() { return std::stoi(head().substr(9, 3)); }

bool StreamClient::take_chunks() {
  const std::size_t line = raw_.find("\r\n");
  if (line == std::string::npos) return false;
  const std::size_t size = std::stoul(raw_.substr(0, line), nullptr, 16);
  if (raw_.size() < line + 2 + size + 2) return false;
  body_.append(raw_, line + 2, size);
  raw_.erase(0, line + 2 + size + 2);
  if (size == 0) has_ended_ = true;
  return true;
}

bool StreamClient::take_frame() {
  if (raw_.size() < 2) return false;
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(raw_[i]); };
  std::size_t at = 2, size = byte(1);
  if (size == 126) {
    if (raw_.size() < 4) return false;
    size = std::size_t(byte(2)) << 8 | byte(3);
    at = 4;
  }
  if (raw_.size() < at + size) return false;
  const std::string payload = raw_.substr(at, size);
  const int opcode = byte(0) & 15;
  if (opcode == 8) {
    has_ended_ = true;
    if (size >= 2) close_code_ = byte(at) << 8 | byte(at + 1);
  }
  raw_.erase(0, at + size);
  if (opcode != 1) return true;
  simdjson::dom::parser parser;
  const simdjson::dom::element root = parser.parse(payload);
  StreamEvent event;
  event.name = std::string_view(root["event"]);
  std::string_view id;
  if (root["id"].get(id) == simdjson::SUCCESS) event.id = id;
  event.data = simdjson::minify(root["data"]);
  events_.push_back(std::move(event));
  return true;
}

bool StreamClient::take_event(StreamEvent& event) {
  head();
  if (is_socket_) {
    while (take_frame()) {
    }
  } else {
    while (!has_ended_ && take_chunks()) {
    }
    for (std::size_t end; (end = body_.find("\n\n")) != std::string::npos; body_.erase(0, end + 2)) {
      StreamEvent found;
      for (std::size_t at = 0; at < end;) {
        const std::size_t next = body_.find('\n', at);
        const std::string line = body_.substr(at, next - at);
        if (line.starts_with("id: ")) found.id = line.substr(4);
        if (line.starts_with("event: ")) found.name = line.substr(7);
        if (line.starts_with("data: ")) found.data = line.substr(6);
        at = next + 1;
      }
      if (!found.name.empty()) events_.push_back(std::move(found));
    }
  }
  if (events_.empty()) return false;
  event = std::move(events_.front());
  events_.erase(events_.begin());
  return true;
}

std::optional<StreamEvent> StreamClient::next() {
  StreamEvent event;
  while (!take_event(event)) {
    if (has_ended_) return std::nullopt;
    if (!fill(10'000) && !has_ended_) throw std::runtime_error("timed out waiting for an event");
  }
  return event;
}

std::optional<StreamEvent> StreamClient::next(std::string_view name) {
  for (;;) {
    auto event = next();
    if (!event || event->name == name) return event;
  }
}

bool StreamClient::has_event(int ms) {
  StreamEvent event;
  if (!take_event(event)) {
    fill(ms);
    if (!take_event(event)) return false;
  }
  events_.insert(events_.begin(), std::move(event));
  return true;
}

void StreamClient::say(std::string_view text) {
  std::string frame("\x81");
  if (text.size() < 126) {
    frame += static_cast<char>(0x80 | text.size());
  } else {
    frame += static_cast<char>(0x80 | 126);
    frame += static_cast<char>(text.size() >> 8);
    frame += static_cast<char>(text.size());
  }
  frame += std::string(4, '\0');
  send_raw(frame.append(text));
}

}  // namespace porchlight
