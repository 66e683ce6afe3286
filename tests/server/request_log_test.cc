#include "server/request_log.h"

#include <gtest/gtest.h>

namespace porchlight::server {
namespace {

constexpr Time kStart{std::chrono::hours(500'000)};

Guid numbered(std::size_t number) {
  Guid id;
  id.bytes[14] = static_cast<std::uint8_t>(number >> 8);
  id.bytes[15] = static_cast<std::uint8_t>(number);
  return id;
}

class RequestLogTest : public testing::Test {
 protected:
  void add(const Guid& tenant, int status = 200) {
    log_.add({.at = {},
              .method = "GET",
              .route = 1,
              .status = status,
              .took = {},
              .tenant = tenant,
              .app = {},
              .id = {}});
  }

  ManualClock clock_{kStart};
  RequestLog log_{clock_};
};

TEST_F(RequestLogTest, RecordsAMinuteAfterEachLook) {
  EXPECT_FALSE(log_.is_on());
  EXPECT_TRUE(log_.look(numbered(1)).empty());
  EXPECT_TRUE(log_.is_on());
  clock_.advance(kRequestsWatched - Duration(1));
  add(numbered(1));
  ASSERT_EQ(log_.look(numbered(1)).size(), 1u);
  EXPECT_EQ(log_.look(numbered(1)).front().at, kStart + kRequestsWatched - Duration(1));
  clock_.advance(kRequestsWatched);
  add(numbered(1));
  EXPECT_FALSE(log_.is_on());
  EXPECT_TRUE(log_.look(numbered(1)).empty()) << "nothing is kept longer";
}

TEST_F(RequestLogTest, KeepsTheLastOnes) {
  log_.look(Guid{});
  for (std::size_t i = 0; i < kRequestsKept; ++i) add(numbered(1), 200);
  EXPECT_EQ(log_.look(Guid{}).size(), kRequestsKept);
  add(numbered(2), 404);
  const auto entries = log_.look(Guid{});
  ASSERT_EQ(entries.size(), kRequestsKept);
  EXPECT_EQ(entries.front().status, 404) << "the newest first";
}

TEST_F(RequestLogTest, KeepsThoseOfATenantApart) {
  log_.look(numbered(1));
  log_.look(numbered(2));
  add(numbered(1), 200);
  add(numbered(2), 404);
  add(Guid{}, 401);
  ASSERT_EQ(log_.look(numbered(1)).size(), 1u);
  EXPECT_EQ(log_.look(numbered(1)).front().status, 200);
}

TEST_F(RequestLogTest, AFurtherTenantTakesThePlaceOfAnother) {
  for (std::size_t i = 1; i <= kRequestWatchesMax; ++i) {
    log_.look(numbered(i));
    clock_.advance(Duration(1));
  }
  add(numbered(1));
  ASSERT_EQ(log_.look(numbered(1)).size(), 1u) << "all have a place; it has looked again";
  log_.look(numbered(kRequestWatchesMax + 1));
  add(numbered(1));
  add(numbered(2));
  EXPECT_EQ(log_.look(numbered(1)).size(), 2u);
  EXPECT_TRUE(log_.look(numbered(2)).empty()) << "its time would have ended first";
}

}  // namespace
}  // namespace porchlight::server
