// The callbacks of nghttp2. The library checks frames, states, flow control and the form of fields itself (RFC 9113 §4
// to §8), and answers what is wrong with RST_STREAM or GOAWAY.
#include "http/http2_session.h"

#include <nghttp2/nghttp2.h>

#include <new>
#include <utility>
#include <vector>

#include "base/check.h"

namespace porchlight::http {
namespace {

using FrameWork = Http2Budget::FrameWork;

constexpr std::size_t kFrameHeadBytes = 9;

bool ends_stream(const nghttp2_frame_hd& header) { return (header.flags & NGHTTP2_FLAG_END_STREAM) != 0; }

std::string_view as_text(const std::uint8_t* bytes, std::size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

// nghttp2 copies names and values, and takes them as mutable.
nghttp2_nv as_pair(std::string_view name, std::string_view value) {
  auto bytes = [](std::string_view text) {
    return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
  };
  return {bytes(name), bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE};
}

std::uint32_t id_of(std::int32_t stream) { return static_cast<std::uint32_t>(stream); }
std::int32_t to_id(std::uint32_t stream) { return static_cast<std::int32_t>(stream); }

constexpr std::uint64_t kUnlimitedResets = 1'000'000'000;  // a second

nghttp2_option* make_options() {
  nghttp2_option* options = nullptr;
  if (nghttp2_option_new(&options) != 0) throw std::bad_alloc();
  nghttp2_option_set_no_closed_streams(options, 1);
  nghttp2_option_set_max_outbound_ack(options, Http2Session::kWaitingAnswersMax);
  // The library counts each piece in which the head of a CONTINUATION arrives, so the session counts the frames itself.
  nghttp2_option_set_max_continuations(options, kFrameHeadBytes * (Http2Session::kContinuationsMax + 1));
  // Resets are counted by Http2Budget, which tells those of answered requests, as curl sends them, from a flood. The
  // library's own limit, 33 a second, does not.
  nghttp2_option_set_stream_reset_rate_limit(options, kUnlimitedResets, kUnlimitedResets);
  nghttp2_option_set_max_deflate_dynamic_table_size(options, Http2Session::kHeaderTableBytes);
  return options;
}

}  // namespace

struct Http2Session::Callbacks {
  static Http2Session& of(void* self) { return *static_cast<Http2Session*>(self); }

  // Every frame, before its content is read.
  static int on_begin_frame(nghttp2_session*, const nghttp2_frame_hd* header, void* self) {
    Http2Session& session = of(self);
    const bool is_empty = header->length == 0 && !ends_stream(*header);
    switch (header->type) {
      case NGHTTP2_HEADERS:
        if (session.unfinished_since_ == kUnset) session.unfinished_since_ = session.now_;
        session.continuations_ = 0;
        [[fallthrough]];
      case NGHTTP2_DATA:
      case NGHTTP2_CONTINUATION:
        if (header->type == NGHTTP2_CONTINUATION && ++session.continuations_ > kContinuationsMax)
          session.terminate(Http2Error::kCalm);
        if (is_empty) session.spend(FrameWork::kEmpty);
        break;
      case NGHTTP2_RST_STREAM:
        session.spend(session.is_answered(header->stream_id) ? FrameWork::kFollowUp : FrameWork::kReset);
        break;
      case NGHTTP2_SETTINGS:
        session.spend(FrameWork::kSettings);
        break;
      case NGHTTP2_PING:
        session.spend(FrameWork::kPing);
        break;
      case NGHTTP2_WINDOW_UPDATE:
        session.spend(FrameWork::kFollowUp);
        break;
      default:
        session.spend(FrameWork::kPriority);
        // nghttp2 ignores PRIORITY altogether, because the server announces that it does (RFC 9113 §6.3).
        if (header->type == NGHTTP2_PRIORITY && header->stream_id == 0)
          session.terminate(Http2Error::kProtocol);
    }
    return 0;
  }

  static int on_begin_headers(nghttp2_session*, const nghttp2_frame* frame, void* self) {
    Http2Session& session = of(self);
    session.trailer_bytes_ = 0;
    if (frame->headers.cat != NGHTTP2_HCAT_REQUEST) return 0;
    const std::uint32_t stream = id_of(frame->hd.stream_id);
    if (session.terminated_ || !session.events_.on_begin(stream))
      return session.refuse(stream, Http2Error::kRefused);
    session.head_.emplace(session.memory_);
    return 0;
  }

