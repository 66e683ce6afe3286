// GET /communications/presences/delta: what changed since the last time, in Graph's own shape for that. The
// first round lists everybody; each later one those whose presence a call changed, by the log's index of
// changes (src/history), or time did, by the rules. Whoever follows the links ends with what reading
// everybody gives; so where the caller is in other groups than before, and may see others, everybody is told
// of again.
#include <fmt/format.h>
#include <xxhash.h>

#include "base/bytes.h"
#include "graph/freshness.h"
#include "graph/kept_call.h"
#include "graph/links.h"
#include "graph/presence_select.h"
#include "graph/query.h"
#include "graph/seal.h"
#include "graph/sight.h"
#include "graph/subject.h"
#include "history/history.h"
#include "log/event_codec.h"

namespace porchlight::graph {
namespace {

constexpr std::size_t kPageDefault = 200;
// People looked at for one page: some milliseconds. A page may be short, or empty, and more follow.
constexpr std::size_t kScanMax = 20'000;
constexpr std::string_view kDeltaPurpose = "delta";

// How far a client is: which changes it knows of, and, in the middle of a round, which it will know of at the
// round's end and where the next page begins.
struct Round {
  std::uint64_t generation = 0;
  std::uint64_t known = history::kNothingKnown;  // the number of a change; or it is the first round
  Time since{};                                  // up to when it knows what time changed
  std::uint64_t last = 0;
  Time until{};
  std::uint64_t viewer = 0;  // who looks: viewer_of() when the round began
  bool everybody = false;    // the caller may see others than a round before
  std::optional<Guid> after;

  bool is_first() const { return known == history::kNothingKnown; }
};

std::string encode_round(const Round& round) {
  std::string bytes;
  ByteWriter out(bytes);
  out.fixed(round.generation);
  out.fixed(round.known);
  log::append_time(out, round.since);
  out.fixed(round.last);
  log::append_time(out, round.until);
  out.fixed(round.viewer);
  out.fixed(static_cast<std::uint8_t>(round.everybody));
  if (round.after) out.guid(*round.after);
  return bytes;
}

std::optional<Round> decode_round(std::string_view bytes) {
  ByteReader in(bytes);
  Round round;
  round.generation = in.fixed<std::uint64_t>();
  round.known = in.fixed<std::uint64_t>();
  round.since = log::read_time(in);
  round.last = in.fixed<std::uint64_t>();
  round.until = log::read_time(in);
  round.viewer = in.fixed<std::uint64_t>();
  round.everybody = in.fixed<std::uint8_t>() != 0;
  if (!in.at_end()) round.after = in.guid();
  if (!in.ok() || !in.at_end()) return std::nullopt;
  return round;
}

// What decides whom a caller may see, beside what people say of themselves: who they are and the groups they
// are in. Different where those differ.
std::uint64_t viewer_of(const state::View& view, const identity::Caller& caller) {
  std::string bytes;
  ByteWriter out(bytes);
  out.guid(caller.user.value_or(caller.app));
  if (caller.user)
    for (const Guid& group : view.groups_of(caller.tenant, *caller.user)) out.guid(group);
  return XXH3_64bits(bytes.data(), bytes.size());
}

struct Asked {
  Round round;
  std::size_t page = kPageDefault;
  Properties select = kPropertiesAll;
};

Result<Asked> read_delta_query(const Tools& tools, const Call& call) {
  Asked asked;
  Properties selected = 0;
  const auto take = [&](std::string_view option, const std::string& value) -> Result<void> {
    if (option == "select") return add_selected(value, selected);
    if (option == "top") {
      const auto top = parse_top(value);
      if (!top) return std::unexpected(top.error());
      asked.page = *top;
      return {};
    }
    if (option != "skiptoken" && option != "deltatoken") return std::unexpected(option_unsupported(option));
    const auto bytes = open_seal(tools.shared.paging_key, kDeltaPurpose, call.caller->tenant, value);
    const auto round = bytes ? decode_round(*bytes) : std::nullopt;
    if (!round) return std::unexpected(query_refused(fmt::format("${}", option), "The token is not valid."));
    asked.round = *round;
    return {};
  };
  if (auto read = read_options(call.request.query, take); !read)
    return std::unexpected(std::move(read.error()));
  if (selected != 0) asked.select = selected;
  return asked;
}

// Appends `,"@odata.{name}":"…"`.
void append_round_link(const Tools& tools, const Call& call, std::string& out, std::string_view name,
                       std::string_view token_name, const Asked& asked) {
  out += ",\"@odata.";
  out += name;
  out += "\":\"";
  append_root(tools, call, out);
  out += "/communications/presences/delta?";
  if (asked.select != kPropertiesAll) {
    std::string names;
    append_selection(names, asked.select);
    fmt::format_to(std::back_inserter(out), "$select={}&", names.substr(1, names.size() - 2));
  }
  if (asked.page != kPageDefault) fmt::format_to(std::back_inserter(out), "$top={}&", asked.page);
  out += token_name;
  out += '=';
  out += seal(tools.shared.paging_key, kDeltaPurpose, call.caller->tenant, encode_round(asked.round));
  out += '"';
}

// One page of a round under way.
class ChangesPage {
 public:
  ChangesPage(Tools& tools, const Call& call, Asked asked, history::Changes changes)
      : tools_(tools), call_(call), asked_(std::move(asked)), changes_(std::move(changes)) {}

  void write() {
    std::string& out = call_.response.body;
    std::string what = "communications/presences";
    append_selection(what, asked_.select);
    out += '{';
    append_context(tools_, call_, out, what);
    out += R"("value":[)";
    if (!asked_.round.after) append_removed(out);
    const auto stopped_at = append_changed(out);
    out += ']';
    append_way_on(out, stopped_at);
    out += '}';
    tools_.replies.json(call_.response, call_.ticket);
    say_applied(call_);
  }

