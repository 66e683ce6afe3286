// WebSocket frames from strangers: heard whole and in pieces, with one result (but a pong that is owed
// together with the close is dropped). The first byte says how the pieces are cut.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "http/websocket.h"

namespace {

using porchlight::http::WebSocketReader;

struct Outcome {
  std::vector<std::string> texts;
  bool is_over = false;
  bool operator==(const Outcome&) const = default;
};

Outcome hear(std::string_view bytes, std::size_t step) {
  WebSocketReader reader;
  Outcome outcome;
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    const auto heard = reader.hear(bytes.substr(at, step));
    outcome.texts.insert(outcome.texts.end(), heard.texts.begin(), heard.texts.end());
    outcome.is_over |= heard.is_over;
  }
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (hear(bytes, bytes.size() + 1) != hear(bytes, 1 + data[0])) std::abort();
  return 0;
}
