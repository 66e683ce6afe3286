// A client of presence streams for tests: server-sent events, or WebSocket messages, on a socket of its own.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace porchlight {

// An event of either kind of stream.
struct StreamEvent {
  std::string name;
  std::string id;
  std::string data;  // JSON
};

// Not thread-safe. Waits at most ten seconds for an event.
class StreamClient {
 public:
  // Connects to a port on the loopback address and sends a GET of `target` with these fields.
  // `receive_buffer`: SO_RCVBUF in bytes, 0 for the default.
  StreamClient(std::uint16_t port, std::string_view target, const std::vector<std::string>& fields,
               int receive_buffer = 0);
  ~StreamClient();
  StreamClient(const StreamClient&) = delete;
  StreamClient& operator=(const StreamClient&) = delete;

  // The status of the response, and its head.
  int status();
  const std::string& head();
  // The next event; nullopt if the stream has ended. Throws if none comes in time.
  std::optional<StreamEvent> next();
  // The next event of that name; events before it are skipped.
  std::optional<StreamEvent> next(std::string_view name);
  // Whether an event arrives within `ms` milliseconds. It is not consumed.
  bool has_event(int ms);
  // Whether the server has closed the stream, as far as was read so far.
  bool has_ended() const { return has_ended_; }
  // Sends a text message over the WebSocket.
  void say(std::string_view text);
  // Sends bytes as they are.
  void send_raw(std::string_view bytes);
  // The code of the close frame, once the stream has ended; 0 if there was none.
  int close_code() const { return close_code_; }

 private:
  bool fill(int ms);
  bool take_event(StreamEvent& event);
  bool take_chunks();
  bool take_frame();

  int fd_;
  std::string raw_;  // received, not yet parsed
  std::string head_;
  std::string body_;  // without the chunked coding
  std::vector<StreamEvent> events_;
  bool is_socket_;
  bool has_ended_ = false;
  int close_code_ = 0;
};

}  // namespace porchlight
