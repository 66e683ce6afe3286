// A data folder, opened: its log, the view folded from it, the way to write, keys and budgets. What a server
// serves from, and what the commands work on when no server runs.
#pragma once

#include <expected>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "authority/authority.h"
#include "base/clock.h"
#include "history/history.h"
#include "identity/minter.h"
#include "identity/verifier.h"
#include "log/shard_log.h"
#include "node/config.h"
#include "node/data_folder.h"
#include "node/trusted_issuers.h"
#include "scim/service.h"
#include "state/view.h"
#include "state/writer.h"
#include "throttle/quota.h"
#include "watch/watch_registry.h"

namespace porchlight::node {

// The `aud` of the tokens that we mint: Microsoft Graph's own id, so that unmodified clients ask for it.
inline constexpr std::string_view kAudience = "00000003-0000-0000-c000-000000000000";
// Our own issuer. It is a name, not a place: tokens stay good when the server's address changes.
inline constexpr std::string_view kIssuer = "https://porchlight.local/{tenantid}/v2.0";

// What a folder is opened for. A command adds to it, and leaves it to the server what is kept for how long.
enum class Purpose : std::uint8_t { kServe, kCommand };

class Node {
 public:
  // Opens the folder and brings the view up to the end of the log; says on stderr how far it is when that
  // takes long. Refused while another process has the folder open. `clock` must outlive the node.
  static std::expected<std::unique_ptr<Node>, std::string> open(const DataFolder& folder,
                                                                const Config& config, const Clock& clock,
                                                                Purpose purpose);
  // Waits for what is being written, takes a snapshot if anything changed, closes the log.
  ~Node();

  const Clock& clock() const;
  const state::View& view() const;
  state::Writer& writer();
  watch::WatchRegistry& watchers();
  // One per shard.
  const std::vector<log::ShardLog*>& logs() const;
  // Null where it is switched off, or the folder was opened for a command.
  history::History* history();
  throttle::Quota& quota();
  const identity::Verifier& verifier() const;
  // Where whose tokens are believed is changed.
  TrustedIssuers& trusted_issuers();
  const identity::SigningKey& signing_key() const;
  // Where people and applications sign in; null where that is switched off, or the folder was opened for a
  // command.
  authority::Authority* authority();
  // What they sign in with; opened when it is first asked for. Any thread.
  std::expected<authority::CredentialStore*, std::string> credentials();
  // Whether there is anything in it: whoever only forgets need not make it.
  bool has_credentials() const;
  // A clock that stands still was moved: whoever waits for a time looks at it again.
  void clock_advanced();
  // What identity providers do to the directory; opened when it is first asked for. Any thread.
  std::expected<scim::Service*, std::string> scim();
  // The same where it is open already, else null: a folder that has it is opened with it to serve.
  scim::Service* open_scim() const;
  // Whether there is anything in it.
  bool has_scim() const;
  // Held by whoever changes the directory, from the checks to the end.
  std::mutex& directory_mutex();
  // The secret that seals the places of paged answers.
  const std::string& paging_key() const;

 private:
  struct Parts;
  explicit Node(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace porchlight::node
