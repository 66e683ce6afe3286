// A view with some people, a registry that watches them, and watchers that record their calls. The clock is manual.
#pragma once

#include <algorithm>
#include <cstring>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "presence/rules.h"
#include "watch/watch_registry.h"

namespace porchlight::watch {

using presence::State;
using state::UserKey;
using std::chrono::minutes;
using std::chrono::seconds;

inline constexpr Time kFirstMoment{std::chrono::seconds(1'900'000'000)};

inline Guid user_id(std::uint8_t number) {
  Guid id;
  id.bytes[0] = number;
  return id;
}

inline const Guid kContoso = user_id(200);
inline const Guid kFabrikam = user_id(201);
inline const UserKey kAna{kContoso, user_id(1)}, kBen{kContoso, user_id(2)}, kCleo{kContoso, user_id(3)},
    kZoe{kFabrikam, user_id(1)};

inline std::string name_of(const UserKey& key) {
  if (key == kAna) return "ana";
  if (key == kBen) return "ben";
  if (key == kCleo) return "cleo";
  if (key.user == Guid{}) return "directory";
  return key == kZoe ? "zoe" : "other";
}

// Returns the time of the next call, as on_change() does.
using NextCall = std::function<std::optional<Time>(Time now)>;

// Records its calls, with seconds since the start: "300 ana ben".
class RecordingWatcher final : public Watcher {
 public:
  RecordingWatcher(std::vector<std::string>& lines, std::string name, NextCall next_call)
      : lines_(lines), name_(std::move(name)), next_call_(std::move(next_call)) {}

  std::optional<Time> on_change(Time now, std::span<const UserKey> changed) override {
    std::string line = name_ + std::to_string((now - kFirstMoment) / seconds(1));
    for (const UserKey& key : changed) line += " " + name_of(key);
    lines_.push_back(line);
    return next_call_ ? next_call_(now) : presence::kNever;
  }
  void on_closed() override { lines_.push_back(name_ + "closed"); }

 private:
  std::vector<std::string>& lines_;
  const std::string name_;
  const NextCall next_call_;
};

using Lines = std::vector<std::string>;

class World {
 public:
  World() {
    for (const UserKey& key : {kAna, kBen, kCleo, kZoe}) put(key);
  }

  void apply(const UserKey& key, decltype(log::Event::body) body) {
    const std::uint32_t shard = state::shard_of(key.tenant, key.user);
    const log::Event event{secure_random_guid(), key.tenant, key.user, ++version, std::move(body)};
    view.apply({shard, ++seq}, log::Batch{.epoch = 1, .at = clock.wall(), .events = {event}});
  }
  void change(const UserKey& key, directory::EntityChange change) {
    apply(key, log::DirectoryEvent{clock.wall(), std::move(change)});
  }
  void put(const UserKey& key) { change(key, directory::UserPut{name_of(key) + "@x.example", "Name"}); }
  void set(const UserKey& key, std::string_view availability, std::string_view activity, Duration life) {
    const Time now = clock.wall();
    const presence::SessionSet what{
        {user_id(9), user_id(9)}, *State::find(availability, activity), now + life};
    apply(key, presence::Event{now, version, what});
  }
  void show_to(const UserKey& key, std::vector<Guid> groups) {
    const presence::Visibility visibility{
        presence::VisibleTo::kNamed, presence::OthersSee::kHidden, {}, std::move(groups)};
    apply(key, presence::Event{clock.wall(), version, presence::VisibilitySet{visibility}});
  }
  // Applies one batch that puts `count` people of Contoso: numbers from 0 in the last bytes of their ids.
  void put_many(std::uint32_t count) {
    std::vector<std::vector<log::Event>> by_shard(state::kShards);
    for (std::uint32_t number = 0; number < count; ++number) {
      const UserKey key = member(number);
      by_shard[state::shard_of(key.tenant, key.user)].push_back(
          {secure_random_guid(), key.tenant, key.user, ++version,
           log::DirectoryEvent{clock.wall(),
                               directory::UserPut{std::to_string(number) + "@x.example", "Name"}}});
    }
    for (std::uint32_t shard = 0; shard < by_shard.size(); ++shard)
      view.apply({shard, ++seq}, log::Batch{.epoch = 1, .at = clock.wall(), .events = by_shard[shard]});
  }
  static UserKey member(std::uint32_t number) {
    UserKey key{kContoso, user_id(99)};
    std::memcpy(key.user.bytes.data() + 12, &number, sizeof number);
    return key;
  }
  std::optional<WatchRegistry::Id> watch_contoso(std::string name = "") {
    watcher = std::make_shared<RecordingWatcher>(lines, std::move(name), NextCall());
    return watchers.watch_tenant(kContoso, watcher);
  }
  void set_busy(const UserKey& key) { set(key, "Busy", "InACall", std::chrono::hours(4)); }

  std::optional<WatchRegistry::Id> watch(std::vector<UserKey> people, std::string name = "",
                                         NextCall next_call = {}) {
    watcher = std::make_shared<RecordingWatcher>(lines, std::move(name), std::move(next_call));
    return watchers.watch(std::move(people), watcher);
  }
  WatchRegistry::QuietWatch quiet_watch(std::vector<UserKey> people, Time first_call, std::string name = "") {
    return {std::move(people), std::make_shared<RecordingWatcher>(lines, std::move(name), NextCall()),
            first_call};
  }
  // The calls since the last take_calls(), including all that are due now.
  Lines take_calls() {
    watchers.clock_advanced();
    return std::exchange(lines, {});
  }
  Lines advance(Duration step) {
    clock.advance(step);
    return take_calls();
  }

  ManualClock clock{kFirstMoment};
  state::View view;
  Lines lines;
  WatchRegistry watchers{view, clock};
  std::shared_ptr<RecordingWatcher> watcher;
  std::uint64_t version = 0;
  std::uint64_t seq = 0;
};

}  // namespace porchlight::watch