  static int on_header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name,
                       std::size_t name_size, const std::uint8_t* value, std::size_t value_size, std::uint8_t,
                       void* self) {
    Http2Session& session = of(self);
    bool fits = true;
    if (frame->headers.cat == NGHTTP2_HCAT_REQUEST) {
      fits = session.head_ &&
             session.head_->add(as_text(name, name_size), as_text(value, value_size), session.limits_);
    } else {
      // Trailers have no use here, and are as limited as the head.
      session.trailer_bytes_ += name_size + value_size + Http2Head::kFieldOverhead;
      fits = session.trailer_bytes_ <= session.limits_.headers_bytes;
    }
    return fits ? 0 : session.refuse(id_of(frame->hd.stream_id), Http2Error::kCalm);
  }

  // A malformed field makes the whole request malformed (RFC 9113 §8.2): nghttp2 would ignore the field alone.
  static int on_invalid_header(nghttp2_session*, const nghttp2_frame*, const std::uint8_t*, std::size_t,
                               const std::uint8_t*, std::size_t, std::uint8_t, void*) {
    return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  }

  // Every complete frame that is valid.
  static int on_frame(nghttp2_session*, const nghttp2_frame* frame, void* self) {
    Http2Session& session = of(self);
    const nghttp2_frame_hd& header = frame->hd;
    if (header.type == NGHTTP2_SETTINGS || header.type == NGHTTP2_HEADERS) session.unfinished_since_ = kUnset;
    if (session.terminated_ || (header.type != NGHTTP2_DATA && header.type != NGHTTP2_HEADERS)) return 0;
    const std::uint32_t stream = id_of(header.stream_id);
    if (header.type == NGHTTP2_HEADERS && frame->headers.cat == NGHTTP2_HCAT_REQUEST && session.head_)
      session.events_.on_head(stream, *std::exchange(session.head_, std::nullopt), ends_stream(header));
    const bool is_padding =
        header.type == NGHTTP2_DATA && header.length > 0 && header.length == frame->data.padlen;
    if (is_padding && !ends_stream(header)) session.spend(FrameWork::kEmpty);
    if (ends_stream(header)) session.events_.on_request_end(stream);
    return 0;
  }

  // A block of fields that is malformed was read to its end.
  static int on_invalid_frame(nghttp2_session*, const nghttp2_frame* frame, int, void* self) {
    if (frame->hd.type == NGHTTP2_HEADERS) of(self).unfinished_since_ = kUnset;
    return 0;
  }

  static int on_data(nghttp2_session*, std::uint8_t, std::int32_t stream, const std::uint8_t* bytes,
                     std::size_t size, void* self) {
    if (!of(self).terminated_) of(self).events_.on_body(id_of(stream), as_text(bytes, size));
    return 0;
  }

  static int on_frame_sent(nghttp2_session*, const nghttp2_frame* frame, void* self) {
    Http2Session& session = of(self);
    const nghttp2_frame_hd& header = frame->hd;
    const bool is_response = header.type == NGHTTP2_DATA || header.type == NGHTTP2_HEADERS;
    if (is_response) session.budget_.on_response_frame();
    if (header.type == NGHTTP2_RST_STREAM && frame->rst_stream.error_code != NGHTTP2_NO_ERROR)
      session.spend(FrameWork::kReset);
    if (is_response && ends_stream(header)) session.events_.on_response_end(id_of(header.stream_id));
    return 0;
  }

  static int on_closed(nghttp2_session*, std::int32_t stream, std::uint32_t, void* self) {
    of(self).events_.on_closed(id_of(stream));
    return 0;
  }

  static ssize_t read_body(nghttp2_session*, std::int32_t stream, std::uint8_t* into, std::size_t size,
                           std::uint32_t* flags, nghttp2_data_source*, void* self) {
    const auto part = of(self).events_.read_body(id_of(stream), {reinterpret_cast<char*>(into), size});
    if (part.is_last) *flags |= NGHTTP2_DATA_FLAG_EOF;
    if (part.bytes == 0 && !part.is_last) return NGHTTP2_ERR_DEFERRED;
    return static_cast<ssize_t>(part.bytes);
  }

