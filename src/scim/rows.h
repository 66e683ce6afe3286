// What the store keeps of a person or a group beside the directory, and under which keys:
//
//     token/<tenant>                        the SHA-256 of the tenant's bearer token
//     user/<tenant>/<user>                  a row: u8 state | i64 created ms | i64 modified ms | JSON
//     todo/<tenant>/<user>                  the directory may not be as that row says yet
//     off/<tenant>/<user>                   the person is deactivated
//     upn/<tenant>/<name>/<user>            their userName, in lower case
//     back/<tenant>/<user>/<group>          a group to which they come back
//     away/<tenant>/<group>/<user>          the same from the group's side
//     group/<tenant>/<group>                a row
//     ext/<tenant>/<externalId>\0<user>     whose it is
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

// kDeleting: being deleted. A group is always kActive.
enum class RowState : std::uint8_t { kActive, kDeactivated, kDeleting };

struct StoredRow {
  RowState state = RowState::kActive;
  Time created{};
  Time modified{};
  ValueMap attributes;
};

std::string print_row(const StoredRow& row);
// A row that is not as it was written is a fault.
ScimResult<std::optional<StoredRow>> read_row(const storage::KvStore& store, const std::string& key);

// `kind/tenant/` and, where they are given, what follows.
std::string row_key(std::string_view kind, const Guid& tenant);
std::string row_key(std::string_view kind, const Guid& tenant, const Guid& whose);
std::string row_key(std::string_view kind, const Guid& tenant, const Guid& whose, const Guid& other);
std::string external_key(const Guid& tenant, std::string_view external_id);

// The GUIDs that end the keys with that prefix, in order.
ScimResult<std::vector<Guid>> ids_under(const storage::KvStore& store, const std::string& prefix);

// Calls for others' ids: what is wrong with an externalId, if anything, as a fault.
ScimResult<void> check_external_id(const ValueMap& attributes);

// When a resource was made and changed, as `meta` has it; without times where the row is missing.
ValueMap meta_of(std::string_view type, const std::optional<StoredRow>& row);

}  // namespace porchlight::scim
