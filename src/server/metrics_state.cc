#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "node/data_image.h"
#include "node/history_lag.h"
#include "server/metrics_page.h"
#include "state/snapshot.h"
#include "storage/folder.h"
#include "storage/rocks_counters.h"
#include "storage/rocks_usage.h"

namespace porchlight::server {
namespace {

using metrics::HistogramSum;
using metrics::kOne;
using metrics::kSecondsPerNanosecond;

constexpr double kSecondsPerMillisecond = 1e-3;

double seconds(Duration time) { return std::chrono::duration<double>(time).count(); }

// By the place in presence::Command.
constexpr std::array<std::string_view, std::variant_size_v<presence::Command>> kCommands = {
    "set_session",
    "clear_session",
    "set_preferred",
    "clear_preferred",
    "set_message",
    "clear_message",
    "set_location",
    "clear_locations",
    "set_shared_location",
    "put_work_recurrence",
    "remove_work_recurrence",
    "put_work_occurrence",
    "remove_work_occurrence",
    "set_current_location",
    "set_out_of_office",
    "clear_out_of_office",
    "set_calendar",
    "set_visibility"};
constexpr std::array<std::string_view, state::WriterCounters::kResults> kResults = {
    "changed", "unchanged", "rejected", "no_such_user"};

using FileClock = std::filesystem::file_time_type::clock;
const FileClock::time_point kStarted = FileClock::now();

// When the newest snapshot was written; nullopt without one.
std::optional<FileClock::time_point> newest_snapshot(const node::DataFolder& folder) {
  const auto snapshots = state::list_snapshots(folder.snapshots());
  if (snapshots.empty()) return std::nullopt;
  std::error_code error;
  const auto written = std::filesystem::last_write_time(snapshots.front(), error);
  return error ? std::nullopt : std::optional(written);
}

void add_commands(metrics::Exposition& page, const state::WriterCounters& counters) {
  page.counter("porchlight_commands_total", "Commands on presence, by what they caused.");
  for (std::size_t command = 0; command < kCommands.size(); ++command) {
    for (std::size_t result = 0; result < kResults.size(); ++result)
      page.sample({{"command", kCommands[command]}, {"outcome", kResults[result]}},
                  static_cast<double>(counters.commands[command][result].value()));
  }
  page.counter("porchlight_commands_failed_total",
               "Commands and directory changes that the server could not take.");
  page.sample({{"reason", "unavailable"}}, static_cast<double>(counters.unavailable.value()));
  page.sample({{"reason", "overloaded"}}, static_cast<double>(counters.overloaded.value()));
  page.counter("porchlight_commands_repeated_total",
               "Commands that arrived again, and were answered with the outcome of the first time.");
  page.sample({}, static_cast<double>(counters.repeated.value()));
  page.counter("porchlight_log_appends_repeated_total", "Appends whose commands were decided again.");
  page.sample({{"reason", "conflict"}}, static_cast<double>(counters.conflicts.value()));
  page.sample({{"reason", "unknown"}}, static_cast<double>(counters.unknown.value()));
}

// States of one availability together.
void add_transitions(metrics::Exposition& page, const state::WriterCounters& counters) {
  constexpr std::array<std::string_view, state::WriterCounters::kTransitionCauses> kCauses = {
      "session", "preference", "calendar"};
  page.counter("porchlight_presence_transitions_total",
               "Changes of the availability of users by commands, without those that time alone makes.");
  const auto states = presence::documented_states();
  for (std::size_t cause = 0; cause < kCauses.size(); ++cause) {
    std::map<std::pair<std::string_view, std::string_view>, std::uint64_t> counts;
    for (const presence::State from : states)
      for (const presence::State to : states)
        counts[{from.availability(), to.availability()}] +=
            counters.transitions[cause][from.rank()][to.rank()].value();
    for (const auto& [pair, count] : counts)
      if (count != 0)
        page.sample({{"from", pair.first}, {"to", pair.second}, {"cause", kCauses[cause]}},
                    static_cast<double>(count));
  }
}

// A counter of each database.
template <typename Value>
void add_databases(metrics::Exposition& page, std::string_view name, std::string_view help, Value value) {
  page.counter(name, help);
  for (std::size_t i = 0; i < storage::kDatabases.size(); ++i)
    page.sample({{"store", storage::kDatabases[i]}}, static_cast<double>(value(storage::rocks_counters(i))));
}

void add_usage(metrics::Exposition& page) {
  std::array<storage::RocksUsage, storage::kDatabases.size()> usage;
  for (std::size_t i = 0; i < usage.size(); ++i) usage[i] = storage::rocks_usage(i);
  const auto add = [&](std::string_view name, std::string_view help, auto member) {
    page.gauge(name, help);
    for (std::size_t i = 0; i < usage.size(); ++i)
      page.sample({{"store", storage::kDatabases[i]}}, static_cast<double>(usage[i].*member));
  };
  using Usage = storage::RocksUsage;
  add("porchlight_rocksdb_pending_compaction_bytes", "Bytes that merges of tables have yet to rewrite.",
      &Usage::pending_compaction_bytes);
  add("porchlight_rocksdb_block_cache_bytes", "Memory of blocks that were read.", &Usage::block_cache_bytes);
  add("porchlight_rocksdb_stalled", "Whether writes are slowed or stopped by merges: 1 or 0.",
      &Usage::is_stalled);
}

}  // namespace

void add_writes(metrics::Exposition& page, node::Node& node, const node::DataFolder& folder) {
  add_commands(page, node.writer().counters());
  add_transitions(page, node.writer().counters());
  const log::CommitCounters& commits = node.commit_counters();
  page.histogram("porchlight_log_commit_seconds", "Time of a write of the log, with its sync.");
  page.sample({}, HistogramSum(kShortTimes, kSecondsPerNanosecond).add(commits.times));
  page.histogram("porchlight_log_batch_events",
                 "Events of a batch that was appended; the sum is of all events.");
  page.sample({}, HistogramSum(kAmounts, kOne).add(commits.batch_events));
  page.gauge("porchlight_log_healthy", "Whether the log takes writes: 1 or 0.",
             node.writer().healthy() ? 1 : 0);
  const state::LogHold& hold = node.view().hold();
  page.gauge("porchlight_held_shards", "Shards whose presences are held.",
             static_cast<double>(hold.held_shards(node.clock().wall())));
  page.counter("porchlight_holds_total", "Holds of a shard that have begun.",
               static_cast<double>(hold.begun().value()));
  if (const history::History* const history = node.history()) {
    page.gauge("porchlight_history_lag_seconds", "Age of the oldest event that the history has not indexed.",
               seconds(node::history_lag(*history, node.view(), node.logs(), node.clock().wall())));
    page.counter("porchlight_history_batches_dropped_total",
                 "Applied batches that the history reads from the log, because too many waited in memory.",
                 static_cast<double>(history->dropped()));
  }
  page.histogram("porchlight_snapshot_seconds", "Time that a snapshot took.");
  page.sample({}, HistogramSum(kLongTimes, kSecondsPerNanosecond).add(node.snapshot_times()));
  page.gauge(
      "porchlight_snapshot_age_seconds", "Age of the newest snapshot; without one, of the process.",
      std::chrono::duration<double>(FileClock::now() - newest_snapshot(folder).value_or(kStarted)).count());
  if (const auto backup = node::last_backup(folder))
    page.gauge("porchlight_backup_age_seconds", "Age of the newest complete backup; absent before the first.",
               seconds(SystemClock().wall() - *backup));
}

TenantContents contents_of(const state::View& view, const Guid& tenant) {
  return {view.count_users(tenant), view.count_groups(tenant), view.apps(tenant).size()};
}

void add_contents(metrics::Exposition& page, const state::View& view, const node::DataFolder& folder) {
  TenantContents all;
  const auto tenants = view.tenants();
  for (const directory::Tenant& tenant : tenants) all += contents_of(view, tenant.id);
  page.gauge("porchlight_people", "Users of all tenants.", static_cast<double>(all.users));
  page.gauge("porchlight_sessions", "Sessions in the records of users, also those that have expired.",
             static_cast<double>(view.count_sessions()));
  page.gauge("porchlight_directory_objects", "Objects of the directory besides users.");
  page.sample({{"kind", "tenant"}}, static_cast<double>(tenants.size()));
  page.sample({{"kind", "group"}}, static_cast<double>(all.groups));
  page.sample({{"kind", "application"}}, static_cast<double>(all.apps));
  page.gauge("porchlight_store_bytes", "Bytes of the files of a store.");
  for (const auto& store : {folder.log(), folder.history(), folder.snapshots(), folder.subscriptions(),
                            folder.authority(), folder.scim(), folder.revocations()})
    page.sample({{"store", store.filename().native()}}, static_cast<double>(storage::folder_bytes(store)));
  add_databases(page, "porchlight_rocksdb_flushes_total", "Tables that were written from memory.",
                [](const storage::RocksCounters& of) { return of.flushes.value(); });
  add_databases(page, "porchlight_rocksdb_compactions_total", "Merges of tables.",
                [](const storage::RocksCounters& of) { return of.compactions.value(); });
  add_databases(
      page, "porchlight_rocksdb_compaction_seconds_total", "Time of merges of tables.",
      [](const storage::RocksCounters& of) { return static_cast<double>(of.compaction_us.value()) * 1e-6; });
  add_databases(page, "porchlight_rocksdb_stalls_total", "How often writes waited for merges of tables.",
                [](const storage::RocksCounters& of) { return of.stalls.value(); });
  add_usage(page);
  std::error_code error;
  if (const auto disk = std::filesystem::space(folder.root(), error); !error)
    page.gauge("porchlight_disk_free_bytes", "Free bytes of the disk with the data folder.",
               static_cast<double>(disk.available));
}

void add_watching(metrics::Exposition& page, node::Node& node, const graph::Streams& streams,
                  const watch::WatchQuota& waits, const notify::Publisher& publisher) {
  page.gauge("porchlight_streams", "Open streams.", static_cast<double>(streams.watch_quota.waits()));
  page.gauge("porchlight_stream_behind",
             "Streams with changes that wait until the client has taken the last page.",
             static_cast<double>(streams.behind.value()));
  page.gauge("porchlight_waits", "Requests that wait for a change.", static_cast<double>(waits.waits()));
  page.gauge("porchlight_subscriptions", "Subscriptions to change notifications.",
             static_cast<double>(publisher.count()));
  page.gauge("porchlight_heartbeat_bytes_written",
             "Bytes that heartbeats of streams have written to disk. It is 0: they change nothing.", 0);
  const notify::Publisher::Counters& posts = publisher.counters();
  page.histogram("porchlight_notify_delay_seconds",
                 "From a change until a webhook has accepted it (webhook), the socket of a stream has taken "
                 "it (sse, websocket), or "
                 "streams and waits were called (watch).");
  page.sample({{"way", "webhook"}}, HistogramSum(kDelays, kSecondsPerMillisecond).add(posts.told_after));
  page.sample({{"way", "watch"}},
              HistogramSum(kDelays, kSecondsPerMillisecond).add(node.watchers().delays()));
  page.sample({{"way", "sse"}}, HistogramSum(kDelays, kSecondsPerMillisecond).add(streams.delays_by_sse));
  page.sample({{"way", "websocket"}},
              HistogramSum(kDelays, kSecondsPerMillisecond).add(streams.delays_by_websocket));
  page.counter("porchlight_webhook_posts_total", "Posts to webhooks, by whether they were accepted.");
  page.sample({{"outcome", "accepted"}}, static_cast<double>(posts.accepted.value()));
  page.sample({{"outcome", "failed"}}, static_cast<double>(posts.failed.value()));
  page.counter("porchlight_webhook_given_up_total", "Changes that could not be delivered to a webhook.",
               static_cast<double>(posts.given_up.value()));
  page.histogram("porchlight_webhook_seconds", "Time until a webhook answered.");
  page.sample({}, HistogramSum(kShortTimes, kSecondsPerNanosecond).add(posts.times));
  const auto backlog = publisher.backlog();
  page.gauge("porchlight_webhook_owed", "Notifications that wait to be posted.",
             static_cast<double>(backlog.items));
  page.gauge("porchlight_webhook_hosts", "Hosts of webhooks that were posted to, by how they answer.");
  for (std::size_t level = 0; level < backlog.hosts.size(); ++level)
    page.sample({{"state", webhook::HostHealth::kLevelNames[level]}},
                static_cast<double>(backlog.hosts[level]));
}

}  // namespace porchlight::server
