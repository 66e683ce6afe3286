// Work plans in records: they round-trip, a record without one keeps its bytes, and malformed bytes are rejected.
#include "log/work_plan_codec.h"

#include <gtest/gtest.h>

#include "log/record_codec.h"
#include "log/samples.h"

namespace porchlight::log {
namespace {

using presence::Record;

std::string encode(const Record& record) {
  std::string bytes;
  ByteWriter out(bytes);
  append_record(out, record);
  return bytes;
}

// nullopt if the bytes are malformed, or longer than a record.
std::optional<Record> decode(std::string_view bytes) {
  ByteReader in(bytes);
  Record record = read_record(in);
  return in.ok() && in.at_end() ? std::optional(std::move(record)) : std::nullopt;
}

Record record_with(std::optional<presence::WorkPlan> plan, bool location) {
  Record record;
  record.sequence_base = 3;
  record.sequence_base_at = at_ms(5);
  if (plan) record.ensure_extras().plan = *std::move(plan);
  if (location)
    record.ensure_extras().locations[2] =
        presence::Location{.type = presence::LocationType::kRemote, .place = "7", .until = at_ms(9)};
  return record;
}

TEST(WorkPlanCodec, RecordsRoundTrip) {
  for (const bool plan : {false, true}) {
    for (const bool location : {false, true}) {
      const Record record = record_with(plan ? std::optional(sample_plan()) : std::nullopt, location);
      EXPECT_EQ(decode(encode(record)), record) << plan << location;
    }
  }
}

// The bytes of docs/log_format.md before there were plans: parts 32, no session, then the location.
TEST(WorkPlanCodec, ARecordWithoutAPlanKeepsItsBytes) {
  const std::string bytes = encode(record_with({}, true));
  EXPECT_EQ(bytes.size(), 1 + 8 + 1 + 1 + 1 + 2 + 8 + 16U);
  EXPECT_EQ(bytes.substr(9, 5), std::string("\x20\x00\x02\x01"
                                            "7",
                                            5));
}

TEST(WorkPlanCodec, EveryShorterTextIsMalformed) {
  const std::string bytes = encode(record_with(sample_plan(), true));
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(decode(std::string_view(bytes).substr(0, size))) << size;
}

// Each row breaks one rule of docs/log_format.md.
TEST(WorkPlanCodec, RejectsMalformedPlans) {
  using Edit = void (*)(presence::WorkPlan&);
  const std::pair<const char*, Edit> rows[] = {
      {"shared", [](auto& plan) { plan.shared = static_cast<presence::SharedLocation>(3); }},
      {"no days", [](auto& plan) { plan.recurrences[0].days = 0; }},
      {"an eighth day", [](auto& plan) { plan.recurrences[0].days = 128; }},
      {"an empty range", [](auto& plan) { plan.recurrences[0].range.end = plan.recurrences[0].range.start; }},
      {"a range of more than a day",
       [](auto& plan) {
         plan.recurrences[0].range.end =
             plan.recurrences[0].range.start + presence::kWorkSegmentMax + Duration(1);
       }},
      {"a type", [](auto& plan) { plan.recurrences[0].where.type = static_cast<presence::LocationType>(4); }},
      {"a year beyond 9999",
       [](auto& plan) { plan.occurrences[0].range.end = LocalTime(std::chrono::hours(24 * 366 * 9000)); }},
      {"a year before 1",
       [](auto& plan) { plan.occurrences[0].range.start = LocalTime(-std::chrono::hours(24 * 366 * 2000)); }},
      {"a reversed range",
       [](auto& plan) { std::swap(plan.occurrences[0].range.start, plan.occurrences[0].range.end); }},
      {"a 22nd recurrence", [](auto& plan) { plan.recurrences.resize(22, plan.recurrences[0]); }},
      {"a 101st occurrence", [](auto& plan) { plan.occurrences.resize(101, plan.occurrences[0]); }},
      {"the empty plan", [](auto& plan) { plan = {}; }},
  };
  for (const auto& [name, edit] : rows) {
    presence::WorkPlan plan = sample_plan();
    edit(plan);
    EXPECT_FALSE(decode(encode(record_with(std::move(plan), false)))) << name;
  }
  presence::WorkPlan full = sample_plan();
  full.recurrences.resize(21, full.recurrences[0]);
  full.occurrences.resize(100, full.occurrences[0]);
  EXPECT_TRUE(decode(encode(record_with(std::move(full), false))));
}

TEST(WorkPlanCodec, AnUnknownZoneKeepsItsName) {
  presence::WorkPlan plan = sample_plan();
  plan.recurrences[0].range.zone = "Mars/Base";
  const std::string bytes = encode(record_with(plan, false));
  const auto read = decode(bytes);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->extras->plan->recurrences[0].range.zone, "Mars/Base");
  EXPECT_EQ(*read->extras->plan->recurrences[0].range.offsets, ZoneOffsets());
  EXPECT_EQ(encode(*read), bytes);
}

}  // namespace
}  // namespace porchlight::log
