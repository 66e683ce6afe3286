// A batch is read in two passes over the requests: the items first, then dependsOn, which may name a later item.
#include "graph/wire/batch_request.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/base64url.h"
#include "base/check.h"
#include "base/text.h"
#include "graph/wire/characters.h"

namespace porchlight::graph {
namespace {

using simdjson::SUCCESS;
using simdjson::dom::array;
using simdjson::dom::element;
using simdjson::dom::object;

// A batch may be as large as twenty requests together, and two levels deeper than a body of its own.
constexpr JsonLimits kLimits{.depth = 34, .members = kBatchItemsMax * 10'000};

std::unexpected<Error> malformed(std::string detail) {
  return std::unexpected(invalid_batch(std::move(detail)));
}

// The id that `value` stands for: its text if it is a string or a number; nullopt otherwise. Clients of Graph count
// their requests and send the number.
std::optional<std::string> id_text(const element& value) {
  std::string_view text;
  if (value.get(text) == SUCCESS) return std::string(text);
  if (value.is_number()) return simdjson::minify(value);
  return std::nullopt;
}

// The id of a request; not empty.
Result<std::string> read_id(const object& parent) {
  element member;
  if (find_member(parent, "id").get(member) == SUCCESS) {
    if (auto id = id_text(member); id && !id->empty()) return *std::move(id);
  }
  return malformed("Each request of the batch needs 'id', a string or a number.");
}

// A member that each request must have; not empty.
Result<std::string> text_member(const object& parent, std::string_view name) {
  element member;
  std::string_view text;
  if (find_member(parent, name).get(member) != SUCCESS || member.get(text) != SUCCESS || text.empty())
    return malformed(fmt::format("Each request of the batch needs '{}', a string.", name));
  return std::string(text);
}

// Absent and null headers count as none.
Result<void> read_headers(const object& parent, BatchItem& item) {
  element member;
  if (find_member(parent, "headers").get(member) != SUCCESS || member.is_null()) return {};
  object headers;
  if (member.get(headers) != SUCCESS)
    return malformed(fmt::format("The headers of request '{}' are not an object.", truncated(item.id)));
  for (const auto [name, value] : headers) {
    std::string_view text;
    if (value.get(text) != SUCCESS)
      return malformed(fmt::format("A header of request '{}' is not a string.", truncated(item.id)));
    item.headers.emplace_back(name, text);
  }
  return {};
}

// Returns true also if the item has no Content-Type: JSON is the default inside a batch.
bool declares_json(const BatchItem& item) {
  return std::ranges::none_of(item.headers, [](const auto& header) {
    return equals_ignore_case(header.first, "content-type") &&
           header.second.find("json") == std::string::npos;
  });
}

// A JSON body is embedded as a JSON value, which is written out again; a body of another type is a string in base64url.
// Absent and null bodies count as none.
Result<void> read_body(const object& parent, BatchItem& item) {
  element body;
  if (find_member(parent, "body").get(body) != SUCCESS || body.is_null()) return {};
  std::string_view text;
  if (declares_json(item) || body.get(text) != SUCCESS) {
    item.body = simdjson::minify(body);
    return {};
  }
  auto bytes = decode_base64url(text);
  if (!bytes) return malformed(fmt::format("The body of request '{}' is not base64url.", truncated(item.id)));
  item.body = std::move(*bytes);
  return {};
}

// Whether the item is a POST, PATCH or PUT with neither a body nor a Content-Type.
bool is_empty_write(const BatchItem& item) {
  constexpr std::string_view kWrites[] = {"POST", "PATCH", "PUT"};
  return item.body.empty() &&
         std::ranges::any_of(kWrites,
                             [&](std::string_view name) { return equals_ignore_case(name, item.method); }) &&
         std::ranges::none_of(item.headers, [](const auto& header) {
           return equals_ignore_case(header.first, "content-type");
         });
}

// An item without its dependencies.
Result<BatchItem> parse_item(const element& request, EmptyWrites empty_writes) {
  object parent;
  if (request.get(parent) != SUCCESS) return malformed("A request of the batch is not an object.");
  BatchItem item;
  auto id = read_id(parent);
  if (!id) return std::unexpected(std::move(id.error()));
  item.id = std::move(*id);
  for (const auto& [name, value] : {std::pair{"method", &item.method}, std::pair{"url", &item.url}}) {
    auto text = text_member(parent, name);
    if (!text) return std::unexpected(std::move(text.error()));
    *value = std::move(*text);
  }
  if (auto read = read_headers(parent, item); !read) return std::unexpected(std::move(read.error()));
  if (auto read = read_body(parent, item); !read) return std::unexpected(std::move(read.error()));
  if (empty_writes == EmptyWrites::kRefused && is_empty_write(item))
    return std::unexpected(empty_batch_write(truncated(item.id)));
  return item;
}

// The index of the item with this id, in any letter case.
std::optional<std::size_t> find_item(const std::vector<BatchItem>& items, std::string_view id) {
  const auto found =
      std::ranges::find_if(items, [&](const BatchItem& item) { return equals_ignore_case(item.id, id); });
  if (found == items.end()) return std::nullopt;
  return static_cast<std::size_t>(found - items.begin());
}

// Reads the dependsOn of one item. Needs all items, since any of them may be named.
Result<void> read_dependencies(const element& request, std::vector<BatchItem>& items, BatchItem& item) {
  element member;
  if (find_member(object(request), "dependsOn").get(member) != SUCCESS || member.is_null()) return {};
  array ids;
  if (member.get(ids) != SUCCESS)
    return malformed(fmt::format("The dependsOn of request '{}' is not an array.", truncated(item.id)));
  for (const element id : ids) {
    const auto text = id_text(id);
    const auto other = text ? find_item(items, *text) : std::nullopt;
    if (!other) {
      return malformed(fmt::format("The dependsOn of request '{}' names one that is not in the batch.",
                                   truncated(item.id)));
    }
    item.depends_on.push_back(*other);
  }
  return {};
}

// The order in which the items run: repeatedly the first item whose dependencies are done. Quadratic, which is cheap
// for at most twenty items, and stable, so independent items keep the order of the body. If no item is ready, the rest
// depend on each other.
Result<std::vector<std::size_t>> order_of(const std::vector<BatchItem>& items) {
  std::vector<std::size_t> order;
  std::vector<bool> done(items.size());
  const auto is_ready = [&](std::size_t i) {
    return !done[i] &&
           std::ranges::all_of(items[i].depends_on, [&](std::size_t other) { return done[other]; });
  };
  while (order.size() < items.size()) {
    std::size_t next = 0;
    while (next < items.size() && !is_ready(next)) ++next;
    if (next == items.size()) return malformed("The dependsOn of the batch go in a circle.");
    done[next] = true;
    order.push_back(next);
  }
  return order;
}

}  // namespace

Result<BatchRequest> parse_batch(JsonReader& reader, std::string_view body, EmptyWrites empty_writes) {
  const auto root = reader.parse(body, kLimits);
  if (!root) return std::unexpected(body_not_json(root.error().offset, root.error().what));
  object document;
  element member;
  array requests;
  if (root->get(document) != SUCCESS || find_member(document, "requests").get(member) != SUCCESS ||
      member.get(requests) != SUCCESS) {
    return malformed("A batch is an object with 'requests', an array.");
  }
  const std::size_t count = requests.size();
  if (count < 1) return malformed("The batch has no requests.");
  if (count > kBatchItemsMax) return std::unexpected(too_many_batch_steps(kBatchItemsMax));
  BatchRequest batch;
  for (const element request : requests) {
    auto item = parse_item(request, empty_writes);
    if (!item) return std::unexpected(std::move(item.error()));
    if (find_item(batch.items, item->id)) return std::unexpected(repeated_batch_id(truncated(item->id)));
    batch.items.push_back(std::move(*item));
  }
  std::size_t index = 0;
  for (const element request : requests) {
    if (auto read = read_dependencies(request, batch.items, batch.items[index++]); !read)
      return std::unexpected(std::move(read.error()));
  }
  auto order = order_of(batch.items);
  if (!order) return std::unexpected(std::move(order.error()));
  batch.order = std::move(*order);
  CHECK(batch.order.size() == batch.items.size());
  return batch;
}

}  // namespace porchlight::graph
