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
enum class Permission : std::uint64_t {
  kDelegatedRead = 1ULL << 0,       // Presence.Read
  kDelegatedReadAll = 1ULL << 1,    // Presence.Read.All
  kDelegatedReadWrite = 1ULL << 2,  // Presence.ReadWrite
  kAppReadAll = 1ULL << 3,          // Presence.Read.All
  kAppReadWriteAll = 1ULL << 4,     // Presence.ReadWrite.All
  kAppAdmin = 1ULL << 5,            // Porchlight.Admin
  kDelegatedHistory = 1ULL << 6,    // Porchlight.History.Read.All
  kAppHistory = 1ULL << 7,          // Porchlight.History.Read.All
  // Directory permissions. User.Read and User.ReadWrite cover only the user's own record.
  kDelegatedUserRead = 1ULL << 8,           // User.Read
  kDelegatedUserReadBasicAll = 1ULL << 9,   // User.ReadBasic.All
  kDelegatedUserReadAll = 1ULL << 10,       // User.Read.All
  kDelegatedDirectoryReadAll = 1ULL << 11,  // Directory.Read.All
  kDelegatedMemberReadAll = 1ULL << 12,     // GroupMember.Read.All
  kDelegatedGroupReadAll = 1ULL << 13,      // Group.Read.All
  kAppUserReadBasicAll = 1ULL << 14,        // User.ReadBasic.All
  kAppUserReadAll = 1ULL << 15,             // User.Read.All
  kAppDirectoryReadAll = 1ULL << 16,        // Directory.Read.All
  kAppMemberReadAll = 1ULL << 17,           // GroupMember.Read.All
  kAppGroupReadAll = 1ULL << 18,            // Group.Read.All
  // Reading the subscriptions of all applications.
  kDelegatedSubscriptionReadAll = 1ULL << 19,  // Subscription.Read.All
  kAppSubscriptionReadAll = 1ULL << 20,        // Subscription.Read.All
  // Work plans (spec presence §9).
  kDelegatedCalendarsRead = 1ULL << 21,       // Calendars.Read
  kDelegatedCalendarsReadWrite = 1ULL << 22,  // Calendars.ReadWrite
  kDelegatedMailboxRead = 1ULL << 23,         // MailboxSettings.Read
  kDelegatedMailboxReadWrite = 1ULL << 24,    // MailboxSettings.ReadWrite
  kAppCalendarsReadAll = 1ULL << 25,          // Calendars.Read.All
  kAppCalendarsReadWriteAll = 1ULL << 26,     // Calendars.ReadWrite.All
  // The wider and narrower directory permissions (spec protocol §4.1). Those that write grant reading only: the
  // directory is read-only here.
  kDelegatedUserReadWrite = 1ULL << 27,          // User.ReadWrite
  kDelegatedUserReadWriteAll = 1ULL << 28,       // User.ReadWrite.All
  kDelegatedDirectoryReadWriteAll = 1ULL << 29,  // Directory.ReadWrite.All
  kDelegatedGroupReadBasicAll = 1ULL << 30,      // Group.ReadBasic.All
  kDelegatedGroupReadWriteAll = 1ULL << 31,      // Group.ReadWrite.All
  kDelegatedMemberReadBasicAll = 1ULL << 32,     // GroupMember.ReadBasic.All
  kDelegatedMemberReadWriteAll = 1ULL << 33,     // GroupMember.ReadWrite.All
  kDelegatedPhotoReadAll = 1ULL << 34,           // ProfilePhoto.Read.All
  kDelegatedPhotoReadWriteAll = 1ULL << 35,      // ProfilePhoto.ReadWrite.All
  kAppUserReadWriteAll = 1ULL << 36,             // User.ReadWrite.All
  kAppDirectoryReadWriteAll = 1ULL << 37,        // Directory.ReadWrite.All
  kAppGroupReadBasicAll = 1ULL << 38,            // Group.ReadBasic.All
  kAppGroupReadWriteAll = 1ULL << 39,            // Group.ReadWrite.All
  kAppMemberReadBasicAll = 1ULL << 40,           // GroupMember.ReadBasic.All
  kAppMemberReadWriteAll = 1ULL << 41,           // GroupMember.ReadWrite.All
  kAppPhotoReadAll = 1ULL << 42,                 // ProfilePhoto.Read.All
  kAppPhotoReadWriteAll = 1ULL << 43,            // ProfilePhoto.ReadWrite.All
  kDelegatedAdmin = 1ULL << 44,                  // Porchlight.Admin
};

// A set of permissions, as bits.
using Permissions = std::uint64_t;

// The verified identity and rights of a caller.
struct Caller {
  Guid tenant;               // tid
  Guid app;                  // appid or azp
  std::optional<Guid> user;  // oid, in delegated tokens; absent in app-only ones
  Permissions permissions = 0;
  bool personal = false;        // a personal Microsoft account (P12)
  bool own_issuer = false;      // the token is this server's own (Issuer::is_own)
  Clouds clouds = kEveryCloud;  // the clouds in which the token is valid
  std::string upn;      // set if the token names the user so; `user` is then zero until it is looked up
  std::string granted;  // the words of scp or roles, for the text of a 403
  Time issued_at{};     // iat; 1970 if the token has none
  Time expires_at{};    // exp
  // The state of the directory and of the revocations, by the sum of their epochs, in which the caller was last found
  // valid; 0: never. Not from the token.
  std::uint64_t validity_epoch = 0;

  // Whether the caller acts for a user.
  bool delegated() const { return user.has_value(); }
  // Whether the permission was granted.
  bool has(Permission permission) const { return (permissions & static_cast<Permissions>(permission)) != 0; }
};

}  // namespace porchlight::identity
