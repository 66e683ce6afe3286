// /porchlight/v1/deadLetters: what subscribers were not told of, for nobody took it; and telling it again
// (ours; docs/notifications.md).
#include <fmt/format.h>

#include <iterator>

#include "base/time_text.h"
#include "graph/call/authorization.h"
#include "graph/call/suspended_call.h"
#include "graph/wire/query.h"

namespace porchlight::graph {
namespace {

constexpr std::size_t kLettersListedMax = 1000;

void append_letter(std::string& out, const notify::DeadLetter& letter) {
  fmt::format_to(std::back_inserter(out),
                 R"({{"subscriptionId":"{}","applicationId":"{}","userId":"{}","givenUpDateTime":")",
                 to_string(letter.subscription), to_string(letter.app), to_string(letter.person));
  append_date_time(out, letter.at);
  out += "\"}";
}

// Has the answer written from what `find` gives, found on the worker: the disk is asked.
template <typename Find, typename Write>
Result<Handled> answer_from_disk(HandlerContext& context, const Call& call, Find find, Write write) {
  if (!subscriptions_ready(context.services)) return std::unexpected(service_unavailable());
  if (auto allowed = authorize(call, std::nullopt); !allowed)
    return std::unexpected(std::move(allowed.error()));
  const bool queued =
      context.services.worker.run([&context, suspended = std::make_shared<SuspendedCall>(call),
                                   tenant = call.caller->tenant, find, write] {
        SuspendedCall::resume(context, suspended,
                              [found = find(*context.services.publisher, tenant), write](
                                  HandlerContext& t, const Call& resumed) -> Result<void> {
                                t.response_writer.json(resumed.response, resumed.info);
                                write(resumed.response.body, found);
                                return {};
                              });
      });
  if (!queued) return std::unexpected(service_unavailable());
  return Handled::kLater;
}

}  // namespace

Result<Handled> list_dead_letters(HandlerContext& context, const Call& call) {
  if (auto none = reject_options(call.request.query); !none) return std::unexpected(std::move(none.error()));
  return answer_from_disk(
      context, call,
      [](notify::Publisher& publisher, const Guid& tenant) {
        return publisher.dead_letters(tenant, kLettersListedMax);
      },
      [](std::string& out, const std::vector<notify::DeadLetter>& letters) {
        out += R"({"value":[)";
        for (const notify::DeadLetter& letter : letters) {
          if (out.back() != '[') out += ',';
          append_letter(out, letter);
        }
        out += "]}";
      });
}

Result<Handled> replay_dead_letters(HandlerContext& context, const Call& call) {
  return answer_from_disk(
      context, call,
      [](notify::Publisher& publisher, const Guid& tenant) { return publisher.replay(tenant); },
      [](std::string& out, const notify::Publisher::Replayed& replayed) {
        fmt::format_to(std::back_inserter(out), R"({{"replayed":{},"gone":{}}})", replayed.requeued,
                       replayed.not_found);
      });
}

}  // namespace porchlight::graph
