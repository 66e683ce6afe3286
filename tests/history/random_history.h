// Random writes to a few users, through the writer into fake logs, and the expected history: folded from the logs by
// simple code of its own.
#pragma once

#include <limits>
#include <map>
#include <vector>

#include "base/clock.h"
#include "history/recent_batches.h"
#include "presence/history.h"
#include "presence/rules.h"
#include "state/writer_fixture.h"

namespace porchlight::history {

using log::at_ms;
using log::id_of;
using presence::Record;
using presence::testing::Dice;
using state::UserKey;

// A calendar with some busy and out-of-office spans.
inline presence::Calendar any_calendar(Dice& dice, Time now) {
  presence::Calendar calendar;
  Time from = now - std::chrono::minutes(dice.below(60));
  for (std::uint64_t i = 0; i <= dice.below(5); ++i) {
    from += std::chrono::minutes(1 + dice.below(90));
    const Time until = from + std::chrono::minutes(1 + dice.below(60));
    (dice.one_in(3) ? calendar.out_of_office : calendar.busy).push_back({from, until});
    from = until;
  }
  return calendar;
}

// A command of any kind. Some are refused.
inline presence::Command any_command(Dice& dice, Time now) {
  using namespace presence;
  const Time later = now + std::chrono::minutes(1 + dice.below(300));
  switch (dice.below(14)) {
    case 0:
      return SetMessage{"text " + std::to_string(dice.below(9)), dice.one_in(2) ? later : kNever};
    case 1:
      return ClearMessage{};
    case 2:
      return SetLocation{LocationLayer(dice.below(3)), {LocationType(dice.below(4)), "place", later}};
    case 3:
      return ClearLocations{dice.one_in(2), dice.one_in(2), true};
    case 4:
      return SetOutOfOffice{{now, later, "away"}};
    case 5:
      return ClearOutOfOffice{};
    case 6:
    case 7:
      return SetCalendar{any_calendar(dice, now)};
    case 8:
      return SetCalendar{};
    case 9:
      return SetVisibility{
          {VisibleTo(dice.below(3)), OthersSee::kAppearsOffline, {id_of(dice.below(9))}, {}}};
    default:
      return presence::testing::any_command(dice);
  }
}

// The records of a user, each from its time on; nullopt if the user does not exist.
using ExpectedTimeline = std::vector<RecordChange>;

// The record in force at a time; nullopt before the first.
inline std::optional<Record> at(const ExpectedTimeline& timeline, Time time) {
  std::optional<Record> found;
  for (const RecordChange& change : timeline)
    if (change.at <= time) found = change.record;
  return found;
}

class RandomHistory {
 public:
  explicit RandomHistory(std::uint64_t seed, std::size_t people = 4) : dice(seed), clock(at_ms(0)) {
    for (std::uint64_t i = 0; i < people; ++i) people_.push_back({id_of(1 + i % 2), id_of(100 + i)});
    for (auto& log : fixture.logs) logs.push_back(&log);
    if (seed % 2 == 1) fixture.view->add_listener(recent);
  }

  const std::vector<UserKey>& people() const { return people_; }
  Time now() const { return clock.wall(); }

  // Makes `steps` writes and advances the clock. The time of a request is sometimes before that of the request before.
  void run_random_writes(int steps) {
    for (int step = 0; step < steps; ++step) {
      if (!dice.one_in(3)) clock.advance(Duration(dice.below(20 * 60'000)));
      const UserKey person = dice.pick(people_);
      const Time time = now() - Duration(dice.one_in(5) ? dice.below(30'000) : 0);
      if (dice.one_in(12)) {
        (void)fixture.run({{person.tenant, person.user, directory::UserRemoved{}}}, time);
      } else if (dice.one_in(4)) {
        (void)fixture.run({{person.tenant, person.user, directory::UserPut{"a@x.test", "Name"}}}, time);
      } else {
        (void)fixture.run(person, any_command(dice, time), time);
      }
    }
  }

  // From now on, what was written before is read from the log.
  void drop_recent() {
    for (std::uint32_t shard = 0; shard < state::kShards; ++shard)
      (void)recent.take(shard, std::numeric_limits<std::uint64_t>::max(), 0);
  }

  // The records of a user according to the log: an entry per event, in order of the log, with ascending times.
  ExpectedTimeline timeline_of(const UserKey& person) {
    ExpectedTimeline timeline;
    std::optional<Record> record;
    Time last = Time::min();
    const auto batches = fixture.log_of(person).read(1, SIZE_MAX).value();
    for (const auto& stored : batches) {
      for (const log::Event& event : stored.batch.events) {
        if (event.tenant != person.tenant || event.subject != person.user) continue;
        if (const auto* const happened = std::get_if<presence::Event>(&event.body)) {
          presence::apply(*record, *happened);
          last = std::max(last, happened->at);
        } else {
          const auto& change = std::get<log::DirectoryEvent>(event.body);
          const bool is_put = std::holds_alternative<directory::UserPut>(change.what);
          if (is_put && record) continue;
          record = is_put ? std::optional(Record{}) : std::nullopt;
          last = std::max(last, change.at);
        }
        timeline.push_back({last, record});
      }
    }
    return timeline;
  }

  // A time for a query: any time, or the time of a change, or 1 ms before or after it.
  Time any_time(const ExpectedTimeline& timeline) {
    if (timeline.empty() || dice.one_in(3))
      return at_ms(0) + Duration(dice.below((now() - at_ms(0)).count() + 1));
    return timeline[dice.below(timeline.size())].at + Duration(static_cast<int>(dice.below(3)) - 1);
  }

  Dice dice;
  ManualClock clock;
  state::WriterFixture fixture;
  RecentBatches recent{*fixture.view};  // with odd seeds; with even ones, all batches are read from the logs
  std::vector<log::ShardLog*> logs;

 private:
  std::vector<UserKey> people_;
};

}  // namespace porchlight::history
