// Untrusted HTTP/1.1 requests: parsed whole and in pieces, with one result. The first byte chooses the size
// of the pieces.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "http/parser.h"

namespace {

using porchlight::http::Http1Parser;

struct Outcome {
  std::vector<std::string> requests;
  int status = 0;
  std::string_view reason;
  bool operator==(const Outcome&) const = default;
};

std::string describe(const porchlight::http::Head& head) {
  std::string text(head.request.target);
  text.append("\n").append(head.request.path).append("\n").append(head.request.query).append("\n");
  text.append(head.request.host).append(head.keep_alive ? "\nkeep\n" : "\nclose\n");
  for (const auto& field : head.request.headers)
    text.append(field.name).append("\n").append(field.value).append("\n");
  return text.append(head.request.body);
}

// Small limits, so that small inputs reach them.
constexpr porchlight::http::Limits kLimits{.request_line_bytes = 100,
                                           .header_bytes = 100,
                                           .headers_bytes = 200,
                                           .headers_count = 6,
                                           .body_bytes = 64,
                                           .chunk_extension_bytes = 16};

Outcome feed(std::string_view bytes, std::size_t piece) {
  porchlight::http::HeadReader reader(kLimits);
  Http1Parser parser(reader, kLimits);
  Outcome outcome;
  std::string waiting;
  while (!bytes.empty()) {
    waiting.append(bytes.substr(0, piece));
    bytes.remove_prefix(std::min(piece, bytes.size()));
    for (bool more = true; more && !waiting.empty();) {
      const auto step = parser.advance(waiting);
      if (parser.used() > waiting.size()) std::abort();
      if (step == Http1Parser::ParseStep::kError) {
        outcome.status = parser.error().status;
        outcome.reason = parser.error().reason;
        return outcome;
      }
      if (step == Http1Parser::ParseStep::kComplete) {
        if (parser.head().request.body.size() > kLimits.body_bytes) std::abort();
        outcome.requests.push_back(describe(parser.head()));
        parser.next();
      }
      more = step != Http1Parser::ParseStep::kNeedMore;
      waiting.erase(0, parser.used());
    }
  }
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Outcome whole = feed(bytes, bytes.size());
  if (feed(bytes, 1) != whole) std::abort();
  if (feed(bytes, 1 + data[0] % 61) != whole) std::abort();
  return 0;
}
