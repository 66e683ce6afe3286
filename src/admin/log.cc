// The administrative command that reads the log a page at a time. It keeps no state between pages: the cursor that one
// page returns is an argument of the next.
#include <charconv>

#include "admin/commands.h"
#include "admin/event_text.h"
#include "node/log_order.h"

namespace porchlight::admin {
namespace {

// Events of one page.
constexpr std::uint64_t kEventsDefault = 5000;
constexpr std::uint64_t kEventsMax = 20'000;

// The text of a cursor: "next-last next-last …", one range for each shard.
std::string to_text(const node::LogCursor& cursor) {
  std::string out;
  for (const node::ShardRange& range : cursor) {
    if (!out.empty()) out += ' ';
    out += std::to_string(range.next) + '-' + std::to_string(range.last);
  }
  return out;
}

// The inverse; nullopt if the text is malformed or has another number of shards.
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
  for (node::ShardRange& range : cursor) {
    if (!number(range.next, '-') || !number(range.last, ' ') || range.next == 0) return std::nullopt;
  }
  if (at != end) return std::nullopt;
  return cursor;
}

// Where the page starts: member `cursor`, else member `from`, else the beginning of the log.
Checked<node::LogCursor> read_cursor(node::Node& node, CommandArgs& args) {
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

// The events of the next batches as a JSON array of texts, until there are `limit` of them or no batch is left; `more`
// is then false. A batch is never split, so there may be more than `limit`.
Checked<std::string> read_lines(node::LogOrder& order, std::uint64_t limit, bool& more) {
  std::string out, line;
  {
    JsonArray lines(out);
    for (std::uint64_t events = 0; events < limit;) {
      const auto item = order.next();
      if (!item) return std::unexpected(item.error());
      more = item->has_value();
      if (!more) break;
      for (const log::Event& event : (*item)->batch.events) {
        line.clear();
        append_event_json(line, (*item)->position, (*item)->batch.at, event);
        lines.text(line);
        ++events;
      }
    }
  }
  return out;
}

}  // namespace

AdminResult page_log(node::Node& node, CommandArgs& args) {
  auto cursor = read_cursor(node, args);
  if (!cursor) return std::unexpected(cursor.error());
  const auto limit = std::min(args.number("limit").value_or(kEventsDefault), kEventsMax);
  if (!args.fault().empty()) return std::unexpected(args.fault());
  node::LogOrder order(node.logs(), *std::move(cursor));
  bool more = true;
  auto lines = read_lines(order, limit, more);
  if (!lines) return std::unexpected(lines.error());
  return json_object([&](JsonObject& out) {
    out.json("lines", *lines);
    if (more) out.text("cursor", to_text(order.left()));
  });
}

}  // namespace porchlight::admin
