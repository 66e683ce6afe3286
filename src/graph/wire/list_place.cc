// The order is part of the purpose of the token, so a token of another order does not open.
#include "graph/wire/list_place.h"

#include <fmt/format.h>

#include "base/bytes.h"
#include "graph/wire/sealed_token.h"

namespace porchlight::graph {
namespace {

std::string purpose_of(const Ordering& order) {
  return fmt::format("skip by {}{}", order.by->name, order.descending ? " desc" : "");
}

}  // namespace

std::string seal_place(std::string_view key, const Guid& tenant, const std::optional<Ordering>& order,
                       const ListPlace& place) {
  if (!order) return seal_skip_token(key, tenant, place.id);
  std::string bytes;
  ByteWriter out(bytes);
  out.guid(place.id);
  bytes += place.text;
  return seal_token(key, purpose_of(*order), tenant, bytes);
}

std::optional<ListPlace> open_place(std::string_view key, const Guid& tenant,
                                    const std::optional<Ordering>& order, std::string_view token) {
  if (!order) {
    const auto id = open_skip_token(key, tenant, token);
    return id ? std::optional(ListPlace{*id}) : std::nullopt;
  }
  const auto bytes = open_sealed_token(key, purpose_of(*order), tenant, token);
  if (!bytes || bytes->size() < sizeof(Guid)) return std::nullopt;
  ByteReader in(*bytes);
  ListPlace place{.id = in.guid()};
  place.text = bytes->substr(sizeof(Guid));
  return place;
}

}  // namespace porchlight::graph
