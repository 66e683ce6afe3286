// GET /communications/presences/delta: what has changed since the last round, in the form of Graph's delta queries.
//
// A round is a sequence of pages. The first round lists all users. Each later round lists users whose presence was
// changed by a write, by the history's index of changes, or by time, by the rules: their sequence number at the end
// of the round differs from that at its start. A client that follows the links ends with the same presences as one
// that reads all users.
//
// The state of a client (delta_state.h) travels in its links, sealed; the server keeps nothing. It has positions of the
// logs, so any server with the same logs continues it. The membership of groups decides which users the caller may see,
// and a change of it is in no index, so the state contains a hash of the caller's groups; if that differs, the round
// lists all users again.
#include <fmt/format.h>
#include <xxhash.h>

#include <utility>

#include "base/bytes.h"
#include "base/json_writer.h"
#include "graph/call/freshness.h"
#include "graph/call/links.h"
#include "graph/call/operation.h"
#include "graph/call/suspended_call.h"
#include "graph/call/visible_presence.h"
#include "graph/presence/delta_state.h"
#include "graph/wire/presence_query.h"
#include "graph/wire/query.h"
#include "graph/wire/sealed_token.h"
#include "history/history.h"

namespace porchlight::graph {
namespace {

constexpr std::size_t kPageDefault = 200;
// Users scanned for one page, which takes some milliseconds. A page may be short or empty, although more follow.
constexpr std::size_t kScanMax = 20'000;
constexpr std::string_view kDeltaPurpose = "delta";

// A hash of what decides which users the caller may see, besides their settings: the caller's identity and groups.
std::uint64_t viewer_hash(const state::View& view, const identity::Caller& caller) {
  std::string bytes;
  ByteWriter out(bytes);
  out.guid(caller.user.value_or(caller.app));
  if (caller.user)
    for (const Guid& group : view.groups_of(caller.tenant, *caller.user)) out.guid(group);
  return XXH3_64bits(bytes.data(), bytes.size());
}

// For a link that the history cannot continue, and for one of another release: it opens, but is not understood.
Error sync_state_not_found() {
  return {.status = 410,
          .code = "SyncStateNotFound",
          .message = "The changes since this link are no longer stored. Start again without a token."};
}

struct DeltaRequest {
  DeltaState state;
  std::size_t page = kPageDefault;
  PropertySet select = kPropertiesAll;
};

Result<DeltaRequest> parse_presences_delta(HandlerContext& context, const Call& call) {
  DeltaRequest request;
  PropertySet selected = 0;
  const auto on_option = [&](std::string_view option, const std::string& value) -> Result<void> {
    if (option == "select") return add_selected(value, selected);
    if (option == "top") {
      const auto top = parse_top(value);
      if (!top) return std::unexpected(top.error());
      request.page = *top;
      return {};
    }
    if (option != "skiptoken" && option != "deltatoken") return std::unexpected(unsupported_option(option));
    const auto bytes =
        open_sealed_token(context.services.paging_key, kDeltaPurpose, call.caller->tenant, value);
    if (!bytes) return std::unexpected(invalid_query(fmt::format("${}", option), "The token is not valid."));
    const auto state = decode_delta_state(*bytes);
    if (!state) return std::unexpected(sync_state_not_found());
    request.state = *state;
    return {};
  };
  if (auto read = for_each_option(call.request.query, on_option); !read)
    return std::unexpected(std::move(read.error()));
  if (selected != 0) request.select = selected;
  return request;
}

// Appends `"@odata.{name}":"…",`.
void append_delta_link(const HandlerContext& context, const Call& call, std::string& out,
                       std::string_view name, std::string_view token_name, const DeltaRequest& request) {
  out += "\"@odata.";
  out += name;
  out += "\":\"";
  append_service_root(context, call, out);
  out += "/communications/presences/delta?";
  if (request.select != kPropertiesAll) {
    std::string names;
    append_selection(names, request.select);
    fmt::format_to(std::back_inserter(out), "$select={}&", names.substr(1, names.size() - 2));
  }
  if (request.page != kPageDefault) fmt::format_to(std::back_inserter(out), "$top={}&", request.page);
  out += token_name;
  out += '=';
  out += seal_token(context.services.paging_key, kDeltaPurpose, call.caller->tenant,
                    encode_delta_state(request.state));
  out += "\",";
}

// One page of a round under way.
class DeltaPage {
 public:
  DeltaPage(HandlerContext& context, const Call& call, const DeltaRequest& request, history::Changes changes)
      : context_(context), call_(call), request_(request), changes_(std::move(changes)) {}

  void write() {
    std::string& out = call_.response.body;
    std::string what = "communications/presences";
    append_selection(what, request_.select);
    out += '{';
    append_context(context_, call_, out, what);
    const std::size_t links = out.size();
    out += R"("value":[)";
    if (!request_.state.after) append_removed(out);
    const auto stopped_at = append_changed(out);
    out += "]}";
    // Links stand before the items (spec protocol §9).
    std::string link;
    append_continuation(link, stopped_at);
    out.insert(links, link);
    context_.response_writer.json(call_.response, call_.info);
    add_preference_applied(call_);
  }

 private:
  // Removed users are listed on the first page, because they have no position in the scan.
  void append_removed(std::string& out) {
    for (const auto& [user, changed] : changes_.people) {
      const state::UserKey key{call_.caller->tenant, user};
      if (!changed.removed || context_.services.view.contains(key)) continue;
      begin_item(out);
      JsonObject(out).text("id", to_string(user)).object("@removed", [](JsonObject& removed) {
        removed.text("reason", "deleted");
      });
    }
  }

