// Who exists: tenants, their people and applications. Values and the changes to them; the rules of what is
// well-formed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/guid.h"

namespace porchlight::directory {

// What a tenant decides for itself. `zone` is the IANA name of its time zone: when its day ends, for work
// locations (spec presence §9). `trusts`: the tenants whose people may see this one's, if those trust back.
struct TenantSettings {
  std::string zone = "UTC";
  bool history = true;  // whether the past may be asked for
  std::vector<Guid> trusts;
  friend bool operator==(const TenantSettings&, const TenantSettings&) = default;
};

struct Tenant {
  Guid id;
  std::string name;
  TenantSettings settings = {};
  friend bool operator==(const Tenant&, const Tenant&) = default;
};

struct User {
  Guid id;
  std::string upn;   // userPrincipalName, as given; compared without regard to ASCII case
  std::string name;  // displayName
  friend bool operator==(const User&, const User&) = default;
};

struct App {
  Guid id;
  std::string name;
  bool client = false;  // a signed-in client: its sessions may hold any documented pair, without expiry
  std::vector<std::string> scopes;  // delegated permissions granted, e.g. Presence.Read
  std::vector<std::string> roles;   // application permissions granted, e.g. Presence.Read.All
  bool priority = false;            // its sessions beat a person's preference (reception, on-call)
  friend bool operator==(const App&, const App&) = default;
};

struct Group {
  Guid id;
  std::string name;
  std::vector<Guid> members;  // people, in order
  friend bool operator==(const Group&, const Group&) = default;
};

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
  std::vector<Guid> members;  // in order
  friend bool operator==(const GroupPut&, const GroupPut&) = default;
};
struct GroupRemoved {
  friend bool operator==(const GroupRemoved&, const GroupRemoved&) = default;
};

// A change to one tenant, user, application or group; which one is said beside it.
using EntityChange =
    std::variant<TenantPut, TenantRemoved, UserPut, UserRemoved, AppPut, AppRemoved, GroupPut, GroupRemoved>;

inline constexpr std::size_t kNameBytesMax = 256;
inline constexpr std::size_t kUpnBytesMax = 256;
inline constexpr std::size_t kZoneBytesMax = 64;
inline constexpr std::size_t kTrustsMax = 1000;
inline constexpr std::size_t kGroupMembersMax = 10'000;

// What is wrong with a userPrincipalName, if anything: `local@domain`, 3 to kUpnBytesMax bytes of printable
// ASCII (as in Entra, and so that no two look alike), no spaces and none of /?#"'\%<>. A phrase that follows
// the thing's name: "is empty".
std::optional<std::string> upn_fault(std::string_view upn);

// What is wrong with a display name, if anything: 1 to kNameBytesMax bytes of valid UTF-8, no control
// characters (C0, U+007F, C1, U+2028, U+2029). A phrase as above.
std::optional<std::string> name_fault(std::string_view name);

// The form in which userPrincipalNames are compared: ASCII letters in lower case.
std::string fold_upn(std::string_view upn);

}  // namespace porchlight::directory
