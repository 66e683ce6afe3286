// A fixture for tests: a view and a writer over fake logs.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "log/samples.h"
#include "state/view.h"
#include "state/writer.h"
#include "support/fake_log.h"

namespace porchlight::state {

using log::at_ms;
using log::id_of;
using log::state_of;

// Sets, and clears, the session of this number.
inline presence::SetSession busy(std::uint64_t session) {
  return {{id_of(900), id_of(session)}, state_of("Busy", "InACall"), std::nullopt, false};
}
inline presence::ClearSession clear(std::uint64_t session) { return {{id_of(900), id_of(session)}}; }

struct WriterFixture {
  WriterFixture() : logs(kShards), view(std::make_unique<View>()) { restart(); }

  // Makes a new writer and view, and replays the logs, as a restart of the process does.
  void restart() {
    writer.reset();
    view = std::make_unique<View>();
    std::vector<log::ShardLog*> all;
    for (std::uint32_t shard = 0; shard < kShards; ++shard) {
      const auto batches = logs[shard].read(1, SIZE_MAX).value();
      for (const auto& stored : batches) {
        view->apply({shard, stored.seq}, stored.batch);
      }
      all.push_back(&logs[shard]);
    }
    writer = std::make_unique<Writer>(*view, all);
  }

  log::FakeLog& log_of(const UserKey& key) { return logs[shard_of(key.tenant, key.user)]; }

  // Each runs a write that completes within the call, and returns its outcome.
  Outcome run(std::vector<DirectoryCommand> commands, Time now = at_ms(0)) {
    std::optional<Outcome> outcome;
    writer->submit(std::move(commands), now, [&](const Outcome& o) { outcome = o; });
    return outcome.value();
  }
  Outcome put(const UserKey& key, std::string upn, std::string name = "Name") {
    return run({{key.tenant, key.user, directory::UserPut{std::move(upn), std::move(name)}}});
  }
  Outcome remove(const UserKey& key) { return run({{key.tenant, key.user, directory::UserRemoved{}}}); }
  Outcome run(const UserKey& key, const presence::Command& command, Time now = at_ms(0)) {
    std::optional<Outcome> outcome;
    writer->submit(key, secure_random_guid(), command, now, [&](const Outcome& o) { outcome = o; });
    return outcome.value();
  }
  // The user's record; an empty one if the user does not exist.
  presence::Record record(const UserKey& key) const {
    auto copy = view->copy(key);
    return copy ? copy->record : presence::Record{};
  }

  std::vector<log::FakeLog> logs;
  std::unique_ptr<View> view;
  std::unique_ptr<Writer> writer;
};

// A user of another tenant, in the shard of `key`.
inline UserKey neighbour_of(const UserKey& key, std::uint64_t tenant) {
  UserKey neighbour{id_of(tenant), key.user};
  for (std::uint64_t id = 0; shard_of(neighbour.tenant, neighbour.user) != shard_of(key.tenant, key.user);
       ++id)
    neighbour.user = id_of(id);
  return neighbour;
}

inline Outcome write_failed(WriteError error) { return std::unexpected(error); }

}  // namespace porchlight::state
