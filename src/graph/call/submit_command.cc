// A write is answered in two steps: the writer calls back on its shard's thread once the batch is durable or has
// failed, and the response is then written on the loop's thread. Readers see the change before the caller gets the
// response.
#include "graph/call/submit_command.h"

#include "base/check.h"
#include "base/trace_context.h"

namespace porchlight::graph {

Error outcome_error(const state::Outcome& outcome, const RequestedPair& pair, const Guid& user) {
  CHECK(!outcome.has_value());
  if (const auto* rejection = std::get_if<presence::Rejection>(&outcome.error()))
    return command_rejected(*rejection, pair.availability, pair.activity, pair.preferred);
  return write_failed(std::get<state::WriteError>(outcome.error()), to_string(user));
}

namespace {

// Lets what the change causes follow the request in its trace: as a child of its span if it has one.
void note_cause(const HandlerContext& context, const Call& call, const state::UserKey& key) {
  if (call.request.span != nullptr)
    context.services.causes.note(key, *call.request.span, call.info.now);
  else if (const auto trace = parse_traceparent(call.headers.traceparent))
    context.services.causes.note(key, *trace, call.info.now);
}

// The callback with a span from now until its call: the wait for the log, and for the view, which takes microseconds.
state::WriteCallback with_span(trace::SpanExporter& spans, const trace::OpenSpan& span,
                               state::WriteCallback done) {
  return [&spans, span, done = std::move(done)](const state::Outcome& outcome) mutable {
    trace::EndedSpan ended = span.end(trace::SpanKind::kInternal, "commit");
    ended.has_failed = !outcome && std::holds_alternative<state::WriteError>(outcome.error());
    spans.add(std::move(ended));
    done(outcome);
  };
}

}  // namespace

Handled submit_command(HandlerContext& context, const Call& call, const state::UserKey& key,
                       const presence::Command& command, RequestedPair pair, AcceptedResponse accepted) {
  note_cause(context, call, key);
  state::WriteCallback done = [&response_writer = context.response_writer, deferred = call.deferred,
                               info = call.info, pair = std::move(pair), accepted = std::move(accepted),
                               user = key.user](const state::Outcome& outcome) mutable {
    deferred.answer([&response_writer, outcome, info = std::move(info), pair = std::move(pair),
                     accepted = std::move(accepted), user](http::Response& response) {
      response.authenticated = true;
      if (!outcome) return response_writer.fail(response, info, outcome_error(outcome, pair, user), nullptr);
      response.status = accepted.status;
      if (accepted.body.empty()) return response_writer.without_body(response, info);
      response_writer.json(response, info);
      response.body = accepted.body;
    });
  };
  if (call.request.span != nullptr)
    done = with_span(*context.services.spans, {*call.request.span, context.random}, std::move(done));
  context.services.commands.submit(key, context.random.serial_guid(), command, call.info.now,
                                   std::move(done));
  return Handled::kLater;
}

Result<presence::SessionKey> session_key(const identity::Caller& caller, std::string_view session_id) {
  auto session = session_guid(session_id);
  if (!session) return std::unexpected(invalid_argument("sessionId", std::move(session.error())));
  return presence::SessionKey{caller.app, *session};
}

Result<presence::SetSession> session_command(const Services& services, const identity::Caller& caller,
                                             const ActionBody& body) {
  const auto key = session_key(caller, body.session_id);
  if (!key) return std::unexpected(key.error());
  const auto state = presence::State::find(body.availability, body.activity);
  if (!state) {
    return std::unexpected(
        command_rejected(presence::Rejection::kPairNotAllowed, body.availability, body.activity, false));
  }
  // An application that is registered as a client may set any pair, without an expiration; the rules decide.
  const auto flags = services.view.session_flags(caller.tenant, caller.app);
  return presence::SetSession{.key = *key,
                              .state = *state,
                              .life = round_to_ms(body.duration, services.settings.policy.session_life_min),
                              .client = flags.client,
                              .priority = flags.priority};
}

std::optional<Duration> round_to_ms(std::optional<std::chrono::nanoseconds> duration, Duration low) {
  // Otherwise PT4M59.9999999S would round up into the range, and PT4H0.0000001S down into it.
  if (!duration) return std::nullopt;
  return *duration < low ? std::chrono::floor<Duration>(*duration) : std::chrono::ceil<Duration>(*duration);
}

}  // namespace porchlight::graph
