// The frames of one HTTP/2 connection (RFC 9113), by nghttp2: bytes to events and back, flow control, header
// compression, and the limits on what a client makes the connection do. Knows nothing of handlers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/time.h"
#include "http/http2_budget.h"
#include "http/http2_head.h"
#include "http/limits.h"
#include "http/stream_memory.h"
#include "http/transfer_rate.h"

struct nghttp2_session;

namespace porchlight::http {

// Why a stream or the connection ends (RFC 9113 §7).
enum class Http2Error : std::uint32_t {
  kNone = 0,
  kProtocol = 1,
  kRefused = 7,
  kCancel = 8,
  kCalm = 11,
};

// What a session reads. The calls are made within feed() and produce(), which they must not call; a stream is a number
// of RFC 9113 §5.1.1.
class Http2Events {
 public:
  virtual ~Http2Events() = default;

  // A request begins. Returns false to refuse it.
  virtual bool on_begin(std::uint32_t stream) = 0;
  // The fields of its head have come; `head` is valid during the call. `is_whole`: the request has no body.
  virtual void on_head(std::uint32_t stream, const Http2Head& head, bool is_whole) = 0;
  // Bytes of its body, or, after an upgrade, of the other protocol.
  virtual void on_body(std::uint32_t stream, std::string_view bytes) = 0;
  // The client sends nothing more on the stream.
  virtual void on_request_end(std::uint32_t stream) = 0;
  // Nothing more is sent on the stream.
  virtual void on_response_end(std::uint32_t stream) = 0;
  // The stream has ended, by both sides or by a reset.
  virtual void on_closed(std::uint32_t stream) = 0;

  // Copies bytes of a response body.
  struct BodyPart {
    std::size_t bytes = 0;
    bool is_last = false;  // the body ends with them; otherwise no bytes means that more follow later
  };
  virtual BodyPart read_body(std::uint32_t stream, std::span<char> into) = 0;
};

// A server's session. On the loop's thread.
class Http2Session {
 public:
  // RFC 9113's settings of this server, and the windows in bytes.
  static constexpr std::uint32_t kStreamsMax = 100;
  static constexpr std::uint32_t kStreamWindow = 64 * 1024;
  static constexpr std::uint32_t kConnectionWindow = 1024 * 1024;
  static constexpr std::uint32_t kHeaderTableBytes = 4096;
  // CONTINUATION frames of a block, and answers to PING and SETTINGS that wait; beyond: the connection ends.
  static constexpr std::size_t kContinuationsMax = 16;
  static constexpr std::size_t kWaitingAnswersMax = 1000;

  // `now`: a time that its owner keeps current. All four must outlive the session.
  Http2Session(Http2Events& events, const Limits& limits, const SteadyTime& now, StreamMemory& memory);
  ~Http2Session();
  Http2Session(const Http2Session&) = delete;
  Http2Session& operator=(const Http2Session&) = delete;

  // Handles bytes of the client.
  void feed(std::string_view bytes);
  // Appends one piece of output. Returns false if nothing is to be sent now.
  bool produce(std::string& out);
  // Nothing more will be read or sent.
  bool is_over() const;
  // Since when a preface or the head of a request is incomplete; kUnset if none is.
  SteadyTime unfinished_since() const { return unfinished_since_; }

  // Sends the head of a response; its body, if it has one, is then read from the events.
  void respond(std::uint32_t stream, const Http2Fields& head, bool has_body);
  // Sends 100 (Continue).
  void send_continue(std::uint32_t stream);
  // read_body() has something again.
  void resume(std::uint32_t stream);
  // Ends a stream now.
  void reset(std::uint32_t stream, Http2Error error);
  // Takes no further streams, and ends when the present ones have.
  void stop_accepting();
  // Ends the connection, with a GOAWAY.
  void terminate(Http2Error error);

 private:
  struct Callbacks;

  bool is_answered(std::int32_t stream) const;
  void spend(Http2Budget::FrameWork work);
  int refuse(std::uint32_t stream, Http2Error error);

  Http2Events& events_;
  const Limits& limits_;
  const SteadyTime& now_;
  StreamMemory& memory_;
  nghttp2_session* session_ = nullptr;
  std::optional<Http2Head> head_;  // while the head of a request is incomplete
  std::size_t continuations_ = 0;  // of the block that is being read
  std::size_t trailer_bytes_ = 0;  // of the block of trailers that is being read
  SteadyTime unfinished_since_;
  Http2Budget budget_;
  bool failed_ = false;      // the library can no longer be used
  bool terminated_ = false;  // further input is ignored
};

}  // namespace porchlight::http
