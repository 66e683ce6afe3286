// The log while servers of the engine stall, die and come back.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "log/samples.h"
#include "nats/calls.h"
#include "nats/servers.h"
#include "nats/streams.h"
#include "nats/subjects.h"

namespace porchlight::nats {
namespace {

using log::Appended;
using log::batch_of;

// The place of the server that leads a stream; 3 if none does.
std::size_t leader_of(Engine& engine, const std::string& stream) {
  std::size_t leader = 3;
  std::promise<void> done;
  engine.request(0, {.subject = "$JS.API.STREAM.INFO." + stream, .bytes = {}}, std::chrono::seconds(10),
                 [&](const std::expected<EngineReply, RequestFault>& reply) {
                   for (std::size_t place = 0; reply && place < 3; ++place)
                     if (reply->bytes.contains(fmt::format(R"("leader":"n{}")", place + 1))) leader = place;
                   done.set_value();
                 });
  done.get_future().wait();
  return leader;
}

class EngineFaults : public WithEngine {
 protected:
  // Starts servers with one stream. A new cluster of three may know only two of its servers for minutes, and then
  // refuses streams; another one is started in its place.
  void start(std::size_t count) {
    std::expected<void, std::string> made;
    for (int tries = 0; tries < 3; ++tries) {
      engine_.reset();
      servers_.emplace(count);
      engine_.emplace(servers_->options());
      made = make_streams(*engine_, {.cell = "cell", .shards = 1, .replicas = static_cast<unsigned>(count)},
                          std::chrono::seconds(20));
      if (made) break;
    }
    ASSERT_TRUE(made) << made.error() << servers_->logs();
    log_.emplace(*engine_, "cell", 0);
  }
  // Appends batches until one is acknowledged, as a writer does. Returns its number.
  std::uint64_t append_again() {
    for (const auto begin = std::chrono::steady_clock::now();;) {
      const auto next = read_on(*log_, known_);
      if (next && !next->batches.empty()) known_ = next->batches.back().seq;
      if (next && next->tail.seq == known_) {
        const auto [appended, tail] = append(*log_, batch_of(known_ + 1), known_);
        if (appended == Appended::kOk) return known_ = tail.seq;
      }
      if (std::chrono::steady_clock::now() - begin > std::chrono::minutes(1)) {
        ADD_FAILURE() << "no append succeeds";
        return 0;
      }
    }
  }
  // What was acknowledged is there, in order and once.
  void expect_batches(const std::vector<std::uint64_t>& acknowledged) {
    std::expected<std::vector<log::StoredBatch>, log::Unavailable> batches;
    ASSERT_TRUE(eventually([&] { return (batches = log_->read(1, 100'000)).has_value(); }))
        << batches.error().why;
    for (std::size_t place = 0; place < batches->size(); ++place) EXPECT_EQ((*batches)[place].seq, place + 1);
    for (const std::uint64_t number : acknowledged) {
      ASSERT_LE(number, batches->size()) << "an acknowledged batch is lost";
      EXPECT_EQ((*batches)[number - 1].batch, batch_of(number));
    }
  }

  std::optional<EngineServers> servers_;
  std::optional<Engine> engine_;
  std::optional<JetStreamLog> log_;
  std::uint64_t known_ = 0;
};

TEST_F(EngineFaults, LoseNothingAcknowledgedWhenTheServerIsKilled) {
  ASSERT_NO_FATAL_FAILURE(start(1));
  std::vector<std::uint64_t> acknowledged;
  for (int kills = 1; kills <= 2; ++kills) {
    // The kill meets an append that is under way.
    for (int count = 0; count < 20; ++count) acknowledged.push_back(append_again());
    auto open = begin_append(*log_, batch_of(known_ + 1), known_);
    servers_->at(0).kill();
    if (open.get().first == Appended::kOk) acknowledged.push_back(known_ + 1);
    EXPECT_EQ(outcome(*log_, batch_of(known_ + 1), known_), Appended::kUnknown);
    EXPECT_TRUE(eventually([&] { return !log_->accepts(); }));
    EXPECT_FALSE(read_on(*log_, 0, std::chrono::milliseconds(10)));
    servers_->at(0).start();
    acknowledged.push_back(append_again());
    EXPECT_TRUE(log_->accepts());
  }
  expect_batches(acknowledged);
}

TEST_F(EngineFaults, MakeAnOutcomeUnknownThatIsLate) {
  ASSERT_NO_FATAL_FAILURE(start(1));
  ASSERT_EQ(outcome(*log_, batch_of(1), 0), Appended::kOk);
  servers_->at(0).pause(true);
  const auto begin = log_->now();
  EXPECT_EQ(outcome(*log_, batch_of(2), 1), Appended::kUnknown);
  EXPECT_GE(log_->now() - begin, kAppendedWithin);
  servers_->at(0).pause(false);
  // The server has the append, and carries it out now.
  EXPECT_TRUE(eventually([&] { return log_->tail().value_or(log::Tail{}).seq == 2; }));
  EXPECT_EQ(outcome(*log_, batch_of(2), 1), Appended::kConflict);
  EXPECT_EQ(outcome(*log_, batch_of(3), 2), Appended::kOk);
}

// The leader of the stream is killed: the others elect another one.
TEST_F(EngineFaults, AreSurvivedByTwoServersOfThree) {
  ASSERT_NO_FATAL_FAILURE(start(3));
  std::vector<std::uint64_t> acknowledged;
  for (int count = 0; count < 20; ++count) acknowledged.push_back(append_again());
  const std::size_t leader = leader_of(*engine_, stream_of("cell", 0));
  ASSERT_LT(leader, 3u);
  servers_->at(leader).kill();
  const auto begin = log_->now();
  acknowledged.push_back(append_again());
  RecordProperty("ms_until_the_next_append", std::to_string((log_->now() - begin).count()));
  for (int count = 0; count < 20; ++count) acknowledged.push_back(append_again());
  expect_batches(acknowledged);
}

}  // namespace
}  // namespace porchlight::nats
