#include "graph/wire/skip_token.h"

#include "base/bytes.h"
#include "graph/wire/sealed_token.h"

namespace porchlight::graph {
namespace {

constexpr std::string_view kSkipPurpose = "skip";

}  // namespace

std::string seal_skip_token(std::string_view key, const Guid& tenant, const Guid& last) {
  std::string bytes;
  ByteWriter(bytes).guid(last);
  return seal_token(key, kSkipPurpose, tenant, bytes);
}

std::optional<Guid> open_skip_token(std::string_view key, const Guid& tenant, std::string_view token) {
  const auto bytes = open_sealed_token(key, kSkipPurpose, tenant, token);
  if (!bytes) return std::nullopt;
  ByteReader in(*bytes);
  const Guid last = in.guid();
  if (!in.ok() || !in.at_end()) return std::nullopt;
  return last;
}

}  // namespace porchlight::graph
