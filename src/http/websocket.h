// The framing of WebSocket (RFC 6455), on the server's side: what the peer sent becomes texts and what to
// reply; what we say becomes frames. Pure. Nothing is compressed.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct wslay_event_context;

namespace porchlight::http {

// Why a connection is closed (RFC 6455 §7.4.1; from 4000 on ours).
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

// The longest message that is taken, in bytes, in however many frames; beyond: kTooBig.
inline constexpr std::size_t kMessageBytesMax = 64 * 1024;

void append_text_frame(std::string& out, std::string_view text);
// `reason`: at most 123 bytes of UTF-8.
void append_close_frame(std::string& out, CloseCode code, std::string_view reason);
inline constexpr std::string_view kPingFrame{"\x89\x00", 2};

// Takes a peer's bytes apart. Between messages it holds nothing.
class WebSocketReader {
 public:
  WebSocketReader();
  ~WebSocketReader();
  WebSocketReader(const WebSocketReader&) = delete;
  WebSocketReader& operator=(const WebSocketReader&) = delete;

  struct WebSocketInput {
    std::vector<std::string> texts;  // whole messages, UTF-8
    std::string reply;               // frames to send: pongs, or the close frame
    bool is_closed = false;          // the close frame is in it: nothing more is heard, nor to be said
  };
  WebSocketInput feed(std::string_view bytes);

 private:
  struct Context;
  std::unique_ptr<Context> context_;  // while a message or a frame is half here
  bool is_closed_ = false;
};

}  // namespace porchlight::http
