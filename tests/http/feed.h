// Feeds bytes to the parser in pieces and records the result, so that different ways of splitting can be
// compared.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "http/parser.h"

namespace porchlight::http {

// What a parser made of some bytes.
struct Outcome {
  std::vector<std::string> requests;  // one line for each request: "POST /path?query host=h body=..."
  int status = 0;                     // of the error that ended it; 0: none
  std::string reason;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

// A request with its fields, in one line.
inline std::string describe(const Head& head) {
  const Request& request = head.request;
  std::string text = std::to_string(static_cast<int>(request.method));
  text.append(" ").append(request.target).append(" path=").append(request.path);
  text.append(" query=").append(request.query).append(" host=").append(request.host);
  for (const HeaderField& field : request.headers)
    text.append(" [").append(field.name).append("]=[").append(field.value).append("]");
  text.append(head.keep_alive ? " keep" : " close").append(head.expects_continue ? " expects" : "");
  return text.append(" body=").append(request.body);
}

// `next_cut(rest)` returns how many of the remaining bytes arrive together.
template <typename NextCut>
Outcome feed(std::string_view bytes, const Limits& limits, NextCut next_cut) {
  HeadReader reader(limits);
  Http1Parser parser(reader, limits);
  Outcome outcome;
  std::string waiting;
  while (!bytes.empty()) {
    const std::size_t cut = next_cut(bytes.size());
    waiting.append(bytes.substr(0, cut));
    bytes.remove_prefix(cut);
    for (bool more = true; more && !waiting.empty();) {
      const auto step = parser.advance(waiting);
      if (step == Http1Parser::ParseStep::kError) {
        outcome.status = parser.error().status;
        outcome.reason = parser.error().reason;
        return outcome;
      }
      if (step == Http1Parser::ParseStep::kComplete) {
        outcome.requests.push_back(describe(parser.head()));
        parser.next();
      }
      more = step != Http1Parser::ParseStep::kNeedMore;
      waiting.erase(0, parser.used());
    }
  }
  return outcome;
}

inline Outcome feed_whole(std::string_view bytes, const Limits& limits = {}) {
  return feed(bytes, limits, [](std::size_t rest) { return rest; });
}

inline Outcome feed_bytewise(std::string_view bytes, const Limits& limits = {}) {
  return feed(bytes, limits, [](std::size_t) { return std::size_t{1}; });
}

}  // namespace porchlight::http