  // Appends the changed users after `after`, as they are now. Returns the last one scanned unless the scan reached
  // the end. Collects candidates under the shards' locks, and renders them afterwards.
  std::optional<Guid> append_changed(std::string& out) {
    struct Candidate {
      Guid user;
      bool only_if_visible;
    };
    std::vector<Candidate> candidates;
    std::size_t scanned = 0, included = 0;
    const auto stopped_at = context_.services.view.scan_presences(
        call_.caller->tenant, request_.state.after, kScanMax + 1,
        [&](const Guid& user, const presence::Record& record) {
          if (included == request_.page || scanned == kScanMax) return false;
          ++scanned;
          const Inclusion inclusion = inclusion_of({call_.caller->tenant, user}, record);
          if (inclusion != Inclusion::kOmit) candidates.push_back({user, inclusion == Inclusion::kIfVisible});
          if (inclusion == Inclusion::kAlways) ++included;
          return true;
        });
    for (const auto& [user, only_if_visible] : candidates) {
      if (only_if_visible && !is_visible(user)) continue;
      begin_item(out);
      out += '{';
      append_presence(context_, call_, {call_.caller->tenant, user}, {.select = request_.select}, out);
      out += '}';
    }
    return stopped_at;
  }

  // Callers who may not see a user learn of changes of the visibility only. Other items, or room that they take on a
  // page, would reveal when a masked presence changes. Whether the caller may see the user is decided after the scan,
  // because it must not be asked under a shard's lock.
  enum class Inclusion : std::uint8_t { kOmit, kAlways, kIfVisible };

  Inclusion inclusion_of(const state::UserKey& key, const presence::Record& record) const {
    if (request_.state.is_first() || request_.state.resend_all) return Inclusion::kAlways;
    const auto known = changes_.people.find(key.user);
    const history::PersonChanges changed =
        known == changes_.people.end() ? history::PersonChanges{} : known->second;
    if (changed.visibility || changed.removed) return Inclusion::kAlways;
    if (!is_changed(changed, key, record)) return Inclusion::kOmit;
    return record.extras && record.extras->visibility ? Inclusion::kIfVisible : Inclusion::kAlways;
  }

  bool is_visible(const Guid& user) const {
    const state::UserKey key{call_.caller->tenant, user};
    const auto stored = context_.services.view.copy(key);
    return stored && may_see(context_.services, *call_.caller, key, stored->record);
  }

  bool is_changed(const history::PersonChanges& changed, const state::UserKey& key,
                  const presence::Record& record) const {
    if (changed.presence) return true;
    const presence::Policy& policy = context_.services.settings.policy;
    const Time since = std::max(request_.state.known->at, record.sequence_base_at);
    const Time until = context_.services.view.seen_at(key, record, request_.state.next.at);
    return presence::sequence(record, until, policy) != presence::sequence(record, since, policy);
  }

  void append_continuation(std::string& out, const std::optional<Guid>& stopped_at) {
    DeltaRequest next = request_;
    if (stopped_at) {
      next.state.after = stopped_at;
      return append_delta_link(context_, call_, out, "nextLink", "$skiptoken", next);
    }
    next.state.known = std::exchange(next.state.next, {});
    // The client does not know what time has changed of users who were held in this round.
    next.state.known->at = context_.services.view.hold().earliest_seen(next.state.known->at);
    next.state.resend_all = false;
    next.state.after.reset();
    append_delta_link(context_, call_, out, "deltaLink", "$deltatoken", next);
  }

  static void begin_item(std::string& out) {
    if (out.back() != '[') out += ',';
  }

  HandlerContext& context_;
  const Call& call_;
  DeltaRequest request_;
  const history::Changes changes_;
};

// The first page of a round fixes the end of the round.
void start_round(DeltaState& state, const HandlerContext& context, const Call& call,
                 const history::Changes& changes) {
  const std::uint64_t viewer = viewer_hash(context.services.view, *call.caller);
  state.resend_all = viewer != state.viewer;
  state.viewer = viewer;
  state.next = {changes.last, call.info.now};
}

Error delta_error(const history::QueryError& fault) {
  if (fault.why != history::QueryErrorCode::kBeforeRetention) return service_unavailable();
  return sync_state_not_found();
}

Result<Handled> run_presences_delta(HandlerContext& context, const Call& call,
                                    const DeltaRequest& requested) {
  if (context.services.history == nullptr) {
    return std::unexpected(invalid_query(
        "delta", "This server keeps no history: [history] retention is 0 in its configuration."));
  }
  context.services.history->changes_after(
      call.caller->tenant, requested.state.known,
      [&context, request = requested, suspended = std::make_shared<SuspendedCall>(call)](
          std::expected<history::Changes, history::QueryError> changes) mutable {
        SuspendedCall::resume(context, std::move(suspended),
                              [request, changes = std::move(changes)](
                                  HandlerContext& own, const Call& now) mutable -> Result<void> {
                                if (!changes) return std::unexpected(delta_error(changes.error()));
                                if (!request.state.after) start_round(request.state, own, now, *changes);
                                DeltaPage(own, now, request, std::move(*changes)).write();
                                return {};
                              });
      });
  return Handled::kLater;
}

}  // namespace

constinit const RouteOperation presences_delta = operation<parse_presences_delta, run_presences_delta>();

}  // namespace porchlight::graph
