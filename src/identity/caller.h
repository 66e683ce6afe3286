// The caller of a request, as described by a verified token (spec protocol §2.2, spec protocol §2.3).
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/guid.h"
#include "base/time.h"
#include "identity/cloud.h"

namespace porchlight::identity {

// The permissions that this service knows. Delegated ones are words of `scp`, application ones members of
// `roles`; they are different permissions even if their names are equal (spec protocol §3).
enum class Permission : std::uint32_t {
  kDelegatedRead = 1 << 0,       // Presence.Read
  kDelegatedReadAll = 1 << 1,    // Presence.Read.All
  kDelegatedReadWrite = 1 << 2,  // Presence.ReadWrite
  kAppReadAll = 1 << 3,          // Presence.Read.All
  kAppReadWriteAll = 1 << 4,     // Presence.ReadWrite.All
  kAppAdmin = 1 << 5,            // Porchlight.Admin
  kDelegatedHistory = 1 << 6,    // Porchlight.History.Read.All
  kAppHistory = 1 << 7,          // Porchlight.History.Read.All
  // Directory permissions. User.Read covers only the user's own record.
  kDelegatedUserRead = 1 << 8,           // User.Read
  kDelegatedUserReadBasicAll = 1 << 9,   // User.ReadBasic.All
  kDelegatedUserReadAll = 1 << 10,       // User.Read.All
  kDelegatedDirectoryReadAll = 1 << 11,  // Directory.Read.All
  kDelegatedMemberReadAll = 1 << 12,     // GroupMember.Read.All
  kDelegatedGroupReadAll = 1 << 13,      // Group.Read.All
  kAppUserReadBasicAll = 1 << 14,        // User.ReadBasic.All
  kAppUserReadAll = 1 << 15,             // User.Read.All
  kAppDirectoryReadAll = 1 << 16,        // Directory.Read.All
  kAppMemberReadAll = 1 << 17,           // GroupMember.Read.All
  kAppGroupReadAll = 1 << 18,            // Group.Read.All
  // Reading the subscriptions of all applications.
  kDelegatedSubscriptionReadAll = 1 << 19,  // Subscription.Read.All
  kAppSubscriptionReadAll = 1 << 20,        // Subscription.Read.All
  // Work plans (spec presence §9).
  kDelegatedCalendarsRead = 1 << 21,       // Calendars.Read
  kDelegatedCalendarsReadWrite = 1 << 22,  // Calendars.ReadWrite
  kDelegatedMailboxRead = 1 << 23,         // MailboxSettings.Read
  kDelegatedMailboxReadWrite = 1 << 24,    // MailboxSettings.ReadWrite
  kAppCalendarsReadAll = 1 << 25,          // Calendars.Read.All
  kAppCalendarsReadWriteAll = 1 << 26,     // Calendars.ReadWrite.All
};

// A set of permissions, as bits.
using Permissions = std::uint32_t;

// The verified identity and rights of a caller.
struct Caller {
  Guid tenant;               // tid
  Guid app;                  // appid or azp
  std::optional<Guid> user;  // oid, in delegated tokens; absent in app-only ones
  Permissions permissions = 0;
  bool personal = false;        // a personal Microsoft account (P12)
  Clouds clouds = kEveryCloud;  // the clouds in which the token is valid
  std::string upn;      // set if the token names the user so; `user` is then zero until it is looked up
  std::string granted;  // the words of scp or roles, for the text of a 403
  Time expires_at{};    // exp

  // Whether the caller acts for a user.
  bool delegated() const { return user.has_value(); }
  // Whether the permission was granted.
  bool has(Permission permission) const { return (permissions & static_cast<Permissions>(permission)) != 0; }
};

}  // namespace porchlight::identity
