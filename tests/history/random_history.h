// Random lives of a few people, written through the writer into fake logs, and what their past was: folded
// from the logs by hand.
#pragma once

#include <map>
#include <vector>

#include "base/clock.h"
#include "presence/history.h"
#include "presence/rules.h"
#include "state/writer_fixture.h"

namespace porchlight::history {

using log::at_ms;
using log::id_of;
using presence::Record;
using presence::testing::Dice;
using state::UserKey;

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

// Every kind of command, some of them refused.
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

// A person's record from a time on; nothing where they were not there.
using ExpectedTimeline = std::vector<RecordChange>;

// The record in force at a time.
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
  }

  const std::vector<UserKey>& people() const { return people_; }
  Time now() const { return clock.wall(); }

  // Writes `steps` things and moves the time on. The times of requests are sometimes behind each other's.
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

  // What the log says of a person, by the words of history.h: each event in the order of the log, none before
  // the one that came first.
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

  // A time to ask for: anywhere, or at something that happened, or just before or behind it.
  Time any_time(const ExpectedTimeline& timeline) {
    if (timeline.empty() || dice.one_in(3))
      return at_ms(0) + Duration(dice.below((now() - at_ms(0)).count() + 1));
    return timeline[dice.below(timeline.size())].at + Duration(static_cast<int>(dice.below(3)) - 1);
  }

  Dice dice;
  ManualClock clock;
  state::WriterFixture fixture;
  std::vector<log::ShardLog*> logs;

 private:
  std::vector<UserKey> people_;
};

}  // namespace porchlight::history
