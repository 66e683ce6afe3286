// The report of a load test, and when a bound counts as broken.
#include "loadtest/report.h"

#include <gmock/gmock.h>

#include <functional>

#include "loadtest/advice.h"

namespace porchlight::loadtest {
namespace {

using testing::HasSubstr;
using testing::Not;

Report good_report() {
  Report report;
  report.scenario = "watched";
  report.streams = 1000;
  report.people = 1;
  report.open_seconds = 0.5;
  report.changes = 10;
  report.delivered = report.delivered_max = 10'000;
  report.latency = {1.5, 20, 25};
  report.bytes = 4'423'000;
  report.answer_latency = {0.5, 2, 3};
  report.server = Report::ServerCost{
      .cpu_seconds = 0.3, .opening_cpu_seconds = 0.1, .resident_bytes = 1000 * kBytesPerStreamMax};
  return report;
}

TEST(Report, ChecksTheBounds) {
  const std::pair<const char*, std::function<void(Report&)>> broken[] = {
      {"behind", [](Report& b) { b.behind = 1; }},
      {"lost", [](Report& b) { b.lost = 1; }},
      {"told twice", [](Report& b) { ++b.delivered; }},
      {"memory", [](Report& b) { b.server->resident_bytes += 1000; }},
      {"processor time", [](Report& b) { b.server->cpu_seconds = 0.71; }},
  };
  EXPECT_TRUE(within_bound(good_report()));
  EXPECT_THAT(text_of(good_report()), Not(HasSubstr("BROKEN")));
  for (const auto& [what, spoil] : broken) {
    Report report = good_report();
    spoil(report);
    EXPECT_FALSE(within_bound(report)) << what;
    EXPECT_THAT(text_of(report), HasSubstr("[BROKEN]")) << what;
    EXPECT_THAT(json_of(report), HasSubstr(R"("held":false)")) << what;
  }
}

TEST(Report, WithFewStreamsCostIsNotChecked) {
  Report report = good_report();
  report.streams = kStreamsForCostMin - 1;
  report.server->resident_bytes = 1e9;
  EXPECT_TRUE(within_bound(report));
  EXPECT_THAT(text_of(report), HasSubstr("cannot be measured"));
  report.streams = kStreamsForCostMin;
  EXPECT_FALSE(within_bound(report));
  report.server.reset();
  EXPECT_TRUE(within_bound(report));
  EXPECT_THAT(text_of(report), HasSubstr("cannot be seen"));
}

TEST(Report, TextAndJson) {
  Report report = good_report();
  report.resumed = 7;
  report.retries = 3;
  const std::string text = text_of(report);
  for (const char* line :
       {"watched: 1000 streams, 1 people", "0.50 s", "resumed with Last-Event-ID         7", "3 times",
        "10, 10000", "p50 0.5 ms, p99 2.0 ms, max 3.0 ms", "p50 1.5 ms, p99 20.0 ms, max 25.0 ms", "4423000",
        "0.10 s, 100.0 us per stream", "0.20 s, 20.0 us per event", "8192 bytes per stream"})
    EXPECT_THAT(text, HasSubstr(line));
  report.server->opening_cpu_seconds.reset();
  EXPECT_THAT(text_of(report), HasSubstr("0.30 s, 27.3 us per opening or event"));
  EXPECT_THAT(
      json_of(report),
      HasSubstr(
          R"({"storm":"watched","streams":1000,"people":1,"openSeconds":0.5,"resumed":7,"turnedAway":3,)"));
  EXPECT_THAT(json_of(report), HasSubstr(R"("answerMs":{"p50":0.5,"p99":2,"max":3})"));
  EXPECT_THAT(json_of(report), HasSubstr(R"("latencyMs":{"p50":1.5,"p99":20,"max":25})"));
}

TEST(Latency, HasPercentiles) {
  EXPECT_EQ(latency_of({}).max, 0);
  std::vector<float> ms;
  for (int i = 100; i >= 0; --i) ms.push_back(static_cast<float>(i));
  const Latency latency = latency_of(ms);
  EXPECT_EQ(latency.p50, 50);
  EXPECT_EQ(latency.p99, 99);
  EXPECT_EQ(latency.max, 100);
}

TEST(Advice, NamesTheSetting) {
  EXPECT_THAT(advice_for_stream(429, 20'000), HasSubstr("per_application = 20000"));
  EXPECT_THAT(advice_for_stream(429, 20'000), HasSubstr("--throttle off"));
  EXPECT_THAT(advice_for_stream(429, 50), HasSubstr("1000 by default"));
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
}  // namespace porchlight::loadtest
