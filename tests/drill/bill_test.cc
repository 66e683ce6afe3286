// What a bill says, and when a bound counts as broken.
#include "drill/bill.h"

#include <gmock/gmock.h>

#include <functional>

#include "drill/advice.h"

namespace porchlight::drill {
namespace {

using testing::HasSubstr;
using testing::Not;

Bill good_bill() {
  Bill bill;
  bill.storm = "watched";
  bill.streams = 1000;
  bill.people = 1;
  bill.open_seconds = 0.5;
  bill.changes = 10;
  bill.told = bill.told_max = 10'000;
  bill.latency = {1.5, 20, 25};
  bill.bytes = 4'423'000;
  bill.answers = {0.5, 2, 3};
  bill.server = Bill::Server{
      .cpu_seconds = 0.3, .opening_cpu_seconds = 0.1, .resident_bytes = 1000 * kBytesPerStreamMax};
  return bill;
}

TEST(Bill, IsJudgedByTheWrittenBound) {
  const std::pair<const char*, std::function<void(Bill&)>> broken[] = {
      {"behind", [](Bill& b) { b.behind = 1; }},
      {"lost", [](Bill& b) { b.lost = 1; }},
      {"told twice", [](Bill& b) { ++b.told; }},
      {"memory", [](Bill& b) { b.server->resident_bytes += 1000; }},
      {"processor time", [](Bill& b) { b.server->cpu_seconds = 0.71; }},
  };
  EXPECT_TRUE(held(good_bill()));
  EXPECT_THAT(text_of(good_bill()), Not(HasSubstr("BROKEN")));
  for (const auto& [what, spoil] : broken) {
    Bill bill = good_bill();
    spoil(bill);
    EXPECT_FALSE(held(bill)) << what;
    EXPECT_THAT(text_of(bill), HasSubstr("[BROKEN]")) << what;
    EXPECT_THAT(json_of(bill), HasSubstr(R"("held":false)")) << what;
  }
}

TEST(Bill, OfFewStreamsSaysNothingOfTheCostOfEach) {
  Bill bill = good_bill();
  bill.streams = kStreamsThatTell - 1;
  bill.server->resident_bytes = 1e9;
  EXPECT_TRUE(held(bill));
  EXPECT_THAT(text_of(bill), HasSubstr("cannot be told"));
  bill.server.reset();
  EXPECT_TRUE(held(bill));
  EXPECT_THAT(text_of(bill), HasSubstr("cannot be seen"));
}

TEST(Bill, IsReadByPeopleAndByMachines) {
  Bill bill = good_bill();
  bill.resumed = 7;
  bill.turned_away = 3;
  const std::string text = text_of(bill);
  for (const char* line :
       {"watched: 1000 streams, 1 people", "0.50 s", "went on where they had ended       7", "3 times",
        "10, 10000", "p50 0.5 ms, p99 2.0 ms, max 3.0 ms", "p50 1.5 ms, p99 20.0 ms, max 25.0 ms", "4423000",
        "0.10 s, 100.0 us a stream", "0.20 s, 20.0 us an event", "8192 bytes a stream"})
    EXPECT_THAT(text, HasSubstr(line));
  bill.server->opening_cpu_seconds.reset();
  EXPECT_THAT(text_of(bill), HasSubstr("0.30 s, 27.3 us an opening or event"));
  EXPECT_THAT(
      json_of(bill),
      HasSubstr(
          R"({"storm":"watched","streams":1000,"people":1,"openSeconds":0.5,"resumed":7,"turnedAway":3,)"));
  EXPECT_THAT(json_of(bill), HasSubstr(R"("answerMs":{"p50":0.5,"p99":2,"max":3})"));
  EXPECT_THAT(json_of(bill), HasSubstr(R"("latencyMs":{"p50":1.5,"p99":20,"max":25})"));
}

TEST(Latency, IsOfAllOfThem) {
  EXPECT_EQ(latency_of({}).max, 0);
  std::vector<float> ms;
  for (int i = 100; i >= 0; --i) ms.push_back(static_cast<float>(i));
  const Latency latency = latency_of(ms);
  EXPECT_EQ(latency.p50, 50);
  EXPECT_EQ(latency.p99, 99);
  EXPECT_EQ(latency.max, 100);
}

TEST(Advice, SaysWhatToSet) {
  EXPECT_THAT(advice_for_stream(429, 20'000), HasSubstr("per_application = 20000"));
  EXPECT_THAT(advice_for_stream(429, 20'000), HasSubstr("--throttle off"));
  EXPECT_THAT(advice_for_change(429), HasSubstr("--throttle off"));
  EXPECT_THAT(advice_for_change(403), HasSubstr("Presence.ReadWrite.All"));
  EXPECT_THAT(advice_for_stream(403, 1), HasSubstr("Presence.Read.All"));
  for (const int status : {401, 404, 500, 503}) {
    EXPECT_THAT(advice_for_change(status), HasSubstr(std::to_string(status)));
    EXPECT_THAT(advice_for_stream(status, 1),
                testing::AnyOf(HasSubstr(std::to_string(status)), HasSubstr("(404)")));
  }
}

}  // namespace
}  // namespace porchlight::drill
