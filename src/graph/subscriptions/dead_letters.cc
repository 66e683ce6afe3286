// /porchlight/v1/deadLetters: lists changes that no receiver accepted, and sends them again
// (ours; docs/notifications.md). Both read the disk of the publisher, so they run on the worker.
#include "base/json_writer.h"
#include "graph/call/operation.h"
#include "graph/call/suspended_call.h"
#include "graph/wire/dead_letter_json.h"
#include "graph/wire/query.h"

namespace porchlight::graph {
namespace {

constexpr std::size_t kLettersListedMax = 1000;

// Answers later with the body that `write` makes of the result of `find`, which runs on the worker.
template <typename Find, typename Write>
Result<Handled> answer_from_disk(HandlerContext& context, const Call& call, Find find, Write write) {
  context.services.worker.run(
      queue_owner(*call.caller), [&context, suspended = std::make_shared<SuspendedCall>(call),
                                  tenant = call.caller->tenant, find, write](TaskStatus status) {
        using DiskResult = decltype(find(*context.services.publisher, tenant));
        std::optional<DiskResult> found;
        if (status == TaskStatus::kRun) found = find(*context.services.publisher, tenant);
        SuspendedCall::resume(
            context, suspended,
            [found = std::move(found), write](HandlerContext& t, const Call& resumed) -> Result<void> {
              if (!found) return std::unexpected(service_unavailable());
              t.response_writer.json(resumed.response, resumed.info);
              write(resumed.response.body, *found);
              return {};
            });
      });
  return Handled::kLater;
}

Result<Handled> run_list_dead_letters(HandlerContext& context, const Call& call) {
  return answer_from_disk(
      context, call,
      [](notify::Publisher& publisher, const Guid& tenant) {
        return publisher.dead_letters(tenant, kLettersListedMax);
      },
      [](std::string& out, const std::vector<notify::DeadLetter>& letters) {
        JsonObject(out).array("value", letters, [](JsonArray& items, const notify::DeadLetter& letter) {
          items.object([&](JsonObject& item) { append_dead_letter_members(item, letter); });
        });
      });
}

Result<Handled> run_replay_dead_letters(HandlerContext& context, const Call& call) {
  return answer_from_disk(
      context, call,
      [](notify::Publisher& publisher, const Guid& tenant) { return publisher.replay(tenant); },
      [](std::string& out, const notify::Publisher::Replayed& replayed) {
        JsonObject(out).number("replayed", replayed.requeued).number("gone", replayed.not_found);
      });
}

}  // namespace

constinit const RouteOperation list_dead_letters =
    operation<parse_no_options, run_list_dead_letters>().with_publisher().with_secret();
constinit const RouteOperation replay_dead_letters =
    operation<parse_nothing, run_replay_dead_letters>().with_publisher().with_secret();

}  // namespace porchlight::graph
