// Untrusted WebSocket frames: parsed whole and in pieces, with the same messages. The first byte chooses the
// size of the pieces. (Replies may differ: a pong that is due together with the close is dropped.)
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "http/websocket.h"

namespace {

using porchlight::http::WebSocketReader;

using Texts = std::vector<std::string>;

Texts read_texts(std::string_view bytes, std::size_t step) {
  WebSocketReader reader;
  Texts texts;
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    const auto received = reader.feed(bytes.substr(at, step));
    texts.insert(texts.end(), received.texts.begin(), received.texts.end());
  }
  return texts;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (read_texts(bytes, bytes.size() + 1) != read_texts(bytes, 1 + data[0])) std::abort();
  return 0;
}
