// WebSocket framing over wslay. wslay reads from and writes to memory here. A context is kept only while a
// frame or message is incomplete: thousands of quiet connections cost nothing.
#include "http/websocket.h"

#include <wslay/wslay.h>

#include <algorithm>
#include <cstring>
#include <new>

#include "base/check.h"

namespace porchlight::http {
namespace {

constexpr std::size_t kMaskBytes = 4;

// The head of an unmasked, final frame (RFC 6455 §5.2).
void append_head(std::string& out, std::uint8_t opcode, std::size_t size) {
  out += static_cast<char>(0x80 | opcode);
  if (size < 126) {
    out += static_cast<char>(size);
    return;
  }
  const int bytes = size <= 0xFFFF ? 2 : 8;
  out += static_cast<char>(bytes == 2 ? 126 : 127);
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) out += static_cast<char>(size >> shift);
}

// The bytes of a masked frame with that payload.
std::uint64_t frame_bytes(std::uint64_t payload) {
  const std::uint64_t length = payload < 126 ? 0 : payload <= 0xFFFF ? 2 : 8;
  return 2 + length + kMaskBytes + payload;
}

}  // namespace

void append_text_frame(std::string& out, std::string_view text) {
  append_head(out, WSLAY_TEXT_FRAME, text.size());
  out += text;
}

void append_close_frame(std::string& out, CloseCode code, std::string_view reason) {
  CHECK(reason.size() <= 123u);
  append_head(out, WSLAY_CONNECTION_CLOSE, 2 + reason.size());
  const auto number = static_cast<std::uint16_t>(code);
  out += static_cast<char>(number >> 8);
  out += static_cast<char>(number);
  out += reason;
}

// A wslay context that reads from `input` and writes to `result`.
struct WebSocketReader::Context {
  Context() {
    wslay_event_callbacks callbacks{};
    callbacks.recv_callback = on_recv;
    callbacks.send_callback = on_send;
    callbacks.on_frame_recv_start_callback = on_frame_start;
    callbacks.on_frame_recv_end_callback = on_frame_end;
    callbacks.on_msg_recv_callback = on_message;
    if (wslay_event_context_server_init(&wslay, &callbacks, this) != 0) throw std::bad_alloc();
    wslay_event_config_set_max_recv_msg_length(wslay, kMessageBytesMax);
  }
  ~Context() { wslay_event_context_free(wslay); }

  static Context& of(void* self) { return *static_cast<Context*>(self); }

  static ssize_t on_recv(wslay_event_context_ptr wslay, std::uint8_t* into, std::size_t size, int,
                         void* self) {
    std::string_view& input = of(self).input;
    if (input.empty()) {
      wslay_event_set_error(wslay, WSLAY_ERR_WOULDBLOCK);
      return -1;
    }
    const std::size_t taken = std::min(size, input.size());
    std::memcpy(into, input.data(), taken);
    input.remove_prefix(taken);
    of(self).fed += taken;
    return static_cast<ssize_t>(taken);
  }

  static ssize_t on_send(wslay_event_context_ptr, const std::uint8_t* from, std::size_t size, int,
                         void* self) {
    of(self).result->reply.append(reinterpret_cast<const char*>(from), size);
    return static_cast<ssize_t>(size);
  }

  static void on_frame_start(wslay_event_context_ptr, const wslay_event_on_frame_recv_start_arg* frame,
                             void* self) {
    of(self).frame = frame_bytes(frame->payload_length);
    if (!wslay_is_ctrl_frame(frame->opcode)) of(self).is_in_message = frame->fin == 0;
  }
  static void on_frame_end(wslay_event_context_ptr, void* self) { of(self).done += of(self).frame; }

  static void on_message(wslay_event_context_ptr wslay, const wslay_event_on_msg_recv_arg* message,
                         void* self) {
    if (message->opcode == WSLAY_TEXT_FRAME)
      of(self).result->texts.emplace_back(reinterpret_cast<const char*>(message->msg), message->msg_length);
    if (message->opcode != WSLAY_BINARY_FRAME) return;
    wslay_event_queue_close(wslay, WSLAY_CODE_UNSUPPORTED_DATA, nullptr, 0);
    wslay_event_shutdown_read(wslay);
  }

  // Whether all input so far was complete frames of complete messages.
  bool is_between_messages() const { return fed == done && !is_in_message; }

  wslay_event_context_ptr wslay = nullptr;
  std::string_view input;
  WebSocketInput* result = nullptr;
  std::uint64_t fed = 0;    // bytes read
  std::uint64_t done = 0;   // of these, in complete frames
  std::uint64_t frame = 0;  // size of the current frame
  bool is_in_message = false;
};

WebSocketReader::WebSocketReader() = default;
WebSocketReader::~WebSocketReader() = default;

WebSocketReader::WebSocketInput WebSocketReader::feed(std::string_view bytes) {
  WebSocketInput result;
  if (is_closed_) return result;
  if (!context_) context_ = std::make_unique<Context>();
  context_->input = bytes;
  context_->result = &result;
  const bool is_valid = wslay_event_recv(context_->wslay) == 0 && wslay_event_send(context_->wslay) == 0;
  is_closed_ = result.is_closed = !is_valid || wslay_event_get_close_sent(context_->wslay) != 0;
  // For some malformed frames wslay only reports an error, without a close frame.
  if (!is_valid) append_close_frame(result.reply, CloseCode::kProtocolError, "");
  if (is_closed_ || context_->is_between_messages()) context_.reset();
  return result;
}

}  // namespace porchlight::http
