// Keys and bytes of the rows in the store. Both are a disk format.
#include "scim/rows.h"

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/json.h"
#include "base/time_text.h"
#include "storage/rocks_kv_store.h"

namespace porchlight::scim {
namespace {

constexpr std::string_view kStoreFormat = "scim 1";
constexpr std::size_t kStoreMemoryBytes = 4 * 1024 * 1024;
constexpr std::size_t kExternalIdBytesMax = 256;

std::int64_t ms_of(Time time) { return time.time_since_epoch().count(); }

Value date_of(Time time) {
  std::string text;
  append_date_time(text, time);
  return {std::move(text)};
}

}  // namespace

std::expected<std::unique_ptr<storage::KvStore>, std::string> open_scim_store(
    const std::filesystem::path& folder) {
  return storage::RocksKvStore::open({folder, kStoreFormat, kStoreMemoryBytes});
}

std::string print_row(const StoredRow& row) {
  std::string bytes;
  ByteWriter out(bytes);
  out.fixed(static_cast<std::uint8_t>(row.state));
  out.fixed(ms_of(row.created));
  out.fixed(ms_of(row.modified));
  append_json(bytes, row.attributes);
  return bytes;
}

// A damaged row is an error and not a missing one: otherwise the next write would silently replace it.
ScimResult<std::optional<StoredRow>> read_row(const storage::KvStore& store, const std::string& key) {
  const auto bytes = store.get(key);
  if (!bytes) return std::unexpected(bytes.error());
  if (!*bytes) return std::nullopt;
  ByteReader in(**bytes);
  StoredRow row;
  const auto state = in.fixed<std::uint8_t>();
  row.state = static_cast<RowState>(state);
  row.created = Time(Duration(in.fixed<std::int64_t>()));
  row.modified = Time(Duration(in.fixed<std::int64_t>()));
  JsonReader reader;
  const auto root = reader.parse(in.rest(), kJsonLimits);
  simdjson::dom::object members;
  if (state > static_cast<std::uint8_t>(RowState::kDeleting) || !root || root->get_object().get(members))
    return unavailable();
  row.attributes = *to_value(*root).map();
  return row;
}

std::string row_key(std::string_view kind, const Guid& tenant) {
  return fmt::format("{}/{}/", kind, to_string(tenant));
}

std::string row_key(std::string_view kind, const Guid& tenant, const Guid& owner) {
  return row_key(kind, tenant) + to_string(owner);
}

std::string row_key(std::string_view kind, const Guid& tenant, const Guid& owner, const Guid& other) {
  return fmt::format("{}/{}", row_key(kind, tenant, owner), to_string(other));
}

// The NUL keeps "a" from being a prefix of "ab": check_external_id() refuses ids that contain one.
std::string external_key(const Guid& tenant, std::string_view external_id) {
  std::string key = fmt::format("ext/{}/{}", to_string(tenant), external_id);
  key += '\0';
  return key;
}

// Index rows have no values: the id is the last part of the key.
ScimResult<std::vector<Guid>> ids_under(const storage::KvStore& store, const std::string& prefix) {
  std::vector<Guid> ids;
  const auto visited = store.for_each(prefix, [&](std::string_view key, std::string_view) {
    if (key.size() < kGuidChars) return true;
    if (const auto id = parse_guid(key.substr(key.size() - kGuidChars))) ids.push_back(*id);
    return true;
  });
  if (!visited) return std::unexpected(visited.error());
  return ids;
}

ScimResult<void> check_external_id(const ValueMap& attributes) {
  const std::string_view id = text_of(attributes, "externalId");
  if (id.size() > kExternalIdBytesMax || id.find('\0') != std::string_view::npos)
    return invalid_value("externalId is too long or holds a NUL.");
  return {};
}

ValueMap meta_of(std::string_view type, const std::optional<StoredRow>& row) {
  ValueMap meta;
  put(meta, "resourceType", {std::string(type)});
  if (row) {
    put(meta, "created", date_of(row->created));
    put(meta, "lastModified", date_of(row->modified));
  }
  return meta;
}

}  // namespace porchlight::scim
