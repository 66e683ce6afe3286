// The server side of WebSocket framing (RFC 6455): received bytes become texts and replies, outgoing texts
// become frames. Pure. No compression.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct wslay_event_context;

namespace porchlight::http {

// Close codes (RFC 6455 §7.4.1; from 4000 on this server's own).
enum class CloseCode : std::uint16_t {
  kNormal = 1000,
  kGoingAway = 1001,
  kProtocolError = 1002,
  kNotText = 1003,
  kBadPayload = 1007,
  kPolicy = 1008,
  kTooBig = 1009,
  kTokenExpired = 4401,
  kNotAllowed = 4403,
};

// The longest accepted message in bytes, over all its frames; beyond: kTooBig.
inline constexpr std::size_t kMessageBytesMax = 64 * 1024;

// Appends an unmasked frame.
void append_text_frame(std::string& out, std::string_view text);
// `reason`: at most 123 bytes of UTF-8.
void append_close_frame(std::string& out, CloseCode code, std::string_view reason);
// A ping without payload.
inline constexpr std::string_view kPingFrame{"\x89\x00", 2};

// Parses the bytes of a peer. Holds no memory between messages.
class WebSocketReader {
 public:
  WebSocketReader();
  ~WebSocketReader();
  WebSocketReader(const WebSocketReader&) = delete;
  WebSocketReader& operator=(const WebSocketReader&) = delete;

  // What feed() found.
  struct WebSocketInput {
    std::vector<std::string> texts;  // complete messages, UTF-8
    std::string reply;               // frames to send: pongs, or the close frame
    bool is_closed = false;          // `reply` ends with a close frame: nothing more is read or sent
  };
  // Parses the next bytes. Does nothing once closed.
  WebSocketInput feed(std::string_view bytes);

 private:
  struct Context;
  std::unique_ptr<Context> context_;  // while a frame or message is incomplete
  bool is_closed_ = false;
};

}  // namespace porchlight::http
