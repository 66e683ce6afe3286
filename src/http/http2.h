// HTTP/2 on one connection: the requests of its streams to the handler, and their responses back. Requests are begun in
// the order in which they are complete, as long as the output that waits has room.
#pragma once

#include <cstdint>
#include <deque>
#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/time.h"
#include "http/http2_session.h"
#include "http/link.h"
#include "http/protocol.h"
#include "http/remembered_head.h"
#include "http/request_call.h"
#include "http/transfer_rate.h"

namespace porchlight::http {

// The first bytes of a connection that speaks HTTP/2; no method of HTTP/1.1 begins so (RFC 9113 §3.4).
inline constexpr std::string_view kHttp2Sign = "PRI";

// Bytes of requests that are incomplete or wait, of all streams together: beyond, a request is refused, unless it is
// the only one. Before and after the client has authenticated.
inline constexpr std::size_t kUnauthenticatedRequestBytes = 32 * 1024;
inline constexpr std::size_t kRequestBytes = 16 * 1024 * 1024;
// What a request counts for beside its head and body: the memory of its stream here and in nghttp2.
inline constexpr std::size_t kStreamBytes = 640;

// The Protocol of a connection that began with HTTP/2's preface, or agreed on h2 in its TLS handshake.
class Http2Protocol final : public Protocol, private Http2Events {
 public:
  // `link` must outlive the protocol.
  explicit Http2Protocol(Link& link);
  ~Http2Protocol() override;

  std::size_t receive(std::string_view input) override;
  bool produce() override;
  void on_written() override;
  void on_input_end() override { input_ended_ = true; }
  void on_response(std::uint32_t stream, std::move_only_function<void(Response&)>& fill) override;
  void on_chunk(std::uint32_t stream, std::string_view bytes, bool last) override;
  void hold(std::uint32_t stream, Duration longest, std::move_only_function<void()> on_abandoned) override;
  SteadyTime deadline() const override;
  void on_deadline() override;
  void drain() override;
  bool is_idle() const override { return streams_.empty() && session_.unfinished_since() == kUnset; }
  SteadyTime awaits_client_since() const override;
  bool is_stalled() const override { return !link_.has_room(); }
  bool needs_open_peer() const override;

 private:
  // What a stream waits for.
  enum class StreamPhase : std::uint8_t {
    kHead,        // the rest of its head
    kBody,        // the rest of its body
    kReady,       // room for output, with a complete request or the response of another thread
    kInFlight,    // its response
    kResponding,  // the client, to take the response
    kReset,       // the end of its RST_STREAM, or of the work that was cancelled
  };

  struct Stream {
    Stream(LoopContext& context)
        : head(&context.stream_memory), counted(context.limiter), began(context.now) {}

    StreamPhase phase = StreamPhase::kHead;
    bool request_ended = false;   // the client sends nothing more
    bool response_ended = false;  // nothing more is sent
    bool head_only = false;       // the request is a HEAD
    bool websocket = false;       // it asks for an upgrade
    bool at_work = false;         // the handler owes a response, also if the stream has ended
    bool closed = false;          // the stream has ended
    bool last = false;            // `output` ends the response
    bool notifies = false;        // the observer of `streaming` awaits the next write
    ContentCoding coding = ContentCoding::kIdentity;
    std::size_t held = 0;   // bytes for which the request counts
    std::pmr::string head;  // of the request, as HTTP/1.1 has it
    std::string body;       // as far as it has come
    std::size_t body_max = 0;
    RequestError too_large = kBodyTooLarge;
    std::uint64_t received = 0;                     // bytes of the body, also of one that is discarded
    std::move_only_function<void(Response&)> fill;  // the response of another thread, while it waits
    std::string output;                             // bytes of the response body to send
    std::size_t output_sent = 0;
    CountedClient counted;  // for the client of a proxy
    Hold hold;
    std::optional<LaterResponse> later;
    ActiveRequest active;
    std::unique_ptr<StreamingResponse> streaming;
    ReadingRate reading;  // of `output`
    SteadyTime began;
    SteadyTime body_began = kUnset;

    std::size_t waiting() const { return output.size() - output_sent; }
    bool is_endless() const { return streaming && streaming->is_endless(); }
  };
  using StreamTable = std::pmr::map<std::uint32_t, Stream>;

  // Events of the session (http2_receive.cc).
  bool on_begin(std::uint32_t stream) override;
  void on_head(std::uint32_t stream, const Http2Head& head, bool is_whole) override;
  void on_body(std::uint32_t stream, std::string_view bytes) override;
  void on_request_end(std::uint32_t stream) override;
  void on_response_end(std::uint32_t stream) override;
  void on_closed(std::uint32_t stream) override;
  BodyPart read_body(std::uint32_t stream, std::span<char> into) override;

  Stream* find(std::uint32_t id);
  std::expected<Head*, RequestError> parse_head(std::string_view bytes);
  std::expected<Head*, RequestError> read_head(Stream& stream);
  void admit(std::uint32_t id, Stream& stream);
  void keep_body(std::uint32_t id, Stream& stream, std::string_view bytes);
  bool fits(const Stream& stream, std::size_t more) const;
  void make_ready(std::uint32_t id, Stream& stream);
  void hold_bytes(Stream& stream, std::size_t bytes);
  void release_request(Stream& stream);

  // Requests and responses (http2.cc).
  bool has_room() const;
  bool run_ready();
  void run(std::uint32_t id, Stream& stream);
  void handle(std::uint32_t id, Stream& stream);
  void refuse(std::uint32_t id, Stream& stream, const RequestError& error);
  void respond(std::uint32_t id, Stream& stream);
  void begin_streaming(Stream& stream);
  void push(std::uint32_t id, Stream& stream, std::string_view bytes);
  void count_pushed(std::uint32_t id, Stream& stream, std::size_t bytes);
  void free_output(Stream& stream);
  void reset(std::uint32_t id, Stream& stream, Http2Error error);
  void abandon(Stream& stream);
  void erase(StreamTable::iterator place);
  void count_taken(const Stream& stream, std::size_t bytes);
  bool end_slow_streams();

  // Time-outs (http2_deadlines.cc).
  SteadyTime body_deadline(const Stream& stream) const;
  SteadyTime deadline_of(const Stream& stream) const;
  void expire(std::uint32_t id, Stream& stream);

  Link& link_;
  LoopContext& context_;
  Http2Session session_;
  StreamTable streams_;
  std::unique_ptr<RememberedHead> remembered_;
  std::pmr::deque<std::uint32_t> ready_;  // streams in kReady, in order; some may have ended
  std::size_t request_bytes_ = 0;         // that all streams hold
  std::size_t responses_ = 0;             // bytes of `output` of responses that end by themselves
  bool input_ended_ = false;
};

}  // namespace porchlight::http
