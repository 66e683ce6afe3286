// Opening a folder in the order in which its parts depend on each other. Members of Node::Parts are destroyed in the
// reverse order, which is the order of stopping.
#include "node/node.h"

#include <fmt/format.h>
#include <malloc.h>

#include <algorithm>
#include <iterator>
#include <limits>
#include <mutex>

#include "authority/digest.h"
#include "base/check.h"
#include "base/logging.h"
#include "base/mutex.h"
#include "history/recent_batches.h"
#include "identity/key_file.h"
#include "log/embedded_log.h"
#include "node/configured_issuers.h"
#include "node/data_image.h"
#include "node/directory_view.h"
#include "node/disk_keeper.h"
#include "node/host_names.h"
#include "node/issuer_keys.h"
#include "node/presence_hold.h"
#include "node/retained_log.h"
#include "node/snapshotter.h"
#include "state/snapshot.h"

namespace porchlight::node {
namespace {

// The audiences of accepted tokens: Graph's own and the configured ones.
std::vector<std::string> audiences_of(const Config& config) {
  std::vector<std::string> audiences = {std::string(kAudience)};
  audiences.insert(audiences.end(), config.audiences.begin(), config.audiences.end());
  return audiences;
}

// The clouds whose Graph address a token may have as its audience.
std::vector<identity::Cloud> clouds_of(const Config& config) {
  return config.clouds.empty() ? std::vector{identity::Cloud::kGlobal} : config.clouds;
}

// The server's own issuers: its own name, and the authority's name in each cloud that it serves.
std::vector<identity::Issuer> own_issuers(const Config& config,
                                          const std::vector<identity::PublicKey>& keys) {
  std::vector<identity::Issuer> issuers;
  const auto add = [&](std::string iss) {
    identity::Issuer& issuer = issuers.emplace_back();
    issuer.iss = std::move(iss);
    issuer.keys = keys;
    issuer.is_own = true;
  };
  add(std::string(kIssuer));
  for (const identity::Cloud cloud : config.clouds) {
    const std::string iss = fmt::format("{}/{}/v2.0", names(cloud).authority, identity::kTenantPlaceholder);
    if (std::ranges::count(issuers, iss, &identity::Issuer::iss) != 0)
      continue;  // two clouds share one authority
    add(iss);
    issuers.back().clouds = identity::clouds_of_issuer(iss);
  }
  return issuers;
}

// The public keys of tokens that the server issues: its own key, and the authority's keys if the authority is on.
std::vector<identity::PublicKey> own_keys(const identity::SigningKey& key, const authority::KeyRing* ring,
                                          Time now) {
  std::vector<identity::PublicKey> keys = {key.public_key()};
  if (ring) std::ranges::copy(ring->published(now), std::back_inserter(keys));
  return keys;
}

// Whether the path exists. If that cannot be determined, true: using it then says why.
bool may_exist(const std::filesystem::path& path) {
  std::error_code error;
  return std::filesystem::exists(path, error) || error;
}

// Opens the authority's keys. If a key that is due cannot be written, the existing keys go on; a later renewal tries
// again.
std::expected<authority::KeyRing, std::string> open_ring(const DataFolder& folder, const Config& config,
                                                         Time now) {
  auto opened = authority::KeyRing::open(folder.keys(), now, config.signing);
  if (opened) return opened;
  auto existing = authority::KeyRing::open_existing(folder.keys());
  if (!existing) return opened;
  log_warning("the authority's keys cannot be renewed: " + opened.error());
  return existing;
}

// Reads the key of refresh tokens; creates it when the authority is switched on for the first time.
std::expected<std::string, std::string> load_refresh_key(const DataFolder& folder) {
  constexpr std::size_t kKeyBytes = 32;
  if (!may_exist(folder.refresh_key())) {
    const std::string made = authority::secure_random_bytes(kKeyBytes);
    if (auto written = identity::write_secret_file(folder.refresh_key(), made); !written)
      return std::unexpected(written.error());
  }
  auto key = identity::read_secret_file(folder.refresh_key());
  if (key && key->size() != kKeyBytes)
    return std::unexpected(folder.refresh_key().string() + ": is not 32 bytes long");
  return key;
}

}  // namespace

// In order of construction: later members use earlier ones.
struct Node::Parts {
  Parts(const DataFolder& its_folder, const Clock& its_clock, Purpose its_purpose, const Config& config,
        identity::SigningKey its_key, std::string its_paging_key, std::vector<identity::Issuer> issuers,
        std::size_t own_issuers)
      : folder(its_folder),
        clock(its_clock),
        purpose(its_purpose),
        key(std::move(its_key)),
        paging_key(std::move(its_paging_key)),
        verifier(nullptr, audiences_of(config), clouds_of(config)),
        trusted_issuers(verifier, std::move(issuers), own_issuers),
        quota(config.budgets),
        revocation_store(folder.revocations()) {}

