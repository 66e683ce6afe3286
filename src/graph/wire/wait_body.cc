// Types are checked first, before the permission of the caller, and values afterwards.
#include "graph/wire/wait_body.h"

#include <fmt/format.h>

#include "base/text.h"
#include "graph/wire/characters.h"
#include "watch/watch_quota.h"

namespace porchlight::graph {
namespace {

Result<watch::Mode> mode_of(const WaitBody& body) {
  if (!body.mode || equals_ignore_case(*body.mode, "any")) return watch::Mode::kAny;
  if (equals_ignore_case(*body.mode, "all")) return watch::Mode::kAll;
  return std::unexpected(invalid_argument("mode", "The provided [Mode] is neither 'any' nor 'all'."));
}

// 400 for an unknown name, and for names that no pair combines: such a wait could never end.
Result<watch::Condition> condition_of(const WaitBody& body) {
  const auto condition = watch::Condition::find(body.availabilities, body.activities);
  if (!condition) {
    return std::unexpected(invalid_argument(
        "until",
        fmt::format("No presence has the availability or activity '{}'.", truncated(condition.error()))));
  }
  if (condition->is_empty()) {
    return std::unexpected(invalid_argument(
        "until", "No presence has one of these availabilities together with one of these activities."));
  }
  return *condition;
}

// Rounds up to milliseconds, the unit of the core, so that a wait never ends early. `shown`: the name in the error.
Result<Duration> duration_of(std::optional<std::chrono::nanoseconds> given, Duration otherwise,
                             std::string_view name, std::string_view shown) {
  if (!given) return otherwise;
  if (*given >= std::chrono::nanoseconds(0) && *given <= kWaitTimeoutMax)
    return std::chrono::ceil<Duration>(*given);
  return std::unexpected(
      invalid_argument(name, fmt::format("The provided [{}] is out of range: PT0S to PT10M.", shown)));
}

}  // namespace

Result<WaitBody> parse_wait_body(const JsonBody& body) {
  WaitBody wait;
  const auto until = body.object("until");
  if (!until) return std::unexpected(until.error());
  if (!*until) return std::unexpected(parameter_required("Until"));
  for (const auto& [parent, name, texts] :
       {std::tuple{&body, "users", &wait.users}, std::tuple{&**until, "availability", &wait.availabilities},
        std::tuple{&**until, "activity", &wait.activities}}) {
    const auto read = parent->texts(name);
    if (!read) return std::unexpected(read.error());
    if (*read) texts->assign((*read)->begin(), (*read)->end());
  }
  if (wait.users.empty()) return std::unexpected(parameter_required("Users"));
  if (wait.availabilities.empty() && wait.activities.empty())
    return std::unexpected(parameter_required("Until"));
  auto mode = body.text("mode");
  if (!mode) return std::unexpected(std::move(mode.error()));
  wait.mode = std::move(*mode);
  for (const auto& [name, duration] : {std::pair{"for", &wait.hold}, std::pair{"timeout", &wait.timeout}}) {
    const auto read = body.duration(name);
    if (!read) return std::unexpected(read.error());
    *duration = *read;
  }
  return wait;
}

Result<watch::WaitTerms> to_wait_terms(const WaitBody& body, Time now) {
  if (body.users.size() > watch::kWaitPeopleMax) {
    return std::unexpected(
        invalid_argument("users", fmt::format("The provided [Users] has {} members; at most {} are accepted.",
                                              body.users.size(), watch::kWaitPeopleMax)));
  }
  const auto mode = mode_of(body);
  if (!mode) return std::unexpected(mode.error());
  const auto condition = condition_of(body);
  if (!condition) return std::unexpected(condition.error());
  const auto hold = duration_of(body.hold, Duration(0), "for", "For");
  if (!hold) return std::unexpected(hold.error());
  const auto timeout = duration_of(body.timeout, kWaitTimeoutDefault, "timeout", "Timeout");
  if (!timeout) return std::unexpected(timeout.error());
  if (*hold > *timeout) {
    return std::unexpected(
        invalid_argument("for", "The provided [For] is longer than [Timeout]: it could never be met."));
  }
  return watch::WaitTerms{*mode, *condition, *hold, now + *timeout};
}

}  // namespace porchlight::graph
