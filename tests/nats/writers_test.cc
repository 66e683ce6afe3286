// Two writers with a view each that append to the same stream by turns.
#include <gtest/gtest.h>

#include <deque>
#include <future>

#include "base/random.h"
#include "log/samples.h"
#include "nats/jet_stream_log.h"
#include "nats/servers.h"
#include "state/writer.h"
#include "support/fake_log.h"

namespace porchlight::nats {
namespace {

using log::id_of;
using state::UserKey;

const UserKey kUser{id_of(1), id_of(100)};

// A node: its logs are in memory, except that of the user's shard.
class WriterNode {
 public:
  WriterNode(Engine& engine, const std::string& cell)
      : log_(engine, cell, 0), others_(state::kShards), writer_(view_, logs()) {}

  state::Outcome put() {
    return wait([this](auto done) {
      writer_.submit({{kUser.tenant, kUser.user, directory::UserPut{"ana@x.test", "Ana"}}}, log::at_ms(0),
                     std::move(done));
    });
  }
  state::Outcome set_session(std::uint64_t number) {
    const presence::SetSession command{
        {id_of(900), id_of(number)}, log::state_of("Busy", "InACall"), std::nullopt, false};
    return wait([this, &command](auto done) {
      writer_.submit(kUser, secure_random_guid(), command, log::at_ms(0), std::move(done));
    });
  }
  state::Outcome follow() {
    return wait(
        [this](auto done) { writer_.follow(state::shard_of(kUser.tenant, kUser.user), std::move(done)); });
  }
  std::size_t sessions() const {
    std::size_t count = 0;
    view_.read(kUser, [&](const presence::Record& record) { count = record.sessions.size(); });
    return count;
  }
  const state::WriterCounters& counters() const { return writer_.counters(); }

 private:
  std::vector<log::ShardLog*> logs() {
    std::vector<log::ShardLog*> all;
    for (log::FakeLog& log : others_) all.push_back(&log);
    all[state::shard_of(kUser.tenant, kUser.user)] = &log_;
    return all;
  }
  template <typename Begin>
  state::Outcome wait(Begin begin) {
    std::promise<state::Outcome> promise;
    auto future = promise.get_future();
    begin([promise = std::move(promise)](const state::Outcome& outcome) mutable {
      promise.set_value(outcome);
    });
    return future.get();
  }

  state::View view_;
  JetStreamLog log_;
  std::deque<log::FakeLog> others_;
  state::Writer writer_;
};

class TwoWriters : public WithOneServer {};

TEST_F(TwoWriters, TakeTurnsWithoutARefusal) {
  const std::string cell = make_cell();
  WriterNode first(*engine, cell), second(*engine, cell);
  ASSERT_TRUE(first.put());
  constexpr std::uint64_t kTurns = 10;
  for (std::uint64_t turn = 1; turn <= kTurns; ++turn) {
    WriterNode& writer = turn % 2 ? second : first;
    const auto outcome = writer.set_session(turn);
    ASSERT_TRUE(outcome);
    EXPECT_EQ(outcome->seq, turn + 1);
  }
  ASSERT_TRUE(first.follow() && second.follow());
  EXPECT_EQ(first.sessions(), kTurns);
  EXPECT_EQ(second.sessions(), kTurns);
  EXPECT_EQ(first.counters().unavailable.value() + second.counters().unavailable.value(), 0u);
  EXPECT_EQ(first.counters().unknown.value() + second.counters().unknown.value(), 0u);
  EXPECT_GE(first.counters().conflicts.value(), 1u) << "it learns of the other's batches by a conflict";
}

TEST_F(TwoWriters, WriteAtOnceWithoutARefusal) {
  const std::string cell = make_cell();
  WriterNode first(*engine, cell), second(*engine, cell);
  ASSERT_TRUE(first.put());
  constexpr std::uint64_t kEach = 8;  // a user has sixteen sessions at most
  const auto write = [](WriterNode& node, std::uint64_t from) {
    std::size_t failed = 0;
    for (std::uint64_t number = from; number < from + kEach; ++number)
      failed += node.set_session(number) ? 0 : 1;
    return failed;
  };
  auto other = std::async(std::launch::async, [&] { return write(second, 1 + kEach); });
  EXPECT_EQ(write(first, 1), 0u);
  EXPECT_EQ(other.get(), 0u);
  ASSERT_TRUE(first.follow() && second.follow());
  EXPECT_EQ(first.sessions(), 2 * kEach);
  EXPECT_EQ(second.sessions(), 2 * kEach);
}

}  // namespace
}  // namespace porchlight::nats
