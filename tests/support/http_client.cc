// A minimal HTTP client. It understands responses with a Content-Length, and those in chunks, of which the server sends
// no more on their connection.
#include "support/http_client.h"

#include <arpa/inet.h>
#include <simdjson.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>
#include <utility>

namespace porchlight {
namespace {

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

}  // namespace

std::string Answer::header(std::string_view name) const {
  const auto found = headers.find(std::string(name));
  return found == headers.end() ? std::string() : found->second;
}

std::string Answer::at(std::string_view pointer) const {
  simdjson::dom::parser parser;
  simdjson::dom::element root, value;
  if (parser.parse(body).get(root) != simdjson::SUCCESS) return "(not JSON)";
  if (root.at_pointer(pointer).get(value) != simdjson::SUCCESS) return "(absent)";
  std::string_view text;
  if (value.get(text) == simdjson::SUCCESS) return std::string(text);
  return simdjson::minify(value);
}

HttpClient::~HttpClient() {
  if (fd_ >= 0) ::close(fd_);
}

void HttpClient::connect() {
  fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(from_);
  if (from_ != 0 && ::bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
    throw std::runtime_error("cannot bind");
  address.sin_port = htons(port_);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    ::close(std::exchange(fd_, -1));
    throw std::runtime_error("cannot connect");
  }
  input_.clear();
}

// Reads until `input_` has `size` bytes. Returns false if the peer closed before.
bool HttpClient::fill(std::size_t size) {
  char buffer[16384];
  while (input_.size() < size) {
    const ssize_t got = ::read(fd_, buffer, sizeof buffer);
    if (got <= 0) return false;
    input_.append(buffer, static_cast<std::size_t>(got));
  }
  return true;
}

bool HttpClient::has_answer() const {
  pollfd state{fd_, POLLIN, 0};
  return !input_.empty() || ::poll(&state, 1, 0) > 0;
}

// A response in chunks ends its connection.
std::string HttpClient::receive_chunks() {
  std::string body;
  for (std::size_t size = 1; size > 0;) {
    std::size_t end;
    while ((end = input_.find("\r\n")) == std::string::npos)
      if (!fill(input_.size() + 1)) throw std::runtime_error("the connection ended within a response");
    size = std::stoul(input_.substr(0, end), nullptr, 16);
    if (!fill(end + 2 + size + 2)) throw std::runtime_error("the connection ended within a chunk");
    body += input_.substr(end + 2, size);
    input_.erase(0, end + 2 + size + 2);
  }
  return body;
}

Answer HttpClient::receive(bool head) {
  std::size_t end;
  while ((end = input_.find("\r\n\r\n")) == std::string::npos) {
    if (!fill(input_.size() + 1)) throw std::runtime_error("the connection ended without a response");
  }
  Answer answer;
  answer.status = std::stoi(input_.substr(9, 3));
  for (std::size_t at = input_.find("\r\n") + 2; at < end;) {
    const std::size_t next = input_.find("\r\n", at), colon = input_.find(": ", at);
    answer.headers.emplace(lower(input_.substr(at, colon - at)), input_.substr(colon + 2, next - colon - 2));
    at = next + 2;
  }
  if (answer.header("transfer-encoding") == "chunked") {
    input_.erase(0, end + 4);
    answer.body = receive_chunks();
    ::close(std::exchange(fd_, -1));
    return answer;
  }
  const std::string length = answer.header("content-length");
  const std::size_t body = head || length.empty() ? 0 : std::stoul(length);
  if (!fill(end + 4 + body)) throw std::runtime_error("the connection ended within a response");
  answer.body = input_.substr(end + 4, body);
  input_.erase(0, end + 4 + body);
  if (answer.header("connection") == "close") ::close(std::exchange(fd_, -1));
  return answer;
}

Answer HttpClient::send(std::string_view method, std::string_view target, std::string_view token,
                        const std::vector<std::string>& headers, std::string_view body) {
  ask(method, target, token, headers, body);
  return receive(method == "HEAD");
}

void HttpClient::ask(std::string_view method, std::string_view target, std::string_view token,
                     const std::vector<std::string>& headers, std::string_view body) {
  if (fd_ < 0) connect();
  std::string text = std::string(method) + " " + std::string(target) +
                     " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(port_) + "\r\n";
  if (!token.empty()) text += "Authorization: Bearer " + std::string(token) + "\r\n";
  for (const std::string& header : headers) text += header + "\r\n";
  if (!body.empty()) text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  text += "\r\n";
  text += body;
  if (::send(fd_, text.data(), text.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(text.size())) {
    throw std::runtime_error("cannot send");
  }
}

Answer HttpClient::post(std::string_view target, std::string_view token, std::string_view body) {
  return send("POST", target, token, {"Content-Type: application/json"}, body);
}

}  // namespace porchlight
