// The directory: tenants and their users, applications and groups, as values, the changes to them, and the rules for
// well-formed names.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/guid.h"

namespace porchlight::directory {

// The settings of a tenant.
struct TenantSettings {
  std::string zone = "UTC";  // IANA name of the time zone in which the tenant's day ends (spec presence §9)
  bool history = true;       // whether past presences may be queried
  std::vector<Guid> trusts;  // users of these tenants may see this tenant's presences, if the trust is mutual
  friend bool operator==(const TenantSettings&, const TenantSettings&) = default;
};

// A customer organization, which has its own users, applications and groups.
struct Tenant {
  Guid id;
  std::string name;
  TenantSettings settings = {};
  friend bool operator==(const Tenant&, const Tenant&) = default;
};

struct User {
  Guid id;
  std::string upn;   // userPrincipalName as entered; compared by fold_upn()
  std::string name;  // displayName
  friend bool operator==(const User&, const User&) = default;
};

// An application that is registered in a tenant.
struct App {
  Guid id;
  std::string name;
  bool client = false;  // a signed-in client: its sessions may have any documented pair and need not expire
  std::vector<std::string> scopes;  // the granted delegated permissions, such as Presence.Read
  std::vector<std::string> roles;   // the granted application permissions, such as Presence.Read.All
  bool priority = false;            // its sessions beat the user's preference (reception, on-call)
  friend bool operator==(const App&, const App&) = default;
};

// What an application's registration says of its sessions.
struct SessionFlags {
  bool client = false;
  bool priority = false;
};

// A named set of users of one tenant.
struct Group {
  Guid id;
  std::string name;
  std::vector<Guid> members;  // users, sorted
  friend bool operator==(const Group&, const Group&) = default;
};

// The changes. A put creates the entity or replaces all of its values; a removal deletes it.
struct TenantPut {
  std::string name;
  TenantSettings settings = {};
  friend bool operator==(const TenantPut&, const TenantPut&) = default;
};
struct TenantRemoved {
  friend bool operator==(const TenantRemoved&, const TenantRemoved&) = default;
};
struct UserPut {
  std::string upn;
  std::string name;
  friend bool operator==(const UserPut&, const UserPut&) = default;
};
struct UserRemoved {
  friend bool operator==(const UserRemoved&, const UserRemoved&) = default;
};
struct AppPut {
  std::string name;
  bool client = false;
  std::vector<std::string> scopes;
  std::vector<std::string> roles;
  bool priority = false;
  friend bool operator==(const AppPut&, const AppPut&) = default;
};
struct AppRemoved {
  friend bool operator==(const AppRemoved&, const AppRemoved&) = default;
};
struct GroupPut {
  std::string name;
  std::vector<Guid> members;  // sorted
  friend bool operator==(const GroupPut&, const GroupPut&) = default;
};
struct GroupRemoved {
  friend bool operator==(const GroupRemoved&, const GroupRemoved&) = default;
};
// Of a user: whether the user administers the tenant. Of the tenant itself: whether it is the operator's, whose
// administrators administer all tenants. The removal of the user or the tenant ends it.
struct AdministratorSet {
  bool on = false;
  friend bool operator==(const AdministratorSet&, const AdministratorSet&) = default;
};

// A change of one entity. The id of the entity is not part of it: the log stores it next to the change.
using EntityChange = std::variant<TenantPut, TenantRemoved, UserPut, UserRemoved, AppPut, AppRemoved,
                                  GroupPut, GroupRemoved, AdministratorSet>;

// Limits of the values above.
inline constexpr std::size_t kNameBytesMax = 256;
inline constexpr std::size_t kUpnBytesMax = 256;
inline constexpr std::size_t kZoneBytesMax = 64;
inline constexpr std::size_t kTrustsMax = 1000;
inline constexpr std::size_t kGroupMembersMax = 10'000;

// Checks a userPrincipalName: `local@domain`, 3 to kUpnBytesMax bytes of printable ASCII (as in Entra, and so that no
// two names look alike), no spaces and none of /?"\%<>. Returns nullopt if it is valid, else a phrase that follows the
// subject of a sentence, such as "is empty". Clients see the phrase.
std::optional<std::string> upn_fault(std::string_view upn);

// Checks a display name: 1 to kNameBytesMax bytes of valid UTF-8 without control characters (C0, U+007F, C1, U+2028,
// U+2029). Returns as upn_fault().
std::optional<std::string> name_fault(std::string_view name);

// The form in which userPrincipalNames are compared: ASCII letters in lower case, other bytes unchanged.
std::string fold_upn(std::string_view upn);

}  // namespace porchlight::directory
