#include "nats/streams.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nats/servers.h"
#include "nats/subjects.h"

namespace porchlight::nats {
namespace {

using ::testing::HasSubstr;

class Streams : public WithOneServer {
 protected:
  std::expected<void, std::string> make(const CellStreams& settings) {
    return make_streams(*engine, settings, std::chrono::seconds(30));
  }
  const CellStreams settings_{.cell = "streams", .shards = 64, .replicas = 1};
};

TEST_F(Streams, AreMadeOnce) {
  ASSERT_TRUE(make(settings_));
  EXPECT_TRUE(make(settings_)) << "those that are there stay";
  EXPECT_NE(stream_of("streams", 63), stream_of("streams", 62));
}

TEST_F(Streams, WithOtherSettingsAreRefused) {
  CellStreams other = settings_;
  other.cell = "others";
  other.shards = 1;
  ASSERT_TRUE(make(other));
  other.max_age += std::chrono::hours(1);
  const auto made = make(other);
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error(), HasSubstr("exists with other settings"));
}

TEST_F(Streams, HaveBoundedSettings) {
  const auto fails = [&](auto change) {
    CellStreams settings = settings_;
    settings.cell = "bounds";
    settings.shards = 1;
    change(settings);
    return !make(settings).has_value();
  };
  EXPECT_FALSE(fails([](CellStreams& s) { s.max_age = kBatchAgeMin; }));
  EXPECT_TRUE(fails([](CellStreams& s) { s.max_age = kBatchAgeMin - Duration(1); }));
  EXPECT_FALSE(fails([](CellStreams& s) { s.cell = "bounds2", s.max_age = kBatchAgeMax; }));
  EXPECT_TRUE(fails([](CellStreams& s) { s.max_age = kBatchAgeMax + Duration(1); }));
  EXPECT_TRUE(fails([](CellStreams& s) { s.replicas = 0; }));
  EXPECT_TRUE(fails([](CellStreams& s) { s.replicas = 2; }));
  EXPECT_FALSE(fails([](CellStreams& s) { s.cell = std::string(kCellBytesMax, 'c'); }));
  EXPECT_TRUE(fails([](CellStreams& s) { s.cell = std::string(kCellBytesMax + 1, 'c'); }));
  for (const char* const cell : {"", "a.b", "a*", "A", "a b"})
    EXPECT_TRUE(fails([cell](CellStreams& s) { s.cell = cell; })) << cell;
}

// One server does not keep three copies: tried until the time is over.
TEST_F(Streams, ThatTheEngineRefusesAreTriedAgain) {
  CellStreams many = settings_;
  many.cell = "many";
  many.replicas = 3;
  const auto made = make_streams(*engine, many, kStreamMadeAgainAfter);
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error(), HasSubstr("the engine does not make the streams"));
}

}  // namespace
}  // namespace porchlight::nats
