// Feeds bytes to the HTTP/2 of one connection without a socket, for tests and fuzzing: what it does must not depend on
// how the bytes are cut.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "http/http2.h"
#include "http/http2_frames.h"
#include "http/link.h"
#include "http/loop.h"

namespace porchlight::http {

// Writes down each request that it gets.
class RecordingHandler final : public Handler {
 public:
  Admission admit(const Request& head, std::int64_t, Response& response) override {
    if (head.path != "/no") return true;
    response.status = 401;
    return false;
  }
  HandleResult handle(const Request& request, Response& response, Exchange) override {
    std::string text(method_name(request.method));
    text.append(" ").append(request.target).append(" ").append(request.host).append("\n");
    for (const HeaderField& field : request.headers)
      text.append(field.name).append(": ").append(field.value).append("\n");
    requests.push_back(text.append(request.body));
    response.body = request.body;
    return HandleResult::kNow;
  }
  void refuse(int status, std::string_view reason, Response& response) override {
    response.status = status;
    response.body = reason;
  }
  std::vector<std::string> requests;
};

// What a connection did with its input.
struct Http2Outcome {
  std::vector<std::string> requests;
  std::map<std::uint32_t, std::string> streams;  // status or reset of each
  std::string end;                               // of the connection, with its error code
  friend bool operator==(const Http2Outcome&, const Http2Outcome&) = default;
};

// `cut`: the size of the next piece, 0 for all that is left.
template <typename Cut>
Http2Outcome feed_http2(std::string_view bytes, const Limits& limits, Cut cut) {
  RecordingHandler handler;
  ManualClock clock{Time{}};
  const auto limiter = make_connection_limiter(limits);
  Loop loop(handler, clock, limits, limiter, nullptr, {});
  LoopContext context(loop, handler, limits, *limiter, {});
  context.now = clock.steady();
  context.standing_lines = "Date: now\r\n";
  limiter->acquire_uncounted();
  Link link(context, 1, -1, Peer{ListenerKind::kAdmin, false, false, std::nullopt});
  Http2Outcome outcome;
  {
    Http2Protocol protocol(link);
    while (!bytes.empty()) {
      const std::size_t piece = cut();
      const std::string_view next = bytes.substr(0, piece == 0 ? bytes.size() : piece);
      protocol.receive(next);
      bytes.remove_prefix(next.size());
    }
    while (protocol.produce()) {
      link.waiting = 0;
      if (context.output.empty()) break;
      outcome.end += context.output;
      context.output.clear();
    }
    outcome.end += std::exchange(context.output, {});
  }
  FrameReader reader;
  reader.add(std::exchange(outcome.end, {}));
  for (ReceivedFrame received; reader.next(received);) {
    if (received.type == FrameType::kHeaders) outcome.streams[received.stream] += received.field(":status");
    if (received.type == FrameType::kRstStream)
      outcome.streams[received.stream] += "RST " + std::to_string(received.error());
    if (received.type == FrameType::kGoAway) outcome.end += "GOAWAY " + std::to_string(received.error());
  }
  outcome.requests = std::move(handler.requests);
  return outcome;
}

}  // namespace porchlight::http
