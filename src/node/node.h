// An open data folder: its log, the view replayed from it, the writer, keys and request budgets. The server serves from
// a Node; commands open one themselves if no server runs.
#pragma once

#include <expected>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "audit/audit_log.h"
#include "authority/authority.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "graph/call/stream_ends.h"
#include "history/history.h"
#include "identity/minter.h"
#include "identity/verifier.h"
#include "log/committer.h"
#include "log/shard_log.h"
#include "node/config.h"
#include "node/data_folder.h"
#include "node/issuer_keys.h"
#include "node/open_databases.h"
#include "node/revocation_store.h"
#include "node/snapshotter.h"
#include "node/start_progress.h"
#include "node/trusted_issuers.h"
#include "scim/service.h"
#include "state/view.h"
#include "state/writer.h"
#include "throttle/quota.h"
#include "watch/watch_registry.h"

namespace porchlight::node {

// The `aud` of tokens that the server mints: Microsoft Graph's application id, which unmodified clients ask for.
inline constexpr std::string_view kAudience = "00000003-0000-0000-c000-000000000000";
// The server's own issuer. It is a name and not an address, so tokens stay valid if the server's address changes.
inline constexpr std::string_view kIssuer = "https://porchlight.local/{tenantid}/v2.0";

// What a folder is opened for. A command only appends: it trims no log, deletes no history and fetches no keys.
enum class Purpose : std::uint8_t { kServe, kCommand };

class Node {
 public:
  // Opens the folder and replays the log into the view; writes the progress to stderr if that takes long. An error,
  // which is a sentence, if another process has the folder open. `clock` must outlive the node.
  // `observe`: StartProgress.
  static std::expected<std::unique_ptr<Node>, std::string> open(const DataFolder& folder,
                                                                const Config& config, const Clock& clock,
                                                                Purpose purpose,
                                                                const StartObserver& observe = {});
  // Waits for pending writes, takes a snapshot if it is worth it (snapshotter.h), closes the log.
  ~Node();

  const Clock& clock() const;
  const state::View& view() const;
  // Keeps the tables in memory when the node is destroyed, for an owner that frees them later: that takes seconds if
  // there are millions of users. The watch registry must be closed.
  std::shared_ptr<const void> tables() const;
  state::Writer& writer();
  watch::WatchRegistry& watchers();
  // The logs, by shard.
  const std::vector<log::ShardLog*>& logs() const;
  // Null if history is off or the folder was opened for a command.
  history::History* history();
  // Lines about the use of the disk (DiskKeeper::describe()); empty if the folder was opened for a command. Any thread.
  std::string disk_use() const;
  // For metrics: what the committer of the log counts, and how long snapshots took. Any thread.
  const log::CommitCounters& commit_counters() const;
  const Snapshotter::SnapshotTimes& snapshot_times() const;
  throttle::Quota& quota();
  const identity::Verifier& verifier() const;
  // The issuers whose tokens are accepted, and their keys, which change at run time.
  TrustedIssuers& trusted_issuers();
  // Replaces the configured issuers (IssuerKeys::replace()). Not if the folder was opened for a command.
  std::expected<void, std::string> set_issuers(std::vector<TrustedIssuer> issuers);
  const TrustedIssuers& trusted_issuers() const;
  // The keys of the configured issuers. Null if the folder was opened for a command.
  IssuerKeys* issuer_keys() const;
  const identity::SigningKey& signing_key() const;
  // The public keys of the tokens that the server issues at `now`: its own, and the authority's if it is on.
  std::vector<identity::PublicKey> published_keys(Time now) const;
  // Signs users and applications in. Null if it is off or the folder was opened for a command.
  authority::Authority* authority();
  // The store of credentials; the first call opens it. Any thread.
  std::expected<authority::CredentialStore*, std::string> credentials();
  // The same store with the sign-ins that go on.
  std::expected<authority::AuthorityStores*, std::string> authority_stores();
  // Whether that store exists. A caller that only deletes need not create it.
  bool has_credentials() const;
  // Revokes every token, refresh token and sign-in that a user, an application, or the whole tenant
  // (identity::kWholeTenant) has until now; open streams and waits end. Durable when it returns. The error is a
  // sentence. Any thread except the log's and the watch registry's.
  std::expected<void, std::string> revoke(const Guid& tenant, const Guid& subject);
  // Ends the open streams of a user. Clients may open them again. Any thread except the log's and the watch registry's.
  void end_streams(const Guid& tenant, const Guid& user);
  // When that was done. Lives as long as the node.
  const graph::StreamEnds& stream_ends() const;
  // Who changed what. Any thread.
  audit::AuditLog& audit() const;
  // What was revoked. Lives as long as the node.
  const identity::Revocations& revocations() const;
  // Tells everything that waits for a time that the manual clock was advanced.
  void clock_advanced();
  // The SCIM service, through which identity providers change the directory; the first call opens it. Any thread.
  std::expected<scim::Service*, std::string> scim();
  // The same service, or null if it is not open. To serve, a folder with SCIM data is opened with it. Any thread.
  scim::Service* open_scim() const;
  // Whether the folder has SCIM data.
  bool has_scim() const;
  // Held by each change of the directory from its checks to the end of its writes.
  Mutex& directory_mutex();
  // The databases of the folder that are open, for what opens another one.
  OpenDatabases& databases();
  // Makes the image of the folder from which a backup is copied (data_image.h). Meanwhile, which is well under a
  // second, the directory is not changed and no snapshot taken; presence is written. The error is a sentence. Any
  // thread except the log's.
  std::expected<void, std::string> make_image();
  // The folder that the node has open.
  const DataFolder& folder() const;
  // The secret that seals the position in paged answers ($skiptoken).
  const std::string& paging_key() const;

 private:
  struct Parts;
  explicit Node(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace porchlight::node
