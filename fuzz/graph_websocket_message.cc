// Parses any bytes as a message of a WebSocket client: the result is a message with its required members, a 400, or a
// close code.
#include <cstdint>
#include <cstdlib>

#include "graph/wire/websocket_message.h"

using namespace porchlight;

namespace {

void expect(bool holds) {
  if (!holds) std::abort();
}

// Texts in a message are never longer than the bytes it was parsed from.
void check(const graph::SubscribeMessage& message, std::size_t size) {
  std::size_t chars = message.group.value_or("").size();
  for (const std::string_view name : message.users) chars += name.size();
  expect(chars <= size);
}
void check(const graph::UnsubscribeMessage& message, std::size_t size) {
  std::size_t chars = 0;
  for (const std::string_view name : message.users.value_or(graph::UserNames())) chars += name.size();
  expect(chars <= size);
}
void check(const graph::SetPresenceMessage& message, std::size_t size) {
  expect(!message.action.session_id.empty());
  expect(!message.action.availability.empty() && !message.action.activity.empty());
  expect(message.action.session_id.size() + message.user.value_or("").size() <= size);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static JsonReader reader;
  const auto message = graph::parse_websocket_message(reader, {reinterpret_cast<const char*>(data), size});
  if (!message) {
    const http::CloseCode code = message.error().code;
    expect(code == http::CloseCode::kBadPayload || code == http::CloseCode::kPolicy);
    return 0;
  }
  std::visit(
      [size](const auto& read) {
        if (read)
          check(*read, size);
        else
          expect(read.error().status == 400);
      },
      *message);
  return 0;
}