  const DataFolder folder;
  const Clock& clock;
  const Purpose purpose;
  identity::SigningKey key;
  std::string paging_key;
  identity::Verifier verifier;
  TrustedIssuers trusted_issuers;
  throttle::Quota quota;
  RevocationStore revocation_store;
  // The tables in memory, which may outlive the node.
  struct Tables {
    state::View view;
    std::unique_ptr<watch::WatchRegistry> watchers;  // called for every change that the writer makes
  };
  const std::shared_ptr<Tables> tables = std::make_shared<Tables>();
  state::View& view = tables->view;
  std::unique_ptr<log::EmbeddedEngine> engine;
  std::atomic<std::uint64_t> events_count = 0;  // since the last snapshot
  std::vector<std::unique_ptr<RetainedLog>> retained_logs;
  std::vector<log::ShardLog*> logs;  // the same as retained_logs
  history::RecentBatches recent_batches{view};
  std::unique_ptr<history::History> history;
  std::unique_ptr<Snapshotter> snapshotter;
  std::unique_ptr<state::Writer> writer;
  std::unique_ptr<audit::AuditLog> audit;
  std::unique_ptr<DiskKeeper> disk_keeper;  // null if the folder was opened for a command
  graph::StreamEnds stream_ends;
  Mutex credentials_mutex;                  // held while the next two are created
  std::unique_ptr<storage::KvStore> store;  // used by stores and authority
  std::optional<authority::AuthorityStores> stores;
  Mutex directory_mutex;
  std::string public_base;
  Mutex scim_mutex;  // held while the next two are created
  std::unique_ptr<storage::KvStore> scim_store;
  std::unique_ptr<scim::Service> scim;
  std::atomic<scim::Service*> open_scim = nullptr;  // the same as `scim`, once it is ready
  std::unique_ptr<DirectoryView> directory;
  std::unique_ptr<authority::Authority> authority;
  std::unique_ptr<IssuerKeys> issuer_keys;  // null if the folder was opened for a command
  OpenDatabases databases;

