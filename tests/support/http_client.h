// An HTTP/1.1 connection for tests: sends requests and reads whole responses. Blocking; throws if the
// connection breaks.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace porchlight {

// A response.
struct Answer {
  int status = 0;
  std::multimap<std::string, std::string> headers;  // names in lower case
  std::string body;

  // The value of a field by its lower-case name; empty if it is absent.
  std::string header(std::string_view name) const;
  // The value at a JSON pointer as text: "null" for null, "(absent)" if the pointer leads nowhere.
  std::string at(std::string_view pointer) const;
  // "Available/Available": availability and activity of a presence.
  std::string state() const { return at("/availability") + "/" + at("/activity"); }
  std::string code() const { return at("/error/code"); }
  std::string message() const { return at("/error/message"); }
};

// Not thread-safe.
class HttpClient {
 public:
  // For a port on the loopback address. Connects with the first request, and again after the server has
  // closed. `from`: its own address, one of 127.0.0.0/8, as a number in host byte order; 0 for any.
  explicit HttpClient(std::uint16_t port, std::uint32_t from = 0) : port_(port), from_(from) {}
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  // Sends a request and reads the response. An empty `token` sends no Authorization. `headers`: lines "Name:
  // value".
  Answer send(std::string_view method, std::string_view target, std::string_view token,
              const std::vector<std::string>& headers = {}, std::string_view body = {});
  Answer get(std::string_view target, std::string_view token) { return send("GET", target, token); }
  // A POST with a JSON body.
  Answer post(std::string_view target, std::string_view token, std::string_view body);

  // The two halves of send(), for responses that come later.
  void ask(std::string_view method, std::string_view target, std::string_view token,
           const std::vector<std::string>& headers = {}, std::string_view body = {});
  Answer read_answer() { return receive(false); }
  // Whether a part of a response, or the end of the connection, has arrived.
  bool has_answer() const;

 private:
  void connect();
  bool fill(std::size_t size);
  Answer receive(bool head);
  std::string receive_chunks();

  const std::uint16_t port_;
  const std::uint32_t from_;
  int fd_ = -1;
  std::string input_;
};

}  // namespace porchlight
