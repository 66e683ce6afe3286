#include "http/loop_counters.h"

#include <gmock/gmock.h>

#include <map>

namespace porchlight::http {
namespace {

std::map<int, std::uint64_t> statuses(const RouteCounters& route) {
  std::map<int, std::uint64_t> counts;
  route.each_status([&](int status, std::uint64_t count) { counts[status] = count; });
  return counts;
}

TEST(RouteCounters, CountStatusesUpToTheirNumber) {
  RouteCounters route;
  for (std::size_t i = 0; i < kStatusesMax; ++i) route.count(200 + static_cast<int>(i));
  EXPECT_EQ(statuses(route).size(), kStatusesMax);
  EXPECT_EQ(statuses(route).count(0), 0u);
  route.count(500);
  route.count(503);
  route.count(200);
  EXPECT_EQ(statuses(route).size(), kStatusesMax + 1);
  EXPECT_EQ(statuses(route).at(0), 2u);
  EXPECT_EQ(statuses(route).at(200), 2u);
}

TEST(ActiveRequest, IsCountedWhileItLives) {
  LoopCounters counters;
  const auto active = [&] { return counters.active_requests[1].value(); };
  ActiveRequest held;
  {
    ActiveRequest request(counters, ListenerKind::kTls);
    EXPECT_EQ(active(), 1u);
    held = std::move(request);
  }
  EXPECT_EQ(active(), 1u);
  held = {};
  EXPECT_EQ(active(), 0u);
}

TEST(RejectReason, DependsOnTheStatus) {
  EXPECT_EQ(rejection_of(400), RejectReason::kParse);
  EXPECT_EQ(rejection_of(505), RejectReason::kParse);
  EXPECT_EQ(rejection_of(408), RejectReason::kSlow);
  EXPECT_EQ(rejection_of(413), RejectReason::kBodyLimit);
  EXPECT_EQ(rejection_of(414), RejectReason::kHeaderLimit);
  EXPECT_EQ(rejection_of(431), RejectReason::kHeaderLimit);
  EXPECT_EQ(rejection_of(429), RejectReason::kStrangers);
}

}  // namespace
}  // namespace porchlight::http