 private:
  // The gone come with the first page: they are in nobody's order any more.
  void append_removed(std::string& out) {
    for (const auto& [user, changed] : changes_.people) {
      const state::UserKey key{call_.caller->tenant, user};
      if (!changed.removed || tools_.shared.view.read(key, [](const presence::Record&) {})) continue;
      begin_item(out);
      out += R"({"id":")";
      append_guid(out, user);
      out += R"(","@removed":{"reason":"deleted"}})";
    }
  }

  // Those of the people behind `after` who changed, as they are now. Where to go on, if not at the end.
  std::optional<Guid> append_changed(std::string& out) {
    struct Found {
      Guid user;
      bool only_if_seen;
    };
    std::vector<Found> found;
    std::size_t seen = 0, told = 0;
    const auto stopped_at =
        tools_.shared.view.scan_presences(call_.caller->tenant, asked_.round.after, kScanMax + 1,
                                          [&](const Guid& user, const presence::Record& record) {
                                            if (told == asked_.page || seen == kScanMax) return false;
                                            ++seen;
                                            const Telling telling = telling_of(user, record);
                                            if (telling != Telling::kNothing)
                                              found.push_back({user, telling == Telling::kIfSeen});
                                            if (telling == Telling::kAlways) ++told;
                                            return true;
                                          });
    for (const auto& [user, only_if_seen] : found) {
      if (only_if_seen && !is_seen(user)) continue;
      begin_item(out);
      out += '{';
      append_presence(tools_, call_, {call_.caller->tenant, user}, {.select = asked_.select}, out);
      out += '}';
    }
    return stopped_at;
  }

  // Of somebody who does not let everybody see them, the others are told only that this changed: anything
  // more would tell when something happens behind the facade, and so would a page that it fills. Who is let
  // is not asked under a shard's lock.
  enum class Telling : std::uint8_t { kNothing, kAlways, kIfSeen };

  Telling telling_of(const Guid& user, const presence::Record& record) const {
    if (asked_.round.is_first() || asked_.round.everybody) return Telling::kAlways;
    const auto known = changes_.people.find(user);
    const history::Changed changed = known == changes_.people.end() ? history::Changed{} : known->second;
    if (changed.audience || changed.removed) return Telling::kAlways;
    if (!is_changed(changed, record)) return Telling::kNothing;
    return record.extras && record.extras->audience ? Telling::kIfSeen : Telling::kAlways;
  }

  bool is_seen(const Guid& user) const {
    const state::UserKey key{call_.caller->tenant, user};
    const auto kept = tools_.shared.view.copy(key);
    return kept && may_see(tools_.shared, *call_.caller, key, kept->record);
  }

  bool is_changed(const history::Changed& changed, const presence::Record& record) const {
    if (changed.presence) return true;
    const presence::Policy& policy = tools_.shared.settings.policy;
    const Time since = std::max(asked_.round.since, record.stamp_at);
    return presence::sequence(record, asked_.round.until, policy) !=
           presence::sequence(record, since, policy);
  }

  void append_way_on(std::string& out, const std::optional<Guid>& stopped_at) {
    Asked next = asked_;
    if (stopped_at) {
      next.round.after = stopped_at;
      return append_round_link(tools_, call_, out, "nextLink", "$skiptoken", next);
    }
    next.round.known = asked_.round.last;
    next.round.since = asked_.round.until;
    next.round.everybody = false;
    next.round.after.reset();
    append_round_link(tools_, call_, out, "deltaLink", "$deltatoken", next);
  }

  static void begin_item(std::string& out) {
    if (out.back() != '[') out += ',';
  }

  Tools& tools_;
  const Call& call_;
  Asked asked_;
  const history::Changes changes_;
};

// The first page of a round says what the round is about.
void begin_round(Round& round, const Tools& tools, const Call& call, const history::Changes& changes) {
  const std::uint64_t viewer = viewer_of(tools.shared.view, *call.caller);
  round.everybody = viewer != round.viewer;
  round.viewer = viewer;
  round.generation = changes.generation;
  round.last = changes.last;
  round.until = call.ticket.now;
}

Error cannot_tell(const history::Fault& fault) {
  if (fault.why != history::Refusal::kForgotten) return unavailable();
  return {.status = 410,
          .code = "SyncStateNotFound",
          .message = "What changed since this link is not known any more: begin anew without a token."};
}

}  // namespace

Result<Handled> presences_delta(Tools& tools, const Call& call) {
  const auto asked = read_delta_query(tools, call);
  if (!asked) return std::unexpected(asked.error());
  if (auto allowed = authorize(call, std::nullopt); !allowed)
    return std::unexpected(std::move(allowed.error()));
  if (tools.shared.history == nullptr) {
    return std::unexpected(query_refused(
        "delta", "This server keeps no history: [history] retention is 0 in its configuration."));
  }
  const Round& round = asked->round;
  tools.shared.history->changes_after(
      call.caller->tenant, round.generation, round.known,
      [&tools, asked = *asked, kept = std::make_shared<KeptCall>(call)](
          std::expected<history::Changes, history::Fault> changes) mutable {
        KeptCall::answer(
            tools, std::move(kept),
            [asked, changes = std::move(changes)](Tools& own, const Call& now) mutable -> Result<void> {
              if (!changes) return std::unexpected(cannot_tell(changes.error()));
              if (!asked.round.after) begin_round(asked.round, own, now, *changes);
              ChangesPage(own, now, asked, std::move(*changes)).write();
              return {};
            });
      });
  return Handled::kLater;
}

}  // namespace porchlight::graph
