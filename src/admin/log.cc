// The administrative command that gives the log out, a page at a time. It keeps nothing between pages: the
// cursor that goes out with one comes back with the next.
#include <charconv>

#include "admin/commands.h"
#include "admin/event_text.h"
#include "base/json.h"
#include "node/log_order.h"

namespace porchlight::admin {
namespace {

constexpr std::uint64_t kEventsDefault = 5000;
constexpr std::uint64_t kEventsMax = 20'000;

// "next-last next-last …", one for each shard.
std::string to_text(const node::LogCursor& cursor) {
  std::string out;
  for (const node::ShardRange& span : cursor) {
    if (!out.empty()) out += ' ';
    out += std::to_string(span.next) + '-' + std::to_string(span.last);
  }
  return out;
}

std::optional<node::LogCursor> parse_cursor(std::string_view text, std::size_t shards) {
  node::LogCursor cursor(shards);
  const char* at = text.data();
  const char* const end = text.data() + text.size();
  const auto number = [&](std::uint64_t& out, char after) {
    const auto [stop, error] = std::from_chars(at, end, out);
    if (error != std::errc{}) return false;
    at = stop;
    if (at < end && *at == after) return ++at, true;
    return after == ' ' && at == end;
  };
  for (node::ShardRange& span : cursor) {
    if (!number(span.next, '-') || !number(span.last, ' ') || span.next == 0) return std::nullopt;
  }
  if (at != end) return std::nullopt;
  return cursor;
}

std::expected<node::LogCursor, std::string> read_cursor(node::Node& node, Args& args) {
  const auto text = args.text("cursor");
  const auto from = args.text("from");
  if (!args.fault().empty()) return std::unexpected(args.fault());
  if (text) {
    if (auto cursor = parse_cursor(*text, node.logs().size())) return *std::move(cursor);
    return std::unexpected("the cursor is malformed");
  }
  const auto position = from ? node::parse_position(*from) : std::nullopt;
  if (from && !position)
    return std::unexpected("\"" + *from + "\" is no position; it is the shard and the number, such as 3:17");
  return node::cursor_from(node.logs(), position);
}

}  // namespace

AdminResult page_log(node::Node& node, Args& args) {
  auto cursor = read_cursor(node, args);
  if (!cursor) return std::unexpected(cursor.error());
  const auto limit = std::min(args.number("limit").value_or(kEventsDefault), kEventsMax);
  if (!args.fault().empty()) return std::unexpected(args.fault());
  node::LogOrder order(node.logs(), *std::move(cursor));
  std::string out = "{\"lines\":[", line;
  bool more = true;
  for (std::uint64_t events = 0; events < limit && more;) {
    const auto item = order.next();
    if (!item) return std::unexpected(item.error());
    more = item->has_value();
    if (!more) break;
    for (const log::Event& event : (*item)->batch.events) {
      line.clear();
      append_event_json(line, (*item)->position, (*item)->batch.at, event);
      if (out.back() != '[') out += ',';
      append_json_string(out, line);
      ++events;
    }
  }
  out += ']';
  if (more) out += ",\"cursor\":\"" + to_text(order.left()) + '"';
  return out += '}';
}

}  // namespace porchlight::admin
