// /porchlight/v1/deadLetters: what subscribers were not told of, for nobody took it; and telling it again
// (ours; docs/notifications.md).
#include <fmt/format.h>

#include <iterator>

#include "base/time_text.h"
#include "graph/call/operation.h"
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

Result<Handled> run_list_dead_letters(HandlerContext& context, const Call& call) {
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

Result<Handled> run_replay_dead_letters(HandlerContext& context, const Call& call) {
  return answer_from_disk(
      context, call,
      [](notify::Publisher& publisher, const Guid& tenant) { return publisher.replay(tenant); },
      [](std::string& out, const notify::Publisher::Replayed& replayed) {
        fmt::format_to(std::back_inserter(out), R"({{"replayed":{},"gone":{}}})", replayed.requeued,
                       replayed.not_found);
      });
}

}  // namespace

constinit const RouteOperation list_dead_letters =
    operation<parse_no_options, run_list_dead_letters>().with_publisher();
constinit const RouteOperation replay_dead_letters =
    operation<parse_nothing, run_replay_dead_letters>().with_publisher();

}  // namespace porchlight::graph
