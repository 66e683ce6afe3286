// HTTP/1.1 and 1.0 on one connection: one request at a time, responses in order.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "base/time.h"
#include "http/link.h"
#include "http/parser.h"
#include "http/protocol.h"
#include "http/request_call.h"
#include "http/serialize.h"
#include "http/transfer_rate.h"

namespace porchlight::http {

// The Protocol of a connection whose first bytes are not HTTP/2's.
class Http1Protocol final : public Protocol {
 public:
  // `link` must outlive the protocol.
  explicit Http1Protocol(Link& link);
  ~Http1Protocol() override;

  std::size_t receive(std::string_view input) override;
  bool produce() override { return false; }
  void on_written() override;
  void on_input_end() override;
  void on_response(std::uint32_t stream, std::move_only_function<void(Response&)>& fill) override;
  void on_chunk(std::uint32_t stream, std::string_view bytes, bool last) override;
  void hold(std::uint32_t stream, Duration longest, std::move_only_function<void()> on_abandoned) override;
  SteadyTime deadline() const override;
  void on_deadline() override;
  void drain() override;
  bool is_idle() const override { return request_began_ == kUnset; }
  SteadyTime awaits_client_since() const override;
  bool is_stalled() const override { return in_flight_ || !link_.has_room(); }
  bool needs_open_peer() const override { return hold_.is_held() || (is_endless() && !is_upgraded()); }

 private:
  // What the response depends on after the request itself is gone.
  struct RequestTraits {
    bool head_only = false;
    bool keep_alive = false;
    bool is_http10 = false;
    ContentCoding coding = ContentCoding::kIdentity;
    std::optional<LaterResponse> later{};
  };

  bool handle_step(Http1Parser::ParseStep step);
  void on_head();
  void on_request();
  bool count_client(Head& head);
  static RequestTraits traits_of(const Head& head);
  void write_response(const RequestTraits& request);
  void finish_request();
  void refuse(const RequestError& error);

  // A streaming response. It ends the connection, so there is one at most.
  bool is_streaming() const { return response_stream_ && link_.is_open(); }
  bool is_upgraded() const { return body_framing_ == BodyFraming::kUpgraded; }
  bool is_endless() const { return is_streaming() && response_stream_->is_endless(); }
  void begin_stream(const RequestTraits& request);
  void send_chunk(std::string_view bytes);
  void end_stream();

  SteadyTime request_deadline() const;

  Link& link_;
  LoopContext& context_;
  Http1Parser parser_;
  bool in_flight_ = false;          // a response is outstanding; nothing is read until it comes
  RequestTraits in_flight_traits_;  // of the request in flight
  ActiveRequest active_;            // the same
  BodyFraming body_framing_ = BodyFraming::kChunked;  // of response_stream_
  std::uint32_t stream_ = 0;                          // number of the last request
  Hold hold_;                                         // of the request in flight
  std::unique_ptr<StreamingResponse> response_stream_;
  SteadyTime request_began_ = kUnset;  // first byte of the current request
  SteadyTime body_began_ = kUnset;     // its head was complete
};

}  // namespace porchlight::http
