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
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/guid.h"
#include "base/time.h"
#include "scim/fault.h"
#include "scim/store.h"
#include "scim/value.h"

namespace porchlight::scim {

// kGone: being deleted. A group is always kActive.
enum class State : std::uint8_t { kActive, kAway, kGone };

struct Row {
  State state = State::kActive;
  Time created{};
  Time modified{};
  Map attributes;
};

std::string print_row(const Row& row);
// A row that is not as it was written is a fault.
Result<std::optional<Row>> read_row(const Store& store, const std::string& key);

// `kind/tenant/` and, where they are given, what follows.
std::string row_key(std::string_view kind, const Guid& tenant);
std::string row_key(std::string_view kind, const Guid& tenant, const Guid& whose);
std::string row_key(std::string_view kind, const Guid& tenant, const Guid& whose, const Guid& other);
std::string external_key(const Guid& tenant, std::string_view external_id);

// The GUIDs that end the keys with that prefix, in order.
Result<std::vector<Guid>> ids_under(const Store& store, const std::string& prefix);

// Calls for others' ids: what is wrong with an externalId, if anything, as a fault.
Result<void> check_external_id(const Map& attributes);

// When a resource was made and changed, as `meta` has it; without times where the row is missing.
Map meta_of(std::string_view type, const std::optional<Row>& row);

}  // namespace porchlight::scim
