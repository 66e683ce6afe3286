// An entry of the audit log: who changed what and whose, when, and from where. It has ids, names of the directory, and
// the names of what was changed; never a value that was given, so that no secret can get into the log.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/guid.h"
#include "base/time.h"

namespace porchlight::audit {

// By which way a change comes. The numbers are on disk.
enum class Way : std::uint8_t { kCommandLine = 0, kApi = 1, kScim = 2 };
inline constexpr std::uint8_t kWays = 3;

// Who makes a change.
struct Actor {
  Way way = Way::kCommandLine;
  Guid tenant = {};          // of the user, or of the SCIM token; nil for the command line
  Guid user = {};            // of the token; nil for others
  Guid app = {};             // likewise
  std::string name = {};     // the user's userPrincipalName at that time
  std::string address = {};  // the client's; empty for the command line
  std::uint32_t uid = 0;     // of the process, for the command line
  friend bool operator==(const Actor&, const Actor&) = default;
};

// How a change ended. The numbers are on disk.
enum class ChangeOutcome : std::uint8_t {
  kStarted = 0,  // not known: the server stopped before the change ended
  kDone = 1,
  kFailed = 2,  // refused or not possible; nothing changed
  kDenied = 3,  // the caller does not have the role
};
inline constexpr std::uint8_t kChangeOutcomes = 4;

struct AuditEntry {
  Time at = {};
  Actor actor = {};
  std::string action = {};                // the name of the command, such as user.set
  Guid tenant = {};                       // whose data it is; nil for none in particular
  std::optional<Guid> target = {};        // the user, application or group
  std::string target_name = {};           // its name in the directory
  std::vector<std::string> members = {};  // the names of the arguments that were given
  ChangeOutcome outcome = ChangeOutcome::kStarted;
  friend bool operator==(const AuditEntry&, const AuditEntry&) = default;
};

// The bytes of an entry; texts are cut to kEntryTextBytesMax, and lists to kEntryMembersMax.
std::string encode_entry(const AuditEntry& entry);
// nullopt for bytes that encode_entry() does not make.
std::optional<AuditEntry> decode_entry(std::string_view bytes);

inline constexpr std::size_t kEntryTextBytesMax = 256;
inline constexpr std::size_t kEntryMembersMax = 32;

// "commandLine", "api" or "scim"; "started", "done", "failed" or "denied".
std::string_view name_of(Way way);
std::string_view name_of(ChangeOutcome outcome);

}  // namespace porchlight::audit
