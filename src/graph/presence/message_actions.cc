// setStatusMessage: a text for others to read (spec presence §5.10, §7).
#include <fmt/format.h>

#include "base/text.h"
#include "base/time_text.h"
#include "graph/presence/submit_command.h"
#include "graph/wire/characters.h"
#include "graph/wire/json_body.h"
#include "presence/rules.h"
#include "timezone/zone.h"

namespace porchlight::graph {
namespace {

// The text is kept as it came, with the white space around it: so much of it.
constexpr std::size_t kMessageBytesMax = 8 * 1024;

// What the caller wrote, by its types only.
struct MessageBody {
  std::string content;
  std::string content_type = "text";
  std::optional<std::string> expiry;  // local time
  std::string zone = "UTC";
};

// The members of statusMessage; none of it where that is null, which clears the message as an empty content
// does.
Result<MessageBody> read_message(const JsonBody& status) {
  MessageBody read;
  const auto message = status.object("message");
  if (!message) return std::unexpected(message.error());
  if (*message) {
    auto content = (*message)->text("content");
    if (!content) return std::unexpected(content.error());
    auto type = (*message)->text("contentType");
    if (!type) return std::unexpected(type.error());
    read.content = content->value_or("");
    read.content_type = type->value_or("text");
  }
  const auto expiry = status.object("expiryDateTime");
  if (!expiry) return std::unexpected(expiry.error());
  if (!*expiry) return read;
  auto date_time = (*expiry)->required_text("dateTime", "DateTime");
  if (!date_time) return std::unexpected(date_time.error());
  auto zone = (*expiry)->text("timeZone");
  if (!zone) return std::unexpected(zone.error());
  read.expiry = std::move(*date_time);
  read.zone = zone->value_or("UTC");
  return read;
}

Result<void> add_expiry(const MessageBody& body, presence::SetMessage& set) {
  const auto local = parse_local_date_time(*body.expiry);
  if (!local) {
    return std::unexpected(
        invalid_argument("dateTime",
                         "The provided [DateTime] is not a local date and time without an offset, such as "
                         "2030-01-07T17:00:00."));
  }
  const auto zone = timezone::Zone::find(body.zone);
  if (!zone) {
    return std::unexpected(
        invalid_argument("timeZone", fmt::format("The time zone '{}' is not known.", truncated(body.zone))));
  }
  set.expires_at = zone->to_time(*local);
  append_local_date_time(set.expiry_text, *local);
  set.expiry_zone = body.zone;
  return {};
}

Result<presence::Command> to_message_command(const HandlerContext& context, const Call& call,
                                             const MessageBody& body) {
  if (!equals_ignore_case(body.content_type, "text")) {
    return std::unexpected(
        invalid_argument("contentType", "The provided [ContentType] is not supported: only 'text' is."));
  }
  const std::string_view content = trimmed(body.content);
  if (content.empty()) return presence::ClearMessage{};
  const std::size_t max = context.services.settings.message_chars_max;
  if (count_characters(content) > max || body.content.size() > kMessageBytesMax) {
    return std::unexpected(invalid_argument(
        "content", fmt::format("The provided [Content] is longer than {} characters.", max)));
  }
  if (has_control_characters(content)) {
    return std::unexpected(invalid_argument("content", "The provided [Content] holds control characters."));
  }
  presence::SetMessage set{.text = body.content, .by = call.caller->app};
  if (body.expiry) {
    if (auto added = add_expiry(body, set); !added) return std::unexpected(std::move(added.error()));
  }
  return set;
}

}  // namespace

Result<Handled> set_status_message(HandlerContext& context, const Call& call) {
  const auto body = JsonBody::parse(context.reader, call.request.body);
  if (!body) return std::unexpected(body.error());
  const auto status = body->object("statusMessage");
  if (!status) return std::unexpected(status.error());
  if (!*status && !body->is_null("statusMessage"))
    return std::unexpected(parameter_required("StatusMessage"));
  auto message = *status ? read_message(**status) : MessageBody{};
  if (!message) return std::unexpected(std::move(message.error()));
  return submit_command(context, call, [&] { return to_message_command(context, call, *message); });
}

}  // namespace porchlight::graph
