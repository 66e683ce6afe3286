// /porchlight/v1/deadLetters: what subscribers were not told of, for nobody took it; and telling it again
// (ours; docs/notifications.md).
#include <fmt/format.h>

#include <iterator>

#include "base/time_text.h"
#include "graph/kept_call.h"
#include "graph/query.h"
#include "graph/subject.h"

namespace porchlight::graph {
namespace {

constexpr std::size_t kLettersShownMax = 1000;

void append_letter(std::string& out, const notify::DeadLetter& letter) {
  fmt::format_to(std::back_inserter(out),
                 R"({{"subscriptionId":"{}","applicationId":"{}","userId":"{}","givenUpDateTime":")",
                 to_string(letter.subscription), to_string(letter.app), to_string(letter.person));
  append_date_time(out, letter.at);
  out += "\"}";
}

// Has the answer written from what `find` gives, found on the worker: the disk is asked.
template <typename Find, typename Write>
Result<Handled> answer_from_disk(Tools& tools, const Call& call, Find find, Write write) {
  if (!has_subscriptions(tools.shared)) return std::unexpected(unavailable());
  if (auto allowed = authorize(call, std::nullopt); !allowed)
    return std::unexpected(std::move(allowed.error()));
  const bool taken = tools.shared.worker.run([&tools, kept = std::make_shared<KeptCall>(call),
                                              tenant = call.caller->tenant, find, write] {
    KeptCall::answer(
        tools, kept,
        [found = find(*tools.shared.publisher, tenant), write](Tools& t, const Call& later) -> Result<void> {
          t.replies.json(later.response, later.ticket);
          write(later.response.body, found);
          return {};
        });
  });
  if (!taken) return std::unexpected(unavailable());
  return Handled::kLater;
}

}  // namespace

Result<Handled> list_dead_letters(Tools& tools, const Call& call) {
  if (auto none = refuse_options(call.request.query); !none) return std::unexpected(std::move(none.error()));
  return answer_from_disk(
      tools, call,
      [](notify::Publisher& publisher, const Guid& tenant) {
        return publisher.dead_letters(tenant, kLettersShownMax);
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

Result<Handled> replay_dead_letters(Tools& tools, const Call& call) {
  return answer_from_disk(
      tools, call, [](notify::Publisher& publisher, const Guid& tenant) { return publisher.replay(tenant); },
      [](std::string& out, const notify::Publisher::Replayed& replayed) {
        fmt::format_to(std::back_inserter(out), R"({{"replayed":{},"gone":{}}})", replayed.again,
                       replayed.gone);
      });
}

}  // namespace porchlight::graph
