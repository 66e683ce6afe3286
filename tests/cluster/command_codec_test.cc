// Commands and outcomes as bytes between nodes.
#include "cluster/command_codec.h"

#include <gtest/gtest.h>

#include <limits>
#include <random>
#include <set>
#include <vector>

#include "log/samples.h"
#include "support/rounds.h"

namespace porchlight::cluster {
namespace {

using namespace presence;
using log::at_ms;
using log::id_of;
using log::state_of;
using state::Outcome;
using state::WriteError;

// Commands of all kinds. Of each kind there is one for each field, with another value of it.
std::vector<Command> samples() {
  const SessionKey key{id_of(1), id_of(2)};
  const State busy = state_of("Busy", "InACall"), away = state_of("Away", "Away");
  const Location office{.type = LocationType::kOffice, .place = "B1", .until = at_ms(5), .by = id_of(3)};
  const Location remote{.type = LocationType::kRemote};
  const WorkPlan plan = log::sample_plan();
  const OutOfOffice away_week{
      .from = at_ms(1), .until = at_ms(9), .message = "away", .by = id_of(3), .from_ticks = 7};
  const Calendar calendar{.busy = {{at_ms(1), at_ms(2)}, {at_ms(5), at_ms(7)}}, .out_of_office = {}};
  const Calendar skipped{.busy = {}, .out_of_office = {{at_ms(1), at_ms(2)}}, .skipped = {3, {{7, "bad"}}}};
  return {
      SetSession{key, busy},
      SetSession{{key.session, key.app}, busy},
      SetSession{key, away},
      SetSession{key, busy, Duration(300'000)},
      SetSession{key, busy, Duration(-1)},
      SetSession{key, busy, std::nullopt, true},
      SetSession{key, busy, std::nullopt, false, true},
      ClearSession{key},
      ClearSession{{key.session, key.app}},
      SetPreferred{away},
      SetPreferred{busy},
      SetPreferred{away, Duration(0)},
      SetPreferred{away, std::nullopt, id_of(3)},
      ClearPreferred{},
      SetMessage{"text"},
      SetMessage{"text", at_ms(5), "2030-01-07T09:00:00", "UTC", id_of(3)},
      SetMessage{"text", at_ms(5), "UTC", "2030-01-07T09:00:00", id_of(3)},
      ClearMessage{},
      SetLocation{LocationLayer::kManual, office},
      SetLocation{LocationLayer::kScheduled, office},
      SetLocation{LocationLayer::kManual, remote},
      ClearLocations{},
      ClearLocations{.manual = true},
      ClearLocations{.automatic = true},
      ClearLocations{.scheduled = true},
      SetSharedLocation{SharedLocation::kNone},
      SetSharedLocation{SharedLocation::kSpecific},
      PutWorkRecurrence{plan.recurrences[0]},
      PutWorkRecurrence{plan.recurrences[0], true},
      PutWorkRecurrence{plan.recurrences[1]},
      RemoveWorkRecurrence{id_of(7)},
      PutWorkOccurrence{plan.occurrences[0]},
      PutWorkOccurrence{plan.occurrences[0], true},
      PutWorkOccurrence{plan.occurrences[1]},
      RemoveWorkOccurrence{id_of(7)},
      SetCurrentLocation{office},
      SetCurrentLocation{office, true},
      SetCurrentLocation{remote},
      SetOutOfOffice{away_week},
      SetOutOfOffice{{.from = at_ms(1), .until = at_ms(9), .message = "", .by = {}}},
      ClearOutOfOffice{},
      SetCalendar{},
      SetCalendar{Calendar{}},
      SetCalendar{calendar},
      SetCalendar{skipped},
      SetVisibility{},
      SetVisibility{{VisibleTo::kNamed, OthersSee::kAppearsOffline, {id_of(1), id_of(2)}, {id_of(3)}, true}},
  };
}

SentCommand sent(Command command) { return {{id_of(1), id_of(100)}, id_of(7), at_ms(3), std::move(command)}; }

std::vector<Outcome> outcomes() {
  std::vector<Outcome> all = {log::Position{0, 0}, log::Position{63, UINT64_MAX}};
  for (const auto error : {WriteError::kNoSuchUser, WriteError::kUnavailable, WriteError::kOverloaded})
    all.emplace_back(std::unexpected(error));
  for (auto code = static_cast<int>(Rejection::kPairNotAllowed);
       code <= static_cast<int>(Rejection::kWorkPlanNotFound); ++code)
    all.emplace_back(std::unexpected(static_cast<Rejection>(code)));
  return all;
}

TEST(CommandCodec, EachKindHasASample) {
  std::set<std::size_t> kinds;
  for (const Command& command : samples()) kinds.insert(command.index());
  EXPECT_EQ(kinds.size(), std::variant_size_v<Command>);
}

// As no two samples have the same bytes, no field is left out.
TEST(CommandCodec, WhatIsDecodedIsWhatWasEncoded) {
  std::set<std::string> all;
  for (const Command& command : samples()) {
    const std::string bytes = encode_command(sent(command));
    const auto decoded = decode_command(bytes);
    ASSERT_TRUE(decoded) << "kind " << command.index();
    EXPECT_EQ(decoded->key, sent(command).key);
    EXPECT_EQ(decoded->event_id, id_of(7));
    EXPECT_EQ(decoded->received_at, at_ms(3));
    EXPECT_EQ(decoded->command.index(), command.index());
    EXPECT_EQ(encode_command(*decoded), bytes) << "kind " << command.index();
    EXPECT_TRUE(all.insert(bytes).second) << "kind " << command.index();
  }
}

TEST(CommandCodec, OutcomesAreDecodedAsTheyWere) {
  for (const Outcome& outcome : outcomes()) EXPECT_EQ(decode_outcome(encode_outcome(outcome)), outcome);
}

TEST(CommandCodec, WhatIsNotWholeIsRefused) {
  for (const Command& command : samples()) {
    const std::string bytes = encode_command(sent(command));
    for (std::size_t size = 0; size < bytes.size(); ++size)
      EXPECT_FALSE(decode_command(bytes.substr(0, size))) << "kind " << command.index() << ", " << size;
    EXPECT_FALSE(decode_command(bytes + '\0'));
  }
  for (const Outcome& outcome : outcomes()) {
    const std::string bytes = encode_outcome(outcome);
    for (std::size_t size = 0; size < bytes.size(); ++size)
      EXPECT_FALSE(decode_outcome(bytes.substr(0, size)));
    EXPECT_FALSE(decode_outcome(bytes + '\0'));
  }
}

TEST(CommandCodec, WhatIsUnknownIsRefused) {
  std::string command = encode_command(sent(ClearMessage{}));
  std::string outcome = encode_outcome(log::Position{1, 2});
  for (std::string* const bytes : {&command, &outcome}) ++bytes->front();
  EXPECT_FALSE(decode_command(command)) << "a newer format";
  EXPECT_FALSE(decode_outcome(outcome)) << "a newer format";
  for (const int kind : {0, 19, 255}) {
    std::string bytes = encode_command(sent(ClearMessage{}));
    bytes[1] = static_cast<char>(kind);
    EXPECT_FALSE(decode_command(bytes)) << "kind " << kind;
  }
  using namespace std::string_literals;
  EXPECT_FALSE(decode_outcome("\x01\x00\x40\x01"s)) << "shard 64";
  EXPECT_FALSE(decode_outcome("\x01\x01\x09"s)) << "a rejection that does not exist";
  EXPECT_FALSE(decode_outcome("\x01\x02\x03"s)) << "an error that does not exist";
  EXPECT_FALSE(decode_outcome("\x01\x03\x00"s)) << "a kind that does not exist";
}

// The longest command within the limits of presence: a full calendar whose spans reach to the end of time.
TEST(CommandCodec, TheLongestCommandFits) {
  constexpr Duration kStep(std::numeric_limits<std::int64_t>::max() / (2 * kCalendarSpansMax + 1));
  Calendar calendar;
  for (Time from = Time() + kStep; calendar.busy.size() < kCalendarSpansMax; from += 2 * kStep)
    calendar.busy.push_back({from, from + kStep});
  calendar.skipped.count = UINT32_MAX;
  calendar.skipped.first.assign(kSkippedShownMax, {UINT32_MAX, std::string(kSkippedReasonBytesMax, 'x')});
  const std::string bytes = encode_command(sent(SetCalendar{calendar}));
  EXPECT_LE(bytes.size(), kCommandBytesMax);
  EXPECT_GT(bytes.size(), kCommandBytesMax / 2);
  EXPECT_TRUE(decode_command(bytes));

  calendar.out_of_office = calendar.busy;  // more than a calendar may have
  const std::string longer = encode_command(sent(SetCalendar{calendar}));
  EXPECT_GT(longer.size(), kCommandBytesMax);
  EXPECT_FALSE(decode_command(longer));
}

TEST(CommandCodec, TextsHaveALimit) {
  const std::string longest(log::kEventTextBytesMax, 'x');
  EXPECT_TRUE(decode_command(encode_command(sent(SetMessage{longest, kNever, longest, longest}))));
  EXPECT_FALSE(decode_command(encode_command(sent(SetMessage{longest + 'x'}))));
}

// Random bytes, and encoded commands with random changes: any result but a crash, and what decodes encodes to the same.
TEST(CommandCodec, AnyBytesAreAccepted) {
  std::mt19937 random(1);
  const auto below = [&](std::size_t end) {
    return std::uniform_int_distribution<std::size_t>(0, end - 1)(random);
  };
  const std::vector<Command> all = samples();
  for (int round = 0; round < rounds(50'000); ++round) {
    std::string bytes = encode_command(sent(all[below(all.size())]));
    for (std::size_t flips = below(4); flips > 0; --flips)
      bytes[below(bytes.size())] ^= static_cast<char>(1U << below(8));
    if (below(4) == 0) bytes.resize(below(bytes.size()));
    if (const auto decoded = decode_command(bytes)) {
      ASSERT_EQ(encode_command(*decoded), bytes);
    }
    if (const auto outcome = decode_outcome(bytes)) {
      ASSERT_EQ(encode_outcome(*outcome), bytes);
    }
  }
}

}  // namespace
}  // namespace porchlight::cluster
