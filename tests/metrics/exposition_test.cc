#include "metrics/exposition.h"

#include <gmock/gmock.h>

#include "base/counter.h"
#include "metrics/process.h"

namespace porchlight::metrics {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

TEST(Exposition, WritesEachKindOfMetric) {
  Exposition page;
  page.counter("a_total", "Counts a.", 3);
  page.gauge("b", "Is b.");
  page.sample({{"kind", "x"}}, 1.5);
  page.gauge("without_samples", "Is left out.");
  EXPECT_EQ(page.text(),
            "# HELP a_total Counts a.\n# TYPE a_total counter\na_total 3\n"
            "# HELP b Is b.\n# TYPE b gauge\nb{kind=\"x\"} 1.5\n");
}

TEST(HistogramSum, EstimatesQuantiles) {
  Histogram<OwnCounter, kShortTimes> times;
  HistogramSum none(kShortTimes, kSecondsPerNanosecond);
  EXPECT_EQ(none.quantile(0.5), 0);
  for (int i = 0; i < 4; ++i) times.add(std::chrono::microseconds(200));
  HistogramSum sum(kShortTimes, kSecondsPerNanosecond);
  sum.add(times);
  EXPECT_EQ(sum.count(), 4u);
  EXPECT_DOUBLE_EQ(sum.quantile(0.5), 175e-6) << "the middle of 100 to 250 µs";
  EXPECT_DOUBLE_EQ(sum.quantile(1), 250e-6);
  times.add(std::chrono::seconds(3));
  EXPECT_DOUBLE_EQ(HistogramSum(kShortTimes, kSecondsPerNanosecond).add(times).quantile(0.99), 2.5)
      << "the last bound";
}

// Buckets are cumulative, and in base units.
TEST(Exposition, WritesSumsOfHistograms) {
  Histogram<OwnCounter, kShortTimes> one;
  Histogram<SharedCounter, kShortTimes> other;
  one.add(std::chrono::microseconds(100));
  other.add(std::chrono::seconds(3));
  HistogramSum sum(kShortTimes, kSecondsPerNanosecond);
  EXPECT_TRUE(sum.empty());
  sum.add(one).add(other);
  EXPECT_FALSE(sum.empty());
  Exposition page;
  page.histogram("t_seconds", "Takes time.");
  page.sample({}, sum);
  EXPECT_THAT(page.text(), AllOf(HasSubstr("t_seconds_count 2\n"), HasSubstr("t_seconds_sum 3.0001\n"),
                                 HasSubstr("t_seconds_bucket{le=\"0.0001\"} 1\n"),
                                 HasSubstr("t_seconds_bucket{le=\"2.5\"} 1\n"),
                                 HasSubstr("t_seconds_bucket{le=\"+Inf\"} 2\n")));
}

TEST(Exposition, EscapesLabels) {
  Exposition page;
  page.gauge("a", "Is a.");
  page.sample({{"x", "a\"b\\c\nd"}}, 1);
  EXPECT_THAT(page.text(), HasSubstr(R"(a{x="a\"b\\c\nd"} 1)"));
}

TEST(Exposition, ShowsTheProcess) {
  Exposition page;
  add_process(page, Time(std::chrono::seconds(1)));
  EXPECT_THAT(page.text(),
              AllOf(HasSubstr("process_start_time_seconds 1\n"), HasSubstr("\nprocess_open_fds "),
                    HasSubstr("\nprocess_max_fds "), HasSubstr("\nprocess_cpu_seconds_total "),
                    HasSubstr("\nprocess_resident_memory_bytes "), Not(HasSubstr(" 0\n"))));
}

}  // namespace
}  // namespace porchlight::metrics
