// PUT and DELETE …/outOfOffice: ours, as Graph has no way to set it through presence (spec presence §8).
#include "graph/presence/submit_command.h"
#include "graph/wire/characters.h"
#include "graph/wire/json_body.h"

namespace porchlight::graph {
namespace {

constexpr std::size_t kReplyCharsMax = 2000;

}  // namespace

Result<Handled> set_out_of_office(HandlerContext& context, const Call& call) {
  const auto body = JsonBody::parse(context.reader, call.request.body);
  if (!body) return std::unexpected(body.error());
  const auto message = body->text("message");
  if (!message) return std::unexpected(message.error());
  const auto start = body->time("start");
  if (!start) return std::unexpected(start.error());
  const auto end = body->time("end");
  if (!end) return std::unexpected(end.error());
  return submit_command(context, call, [&]() -> Result<presence::Command> {
    const std::string text = message->value_or("");
    if (count_characters(text) > kReplyCharsMax || has_control_characters(text)) {
      return std::unexpected(invalid_argument(
          "message", "The provided [Message] is longer than 2000 characters or holds control characters."));
    }
    return presence::SetOutOfOffice{{.from = start->value_or(call.info.now),
                                     .until = end->value_or(presence::kNever),
                                     .message = text,
                                     .by = call.caller->app}};
  });
}

Result<Handled> clear_out_of_office(HandlerContext& context, const Call& call) {
  return submit_command(context, call, [] { return presence::ClearOutOfOffice{}; });
}

}  // namespace porchlight::graph
