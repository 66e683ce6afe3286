// What the engine replies to requests to it, in JSON. All functions accept any bytes.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace porchlight::nats {

// The error in a reply of the engine.
struct ApiError {
  std::uint64_t code = 0;  // 0: the reply could not be read
  std::string text;
};
// Codes of errors.
inline constexpr std::uint64_t kStreamInUse = 10058;      // it exists with other settings
inline constexpr std::uint64_t kWrongLastNumber = 10071;  // of Nats-Expected-Last-Sequence
inline constexpr std::uint64_t kNoSuchMessage = 10037;

// A message in a stream.
struct StreamMessage {
  std::uint64_t number;
  std::string bytes;
};

// The number that a message got in its stream.
std::expected<std::uint64_t, ApiError> parse_append_reply(std::string_view reply);
// The message that the leader of a stream was asked for.
std::expected<StreamMessage, ApiError> parse_message_reply(std::string_view reply);
// The number of the last message that a stream ever had; 0 if it had none.
std::expected<std::uint64_t, ApiError> parse_last_number(std::string_view reply);
// Whether a request without a result of interest was carried out.
std::expected<void, ApiError> parse_done_reply(std::string_view reply);

}  // namespace porchlight::nats
