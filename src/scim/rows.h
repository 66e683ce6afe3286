// Rows of the SCIM store: what is stored about users and groups beside the directory, under these keys. Values not
// named are empty.
//
//     token/<tenant>                        the SHA-256 hash of the tenant's bearer token
//     user/<tenant>/<user>                  a row: u8 state | i64 created ms | i64 modified ms | JSON
//     todo/<tenant>/<user>                  pending: the directory may not agree with that row yet
//     off/<tenant>/<user>                   index: the user is deactivated
//     upn/<tenant>/<name>/<user>            index: userName of a deactivated user, in lower case
//     back/<tenant>/<user>/<group>          a group that the deactivated user rejoins on activation
//     away/<tenant>/<group>/<user>          the same, by group
//     group/<tenant>/<group>                a row
//     ext/<tenant>/<externalId>\0<user>     index: the user with that externalId
#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/guid.h"
#include "base/time.h"
#include "scim/error.h"
#include "scim/value.h"
#include "storage/kv_store.h"

namespace porchlight::scim {

// Opens the store on disk, or creates it. The error is a sentence for the operator.
std::expected<std::unique_ptr<storage::KvStore>, std::string> open_scim_store(
    const std::filesystem::path& folder);

// kDeleting: the removal from the directory has begun. A group is always kActive. The numbers are stored.
enum class RowState : std::uint8_t { kActive, kDeactivated, kDeleting };

// The value of a user or group row.
struct StoredRow {
  RowState state = RowState::kActive;
  Time created{};
  Time modified{};
  ValueMap attributes;
};

// The bytes of a row, as above.
std::string print_row(const StoredRow& row);
// Returns nullopt if the row does not exist. Errors: 503 if the store fails or the row is damaged.
ScimResult<std::optional<StoredRow>> read_row(const storage::KvStore& store, const std::string& key);

// `<kind>/<tenant>/`, followed by the ids that are given, with a slash between them.
std::string row_key(std::string_view kind, const Guid& tenant);
std::string row_key(std::string_view kind, const Guid& tenant, const Guid& owner);
std::string row_key(std::string_view kind, const Guid& tenant, const Guid& owner, const Guid& other);
// The prefix of the keys of that externalId.
std::string external_key(const Guid& tenant, std::string_view external_id);

// The GUIDs at the end of all keys with that prefix, in order. Errors: 503.
ScimResult<std::vector<Guid>> ids_under(const storage::KvStore& store, const std::string& prefix);

// Returns invalidValue if the externalId is over 256 bytes or contains a NUL, which ends it in a key.
ScimResult<void> check_external_id(const ValueMap& attributes);

// The attribute `meta`: resourceType and, if the row exists, created and lastModified.
ValueMap meta_of(std::string_view type, const std::optional<StoredRow>& row);

}  // namespace porchlight::scim
