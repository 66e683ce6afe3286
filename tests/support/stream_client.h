// A client of streams: server-sent events, or messages of a WebSocket, on a socket of its own.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace porchlight {

struct StreamEvent {
  std::string name;
  std::string id;
  std::string data;  // JSON
};

class StreamClient {
 public:
  // Connects to a port of the loopback address and sends this request line and these fields.
  StreamClient(std::uint16_t port, std::string_view target, const std::vector<std::string>& fields,
               int receive_buffer = 0);
  ~StreamClient();
  StreamClient(const StreamClient&) = delete;
  StreamClient& operator=(const StreamClient&) = delete;

  // The status of the answer, and its head.
  int status();
  const std::string& head();
  // The next event; nothing where the stream has ended.
  std::optional<StreamEvent> next();
  // The next of this name; those before it are passed over.
  std::optional<StreamEvent> next(std::string_view name);
  // Whether an event is there within so many milliseconds.
  bool has_event(int ms);
  // A text message of a WebSocket's client.
  void say(std::string_view text);
  void send_raw(std::string_view bytes);
  // The code of the close frame, once the stream has ended.
  int close_code() const { return close_code_; }

 private:
  bool fill(int ms);
  bool take_event(StreamEvent& event);
  bool take_chunks();
  bool take_frame();

  int fd_;
  std::string raw_;  // as it came
  std::string head_;
  std::string body_;  // without chunks
  std::vector<StreamEvent> events_;
  bool is_socket_;
  bool has_ended_ = false;
  int close_code_ = 0;
};

}  // namespace porchlight
