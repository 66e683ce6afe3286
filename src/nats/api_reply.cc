#include "nats/api_reply.h"

#include "base/base64.h"
#include "base/json.h"
#include "nats/engine_link.h"

namespace porchlight::nats {
namespace {

using simdjson::dom::element;

// A message is in base64, which is longer by a third.
constexpr JsonLimits kReplyLimits{.string_bytes = kMessageBytesMax / 3 * 4 + 64, .names_ignore_case = false};

// The root of a reply without an error. Valid until the reader's next use.
std::expected<element, ApiError> result_of(JsonReader& reader, std::string_view reply) {
  const auto root = reader.parse(reply, kReplyLimits);
  if (!root)
    return std::unexpected(ApiError{0, "the engine's reply is not JSON: " + std::string(root.error().what)});
  element error;
  if (root->at_key("error").get(error) != simdjson::SUCCESS) return *root;
  ApiError found;
  std::string_view text;
  if (error["err_code"].get(found.code) != simdjson::SUCCESS) found.code = 0;
  if (error["description"].get(text) == simdjson::SUCCESS) found.text = text;
  return std::unexpected(std::move(found));
}

std::unexpected<ApiError> not_understood() {
  return std::unexpected(ApiError{0, "the engine's reply has not the expected members"});
}

}  // namespace

std::expected<std::uint64_t, ApiError> parse_append_reply(std::string_view reply) {
  JsonReader reader;
  const auto root = result_of(reader, reply);
  if (!root) return std::unexpected(root.error());
  std::uint64_t number = 0;
  if (root->at_key("seq").get(number) != simdjson::SUCCESS || number == 0) return not_understood();
  return number;
}

std::expected<StreamMessage, ApiError> parse_message_reply(std::string_view reply) {
  JsonReader reader;
  const auto root = result_of(reader, reply);
  if (!root) return std::unexpected(root.error());
  element message;
  StreamMessage found{};
  if (root->at_key("message").get(message) != simdjson::SUCCESS ||
      message["seq"].get(found.number) != simdjson::SUCCESS || found.number == 0)
    return not_understood();
  std::string_view data;
  if (message["data"].get(data) != simdjson::SUCCESS) return found;  // it has no bytes
  auto bytes = decode_base64(data);
  if (!bytes) return not_understood();
  found.bytes = *std::move(bytes);
  return found;
}

std::expected<std::uint64_t, ApiError> parse_last_number(std::string_view reply) {
  JsonReader reader;
  const auto root = result_of(reader, reply);
  if (!root) return std::unexpected(root.error());
  element state;
  std::uint64_t number = 0;
  if (root->at_key("state").get(state) != simdjson::SUCCESS ||
      state["last_seq"].get(number) != simdjson::SUCCESS)
    return not_understood();
  return number;
}

std::expected<void, ApiError> parse_done_reply(std::string_view reply) {
  JsonReader reader;
  const auto root = result_of(reader, reply);
  if (!root) return std::unexpected(root.error());
  return {};
}

}  // namespace porchlight::nats
