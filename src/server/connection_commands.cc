// Commands about the streams and waits that are open.
#include <algorithm>
#include <array>
#include <charconv>

#include "base/split.h"
#include "server/owner_json.h"
#include "server/server_commands.h"

namespace porchlight::server {
namespace {

using admin::AdminResult;
using admin::CommandArgs;
using watch::WatchQuota;

// Streams come before waits in lists.
enum class ConnectionKind : std::uint8_t { kStream, kWait };
constexpr std::array kConnectionKinds = {ConnectionKind::kStream, ConnectionKind::kWait};

// An id, "stream-17": the kind, and the number that the quota of the kind gave.
struct ConnectionId {
  ConnectionKind kind = ConnectionKind::kStream;
  std::uint64_t number = 0;
};

const WatchQuota& quota_of(const LiveServer& server, ConnectionKind kind) {
  return kind == ConnectionKind::kStream ? server.services.streams.watch_quota : server.services.watch_quota;
}

std::string text_of(const ConnectionId& id) {
  return (id.kind == ConnectionKind::kStream ? "stream-" : "wait-") + std::to_string(id.number);
}

std::optional<ConnectionId> parse_connection_id(std::string_view text) {
  const auto [kind, number] = split_once(text, '-');
  ConnectionId id{kind == "wait" ? ConnectionKind::kWait : ConnectionKind::kStream};
  std::from_chars(number.data(), number.data() + number.size(), id.number);
  return text_of(id) == text ? std::optional(id) : std::nullopt;
}

void write_connection(JsonObject& out, const LiveServer& server, const Guid& tenant, const ConnectionId& id,
                      const WatchQuota::ListedWait& listed) {
  out.text("id", text_of(id)).text("kind", listed.wait->kind());
  write_owner(out, server.node.view(), {tenant, listed.app, listed.user});
  out.text("since", admin::date_time_text(listed.since)).number("users", listed.people);
  out.boolean("behind", listed.wait->is_behind());
}

}  // namespace

AdminResult list_connections(const LiveServer& server, CommandArgs& args) {
  const auto tenant = admin::find_tenant(server.node, args);
  if (!tenant) return std::unexpected(tenant.error());
  const auto after = args.text("after");
  const auto place = after ? parse_connection_id(*after) : ConnectionId{};
  const std::size_t limit = read_limit(args);
  if (!args.fault().empty()) return std::unexpected(args.fault());
  if (!place) return std::unexpected("after must be the next of the page before");
  std::vector<std::pair<ConnectionId, WatchQuota::ListedWait>> page;
  for (const ConnectionKind kind : kConnectionKinds) {
    if (kind < place->kind) continue;
    const std::uint64_t first = kind == place->kind ? place->number : 0;
    for (auto& listed : quota_of(server, kind).listed(tenant->id, first, limit + 1 - page.size()))
      page.emplace_back(ConnectionId{kind, listed.number}, std::move(listed));
  }
  const bool has_more = page.size() > limit;
  if (has_more) page.pop_back();
  return json_object([&](JsonObject& out) {
    out.array("value", page, [&](JsonArray& items, const auto& one) {
      items.object(
          [&](JsonObject& item) { write_connection(item, server, tenant->id, one.first, one.second); });
    });
    if (has_more) out.text("next", text_of(page.back().first));
  });
}

AdminResult end_connection(const LiveServer& server, CommandArgs& args) {
  const auto tenant = admin::find_tenant(server.node, args);
  if (!tenant) return std::unexpected(tenant.error());
  const auto id = parse_connection_id(args.text("connection").value_or(""));
  if (!args.fault().empty()) return std::unexpected(args.fault());
  const auto found = id && id->number != 0 ? quota_of(server, id->kind).listed(tenant->id, id->number - 1, 1)
                                           : std::vector<WatchQuota::ListedWait>();
  if (found.empty() || found.front().number != id->number)
    return std::unexpected(admin::not_found("there is no such connection"));
  args.target = found.front().user.value_or(found.front().app);
  found.front().wait->request_end();
  return json_object([&](JsonObject& out) { out.text("id", text_of(*id)); });
}

}  // namespace porchlight::server
