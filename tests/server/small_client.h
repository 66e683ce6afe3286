// A minimal HTTP client: each request has its own connection.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <string>

namespace porchlight::server {

// Sends the bytes and reads until the server closes.
inline std::string talk(int fd, const sockaddr* address, socklen_t length, const std::string& bytes) {
  std::string answer;
  if (::connect(fd, address, length) == 0 &&
      ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size())) {
    char block[4096];
    for (ssize_t n; (n = ::recv(fd, block, sizeof(block), 0)) > 0;) answer.append(block, n);
  }
  ::close(fd);
  return answer;
}

inline std::string request_text(const std::string& method, const std::string& target,
                                const std::string& token, const std::string& body,
                                const std::string& host = "localhost") {
  std::string text = method + " " + target + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n";
  if (!token.empty()) text += "Authorization: Bearer " + token + "\r\n";
  if (!body.empty())
    text += "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
  return text + "\r\n" + body;
}

// The whole response to a request to `url` ("http://127.0.0.1:8080"); empty if the server does not answer.
inline std::string ask(const std::string& url, const std::string& method, const std::string& target,
                       const std::string& token = "", const std::string& body = "",
                       const std::string& host = "localhost") {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1))));
  return talk(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), reinterpret_cast<sockaddr*>(&address),
              sizeof(address), request_text(method, target, token, body, host));
}

// The whole response to a posted form. `fields` are more header lines.
inline std::string post_form(const std::string& url, const std::string& target, const std::string& form,
                             const std::string& fields = "") {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1))));
  const std::string head = "POST " + target + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" +
                           fields + "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: ";
  return talk(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), reinterpret_cast<sockaddr*>(&address),
              sizeof(address), head + std::to_string(form.size()) + "\r\n\r\n" + form);
}

// The same as a small device sends it: over HTTP/1.0, and without a type.
inline std::string post_bare_form(const std::string& url, const std::string& target,
                                  const std::string& form) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1))));
  const std::string head = "POST " + target + " HTTP/1.0\r\nHost: localhost\r\nContent-Length: ";
  return talk(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), reinterpret_cast<sockaddr*>(&address),
              sizeof(address), head + std::to_string(form.size()) + "\r\n\r\n" + form);
}

// The part of `text` between the first `before` and the next `after`; empty if they are missing.
inline std::string between(const std::string& text, const std::string& before, const std::string& after) {
  const auto begin = text.find(before);
  if (begin == std::string::npos) return {};
  const auto end = text.find(after, begin + before.size());
  return end == std::string::npos ? "" : text.substr(begin + before.size(), end - begin - before.size());
}

// The first text member with that name in an answer.
inline std::string member(const std::string& answer, const std::string& name) {
  return between(answer, "\"" + name + "\":\"", "\"");
}

// The response to a request over a Unix socket.
inline std::string ask_socket(const std::string& path, const std::string& method, const std::string& target,
                              const std::string& body) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof(address.sun_path) - 1);
  return talk(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), reinterpret_cast<sockaddr*>(&address),
              sizeof(address), request_text(method, target, "", body));
}

}  // namespace porchlight::server