  void add_databases();
  std::expected<void, std::string> make_image();
  std::expected<void, std::string> open_credentials();
  bool forget_user(const Guid& tenant, const Guid& user);
  std::expected<void, std::string> revoke(const Guid& tenant, const Guid& subject);
  std::expected<void, std::string> start_scim();
  std::expected<void, std::string> open_authority(const Config& config, authority::KeyRing ring);
  std::expected<void, std::string> open_log(const Config& config, const StartObserver& observe);
  void open_history(const Config& config);
  void keep_disk(const Config& config);
  std::uint64_t read_upto(std::uint32_t shard) const;
};

// Opens the history, or deletes its data if history is off: it would be stale when it is switched on again.
void Node::Parts::open_history(const Config& config) {
  if (purpose == Purpose::kCommand) return;
  std::error_code ignored;
  if (config.history == Duration{}) {
    std::filesystem::remove_all(folder.history(), ignored);
  } else {
    history = std::make_unique<history::History>(folder.history(), config.history, clock, view, logs,
                                                 recent_batches, config.settings.policy);
    view.add_listener(recent_batches);
  }
}

// The last batch of a shard's log that no reader needs any more. A command does not know what the server's history has
// read, so it must not trim.
std::uint64_t Node::Parts::read_upto(std::uint32_t shard) const {
  if (purpose == Purpose::kCommand) return 0;
  return history ? history->indexed(shard) : std::numeric_limits<std::uint64_t>::max();
}

// Opens the log and replays it into the view, then starts everything that follows the log.
std::expected<void, std::string> Node::Parts::open_log(const Config& config, const StartObserver& observe) {
  const StartProgress progress(view, observe);
  auto opened = log::EmbeddedEngine::open({.dir = folder.log().string(), .shards = state::kShards});
  if (!opened) return std::unexpected(opened.error());
  engine = *std::move(opened);
  for (std::uint32_t shard = 0; shard < state::kShards; ++shard) {
    retained_logs.push_back(std::make_unique<RetainedLog>(engine->shard(shard), clock, config.retention,
                                                          events_count,
                                                          [this, shard] { return read_upto(shard); }));
    logs.push_back(retained_logs.back().get());
  }
  const auto restored = state::restore(view, folder.snapshots(), logs);
  if (!restored) return std::unexpected(restored.error());
  ::malloc_trim(0);                  // memory that only the replay needed goes back to the system
  events_count = restored->batches;  // a lower bound: a batch has at least one event
  open_history(config);
  snapshotter =
      std::make_unique<Snapshotter>(view, folder.snapshots(), logs, events_count,
                                    Snapshotter::Forgetting{clock, config.retention, config.settings.policy});
  tables->watchers = std::make_unique<watch::WatchRegistry>(view, clock, config.settings.policy);
  if (config.hold) hold_presences(view, *tables->watchers);
  writer = std::make_unique<state::Writer>(view, logs, config.settings.policy);
  if (purpose == Purpose::kServe) keep_disk(config);
  if (purpose == Purpose::kServe) remove_image(folder);  // of a backup that was interrupted
  return {};
}

void Node::Parts::keep_disk(const Config& config) {
  disk_keeper =
      std::make_unique<DiskKeeper>(DiskKeeper::Parts{clock, *audit, view, retained_logs, logs, *engine,
                                                     history.get(), *snapshotter, *writer},
                                   DiskKeeper::Settings{.log_folder = folder.log(),
                                                        .history_folder = folder.history(),
                                                        .before_upgrade = folder.before_upgrade(),
                                                        .log_retention = config.retention,
                                                        .history_retention = config.history,
                                                        .log_bytes_max = config.log_bytes_max,
                                                        .history_bytes_max = config.history_bytes_max});
}

// Each may be opened later than this, or never.
void Node::Parts::add_databases() {
  databases.add("log", [this](const std::filesystem::path& to) { return engine->copy_to(to); });
  databases.add("history", [this](const std::filesystem::path& to) {
    return history ? history->copy_to(to) : storage::copy_closed_database(folder.history(), to);
  });
  databases.add("revocations",
                [this](const std::filesystem::path& to) { return revocation_store.copy_to(to); });
  databases.add("authority", [this](const std::filesystem::path& to) {
    const MutexLock lock(credentials_mutex);
    return store ? store->copy_to(to) : storage::copy_closed_database(folder.authority(), to);
  });
  databases.add("scim", [this](const std::filesystem::path& to) {
    const MutexLock lock(scim_mutex);
    return scim_store ? scim_store->copy_to(to) : storage::copy_closed_database(folder.scim(), to);
  });
  databases.add("audit", [this](const std::filesystem::path& to) { return audit->copy_to(to); });
}

std::expected<void, std::string> Node::Parts::make_image() {
  const MutexLock no_change(directory_mutex);
  const MutexLock no_trim(snapshotter->taking());
  return node::make_image(folder, databases);
}

// Opens the store of credentials unless it is open.
std::expected<void, std::string> Node::Parts::open_credentials() {
  const MutexLock lock(credentials_mutex);
  if (stores) return {};
  auto opened = authority::open_credential_store(folder.authority());
  if (!opened) return std::unexpected(opened.error());
  store = *std::move(opened);
  stores.emplace(*store);
  return {};
}

// Deletes the credentials of a user. Returns false if that failed.
bool Node::Parts::forget_user(const Guid& tenant, const Guid& user) {
  if (!may_exist(folder.authority())) return true;
  return open_credentials() && stores->credentials.forget_user(tenant, user);
}

// Streams and waits watch the keys of their caller.
std::expected<void, std::string> Node::Parts::revoke(const Guid& tenant, const Guid& subject) {
  if (auto added = revocation_store.add(tenant, subject, clock.wall()); !added) return added;
  tables->watchers->call_watchers_of({tenant, subject});
  return {};
}

// Opens the SCIM service unless it is open. The service finishes writes that a crash interrupted.
std::expected<void, std::string> Node::Parts::start_scim() {
  const MutexLock lock(scim_mutex);
  if (open_scim.load()) return {};
  auto opened = scim::open_scim_store(folder.scim());
  if (!opened) return std::unexpected(opened.error());
  scim_store = *std::move(opened);
  scim = std::make_unique<scim::Service>(
      view, *writer, *scim_store, directory_mutex, public_base,
      scim::EndOfUser{.revoke_tokens = [this](const Guid& tenant,
                                              const Guid& user) { return revoke(tenant, user).has_value(); },
                      .forget_credentials = [this](const Guid& tenant,
                                                   const Guid& user) { return forget_user(tenant, user); }});
  if (!scim->start(clock.wall())) return std::unexpected(folder.scim().string() + ": cannot be read");
  open_scim = scim.get();
  return {};
}

// Opens the authority with its keys, its store and the view of the directory.
std::expected<void, std::string> Node::Parts::open_authority(const Config& config, authority::KeyRing ring) {
  auto refresh_key = load_refresh_key(folder);
  if (!refresh_key) return std::unexpected(refresh_key.error());
  if (auto opened = open_credentials(); !opened) return opened;
  directory = std::make_unique<DirectoryView>(view, revocation_store.revocations());
  // A new key is trusted before the first token that it signs.
  const auto renew = [this, keys = folder.keys(), algorithm = config.signing](Time now) {
    auto next = authority::KeyRing::open(keys, now, algorithm);
    if (next)
      trusted_issuers.set_own_keys(own_keys(key, &*next, now));
    else
      log_warning("the authority's keys cannot be renewed: " + next.error());
    return next;
  };
  authority = std::make_unique<authority::Authority>(
      authority::AuthoritySettings{.public_base = config.public_base_url,
                                   .graph_issuer = std::string(kIssuer),
                                   .password_grant = config.password_grant,
                                   .second_factor = config.second_factor,
                                   .clouds = identity::ServedClouds(config.clouds),
                                   .hosts = own_host_names(config)},
      *directory, *stores, std::move(ring), *std::move(refresh_key), renew);
  if (!authority->sweep(clock.wall()))
    return std::unexpected(folder.authority().string() + ": cannot be read");
  return {};
}

std::expected<std::unique_ptr<Node>, std::string> Node::open(const DataFolder& folder, const Config& config,
                                                             const Clock& clock, Purpose purpose,
                                                             const StartObserver& observe) {
  auto key = identity::SigningKey::load(folder.signing_key());
  if (!key) return std::unexpected(key.error());
  auto paging_key = identity::read_secret_file(folder.paging_key());
  if (!paging_key) return std::unexpected(paging_key.error());
  std::optional<authority::KeyRing> ring;
  if (config.authority && purpose == Purpose::kServe) {
    auto opened = open_ring(folder, config, clock.wall());
    if (!opened) return std::unexpected(opened.error());
    ring = *std::move(opened);
  }
  auto issuers = own_issuers(config, own_keys(*key, ring ? &*ring : nullptr, clock.wall()));
  const std::size_t own_count = issuers.size();
  auto trusted = configured_issuers(config.issuers);
  if (!trusted) return std::unexpected(trusted.error());
  std::ranges::move(*trusted, std::back_inserter(issuers));
  auto parts = std::make_unique<Parts>(folder, clock, purpose, config, *std::move(key),
                                       *std::move(paging_key), std::move(issuers), own_count);
  if (auto loaded = parts->revocation_store.load(); !loaded) return std::unexpected(loaded.error());
  // A command does not read the server's configuration, so it must not drop what the server keeps.
  parts->audit = std::make_unique<audit::AuditLog>(
      folder.audit(), purpose == Purpose::kServe ? config.audit : audit::kKeepAllEntries);
  if (auto opened = parts->open_log(config, observe); !opened) return std::unexpected(opened.error());
  parts->public_base = config.public_base_url;
  parts->add_databases();
  if (ring) {
    if (auto opened = parts->open_authority(config, *std::move(ring)); !opened)
      return std::unexpected(opened.error());
  }
  if (purpose == Purpose::kServe)
    parts->issuer_keys = std::make_unique<IssuerKeys>(folder.issuers(), clock, parts->verifier,
                                                      parts->trusted_issuers, config.issuers);
  if (purpose == Purpose::kServe && may_exist(folder.scim())) {
    if (auto started = parts->start_scim(); !started) return std::unexpected(started.error());
  }
  return std::unique_ptr<Node>(new Node(std::move(parts)));
}

Node::Node(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Node::~Node() = default;

const Clock& Node::clock() const { return parts_->clock; }
const state::View& Node::view() const { return parts_->view; }
std::shared_ptr<const void> Node::tables() const { return parts_->tables; }
state::Writer& Node::writer() { return *parts_->writer; }
watch::WatchRegistry& Node::watchers() { return *parts_->tables->watchers; }
const std::vector<log::ShardLog*>& Node::logs() const { return parts_->logs; }
history::History* Node::history() { return parts_->history.get(); }
std::string Node::disk_use() const {
  return parts_->disk_keeper ? parts_->disk_keeper->describe() : std::string();
}
const log::CommitCounters& Node::commit_counters() const { return parts_->engine->counters(); }
const Snapshotter::SnapshotTimes& Node::snapshot_times() const { return parts_->snapshotter->times(); }
throttle::Quota& Node::quota() { return parts_->quota; }
const identity::Verifier& Node::verifier() const { return parts_->verifier; }
TrustedIssuers& Node::trusted_issuers() { return parts_->trusted_issuers; }
std::expected<void, std::string> Node::set_issuers(std::vector<TrustedIssuer> issuers) {
  CHECK(parts_->issuer_keys != nullptr);
  return parts_->issuer_keys->replace(std::move(issuers));
}
IssuerKeys* Node::issuer_keys() const { return parts_->issuer_keys.get(); }
const TrustedIssuers& Node::trusted_issuers() const { return parts_->trusted_issuers; }
const identity::SigningKey& Node::signing_key() const { return parts_->key; }
std::vector<identity::PublicKey> Node::published_keys(Time now) const {
  std::vector<identity::PublicKey> keys = {signing_key().public_key()};
  if (parts_->authority) std::ranges::copy(parts_->authority->published_keys(now), std::back_inserter(keys));
  return keys;
}
authority::Authority* Node::authority() { return parts_->authority.get(); }
std::expected<authority::CredentialStore*, std::string> Node::credentials() {
  const auto stores = authority_stores();
  if (!stores) return std::unexpected(stores.error());
  return &(*stores)->credentials;
}
std::expected<authority::AuthorityStores*, std::string> Node::authority_stores() {
  if (auto opened = parts_->open_credentials(); !opened) return std::unexpected(opened.error());
  return &*parts_->stores;
}
void Node::clock_advanced() {
  parts_->tables->watchers->clock_advanced();
  if (parts_->issuer_keys) parts_->issuer_keys->clock_advanced();
}
std::expected<void, std::string> Node::revoke(const Guid& tenant, const Guid& subject) {
  return parts_->revoke(tenant, subject);
}
const identity::Revocations& Node::revocations() const { return parts_->revocation_store.revocations(); }
void Node::end_streams(const Guid& tenant, const Guid& user) {
  parts_->stream_ends.end({tenant, user});
  parts_->tables->watchers->call_watchers_of({tenant, user});
}
const graph::StreamEnds& Node::stream_ends() const { return parts_->stream_ends; }
audit::AuditLog& Node::audit() const { return *parts_->audit; }
bool Node::has_credentials() const { return may_exist(parts_->folder.authority()); }
std::expected<scim::Service*, std::string> Node::scim() {
  if (auto started = parts_->start_scim(); !started) return std::unexpected(started.error());
  return open_scim();
}
scim::Service* Node::open_scim() const { return parts_->open_scim.load(std::memory_order_acquire); }
bool Node::has_scim() const { return may_exist(parts_->folder.scim()); }
Mutex& Node::directory_mutex() { return parts_->directory_mutex; }
OpenDatabases& Node::databases() { return parts_->databases; }
std::expected<void, std::string> Node::make_image() { return parts_->make_image(); }
const DataFolder& Node::folder() const { return parts_->folder; }
const std::string& Node::paging_key() const { return parts_->paging_key; }

}  // namespace porchlight::node