  static nghttp2_session_callbacks* make() {
    nghttp2_session_callbacks* made = nullptr;
    if (nghttp2_session_callbacks_new(&made) != 0) throw std::bad_alloc();
    nghttp2_session_callbacks_set_on_begin_frame_callback(made, on_begin_frame);
    nghttp2_session_callbacks_set_on_begin_headers_callback(made, on_begin_headers);
    nghttp2_session_callbacks_set_on_header_callback(made, on_header);
    nghttp2_session_callbacks_set_on_invalid_header_callback(made, on_invalid_header);
    nghttp2_session_callbacks_set_on_frame_recv_callback(made, on_frame);
    nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(made, on_invalid_frame);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(made, on_data);
    nghttp2_session_callbacks_set_on_frame_send_callback(made, on_frame_sent);
    nghttp2_session_callbacks_set_on_stream_close_callback(made, on_closed);
    return made;
  }
};

Http2Session::Http2Session(Http2Events& events, const Limits& limits, const SteadyTime& now,
                           StreamMemory& memory)
    : events_(events), limits_(limits), now_(now), memory_(memory), unfinished_since_(now) {
  static nghttp2_session_callbacks* const kCallbacks = Callbacks::make();
  static nghttp2_option* const kOptions = make_options();
  if (nghttp2_session_server_new3(&session_, kCallbacks, this, kOptions, &memory.library()) != 0)
    throw std::bad_alloc();
  const nghttp2_settings_entry settings[] = {
      {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, kStreamsMax},
      {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, kStreamWindow},
      {NGHTTP2_SETTINGS_HEADER_TABLE_SIZE, kHeaderTableBytes},
      {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, static_cast<std::uint32_t>(limits.headers_bytes)},
      {NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL, 1},
      {NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1},
  };
  failed_ = nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings, std::size(settings)) != 0 ||
            nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0, kConnectionWindow) != 0;
}

Http2Session::~Http2Session() { nghttp2_session_del(session_); }

void Http2Session::feed(std::string_view bytes) {
  if (failed_ || terminated_) return;
  const ssize_t used =
      nghttp2_session_mem_recv(session_, reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  // The preface is wrong, or the client exceeds a limit that the library keeps (make_options()).
  if (used < 0) terminate(used == NGHTTP2_ERR_BAD_CLIENT_MAGIC ? Http2Error::kProtocol : Http2Error::kCalm);
}

bool Http2Session::produce(std::string& out) {
  if (failed_) return false;
  const std::uint8_t* bytes = nullptr;
  const ssize_t size = nghttp2_session_mem_send(session_, &bytes);
  failed_ = size < 0;
  if (size > 0) out.append(as_text(bytes, static_cast<std::size_t>(size)));
  return size > 0;
}

bool Http2Session::is_over() const {
  return failed_ || (nghttp2_session_want_read(session_) == 0 && nghttp2_session_want_write(session_) == 0);
}

void Http2Session::respond(std::uint32_t stream, const Http2Fields& head, bool has_body) {
  std::pmr::vector<nghttp2_nv> pairs(&memory_);
  pairs.reserve(head.fields().size());
  for (const auto& [name, value] : head.fields()) pairs.push_back(as_pair(name, value));
  const nghttp2_data_provider body{{}, Callbacks::read_body};
  if (nghttp2_submit_response(session_, to_id(stream), pairs.data(), pairs.size(),
                              has_body ? &body : nullptr) != 0)
    failed_ = true;
}

void Http2Session::send_continue(std::uint32_t stream) {
  const nghttp2_nv status = as_pair(":status", "100");
  nghttp2_submit_headers(session_, NGHTTP2_FLAG_NONE, to_id(stream), nullptr, &status, 1, nullptr);
}

// Fails if the body is not waiting, which needs nothing.
void Http2Session::resume(std::uint32_t stream) { nghttp2_session_resume_data(session_, to_id(stream)); }

void Http2Session::reset(std::uint32_t stream, Http2Error error) {
  nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, to_id(stream), static_cast<std::uint32_t>(error));
}

// The result is a callback's: the rest of the block is decoded and ignored.
int Http2Session::refuse(std::uint32_t stream, Http2Error error) {
  head_.reset();
  unfinished_since_ = kUnset;
  reset(stream, error);
  return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
}

void Http2Session::stop_accepting() {
  nghttp2_submit_goaway(session_, NGHTTP2_FLAG_NONE, nghttp2_session_get_last_proc_stream_id(session_),
                        NGHTTP2_NO_ERROR, nullptr, 0);
}

void Http2Session::terminate(Http2Error error) {
  if (std::exchange(terminated_, true)) return;
  nghttp2_session_terminate_session(session_, static_cast<std::uint32_t>(error));
}

// Also for a stream that never was: nghttp2 ends the connection for it.
bool Http2Session::is_answered(std::int32_t stream) const {
  return nghttp2_session_get_stream_local_close(session_, stream) != 0;
}

void Http2Session::spend(FrameWork work) {
  if (!budget_.spend(work, now_)) terminate(Http2Error::kCalm);
}

}  // namespace porchlight::http
