#include "graph/presence/submit_command.h"

#include "graph/call/authorization.h"

namespace porchlight::graph {
namespace {

void submit_to_writer(HandlerContext& context, const Call& call, const state::UserKey& key,
                      const presence::Command& command, RequestedPair pair) {
  context.services.writer.submit(
      key, context.random.guid(), command, call.info.now,
      [&response_writer = context.response_writer, deferred = call.deferred, info = call.info,
       pair = std::move(pair), user = key.user](const state::Outcome& outcome) mutable {
        deferred.answer([&response_writer, outcome, info = std::move(info), pair = std::move(pair),
                         user](http::Response& response) {
          response.authenticated = true;
          if (outcome) return response_writer.without_body(response, info);
          const auto* rejection = std::get_if<presence::Rejection>(&outcome.error());
          response_writer.fail(
              response, info,
              rejection ? command_rejected(*rejection, pair.availability, pair.activity, pair.preferred)
                        : write_failed(std::get<state::WriteError>(outcome.error()), to_string(user)),
              nullptr);
        });
      });
}

}  // namespace

Result<Handled> submit_command(HandlerContext& context, const Call& call,
                               const std::function<Result<presence::Command>()>& command,
                               RequestedPair pair) {
  const auto user = target_user(context, call);
  if (auto allowed = authorize(call, user); !allowed) return std::unexpected(std::move(allowed.error()));
  if (!user) return std::unexpected(user_not_found(call));
  const state::UserKey key{call.caller->tenant, *user};
  if (!context.services.view.contains(key))
    return std::unexpected(user_not_found(call));
  auto built = command();
  if (!built) return std::unexpected(std::move(built.error()));
  submit_to_writer(context, call, key, *built, std::move(pair));
  return Handled::kLater;
}

std::optional<Duration> round_to_ms(std::optional<std::chrono::nanoseconds> duration, Duration low) {
  if (!duration) return std::nullopt;
  return *duration < low ? std::chrono::floor<Duration>(*duration) : std::chrono::ceil<Duration>(*duration);
}

}  // namespace porchlight::graph
