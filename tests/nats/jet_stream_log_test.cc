// The log of a shard on one real server of the engine.
#include "nats/jet_stream_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "log/samples.h"
#include "nats/calls.h"
#include "nats/servers.h"
#include "nats/subjects.h"

namespace porchlight::nats {
namespace {

using log::Appended;
using log::batch_of;
using ::testing::HasSubstr;

class JetStream : public WithOneServer {
 protected:
  void SetUp() override {
    WithOneServer::SetUp();
    if (!engine) return;
    cell_ = make_cell();
    log_.emplace(*engine, cell_, 0);
  }
  void append_batches(std::uint64_t from, std::uint64_t to) {
    for (std::uint64_t number = from; number <= to; ++number)
      ASSERT_EQ(outcome(*log_, batch_of(number), number - 1), Appended::kOk);
  }
  // Another node's log of the shard.
  JetStreamLog other() { return {*engine, cell_, 0}; }
  // Puts any bytes into the stream, as its next message.
  void put(std::string_view bytes) {
    std::promise<void> done;
    engine->request(0, {.subject = stream_subject(cell_, 0), .bytes = bytes}, std::chrono::seconds(10),
                    [&](const auto& reply) {
                      EXPECT_TRUE(reply && parse_append_reply(reply->bytes));
                      done.set_value();
                    });
    done.get_future().wait();
  }

  std::string cell_;
  std::optional<JetStreamLog> log_;
};

TEST_F(JetStream, IsEmptyAtFirst) {
  EXPECT_EQ(log_->tail().value(), log::Tail{});
  EXPECT_TRUE(log_->read(1, 10).value().empty());
  EXPECT_TRUE(log_->read(0, 10).value().empty());
  EXPECT_EQ(log_->stamp(0).value(), std::nullopt);
  const auto next = read_on(*log_, 0);
  ASSERT_TRUE(next) << next.error().why;
  EXPECT_TRUE(next->batches.empty());
  EXPECT_EQ(next->tail, log::Tail{});
}

TEST_F(JetStream, HasWhatWasAppended) {
  std::uint64_t chain = 0;
  for (std::uint64_t number = 1; number <= 3; ++number) {
    chain = log::next_chain(chain, log::encode_events(batch_of(number)));
    const auto [appended, tail] = append(*log_, batch_of(number), number - 1);
    EXPECT_EQ(appended, Appended::kOk);
    EXPECT_EQ(tail, (log::Tail{number, 1, chain, log::at_ms(number)}));
    EXPECT_EQ(log_->tail().value(), tail);
  }
  JetStreamLog reader = other();
  const auto batches = reader.read(2, 10);
  ASSERT_TRUE(batches) << batches.error().why;
  ASSERT_EQ(batches->size(), 2u);
  EXPECT_EQ(batches->front().seq, 2u);
  EXPECT_EQ(batches->back().batch, batch_of(3));
  EXPECT_EQ(batches->back().chain, chain);
  EXPECT_EQ(reader.read(1, 1)->front().batch, batch_of(1));
  EXPECT_TRUE(reader.read(1, 0)->empty());
  EXPECT_TRUE(reader.read(4, 1)->empty());
  EXPECT_EQ(reader.stamp(3).value(), (log::BatchStamp{3, log::at_ms(3)}));
  EXPECT_EQ(reader.stamp(4).value(), std::nullopt);
  EXPECT_TRUE(reader.trim(3)) << "the stream forgets by age";
  EXPECT_EQ(reader.read(1, 10)->size(), 3u);
}

TEST_F(JetStream, RefusesWhoeverHasNotSeenTheEnd) {
  append_batches(1, 2);
  for (const std::uint64_t expected : {0, 1, 3, 100})
    EXPECT_EQ(outcome(*log_, batch_of(9), expected), Appended::kConflict) << expected;
  JetStreamLog second = other();
  EXPECT_EQ(outcome(second, batch_of(9), 1), Appended::kConflict);
  EXPECT_EQ(outcome(second, batch_of(3), 2), Appended::kOk) << "it reads the batch before for its chain";
  EXPECT_EQ(outcome(*log_, batch_of(3), 2), Appended::kConflict);
  EXPECT_EQ(log_->tail()->seq, 3u);
  EXPECT_TRUE(log_->accepts());
}

TEST_F(JetStream, ReadsOn) {
  append_batches(1, kBatchesReadAtOnce + 1);
  JetStreamLog reader = other();
  auto next = read_on(reader, 0);
  ASSERT_TRUE(next) << next.error().why;
  EXPECT_EQ(next->batches.size(), kBatchesReadAtOnce);
  EXPECT_EQ(next->tail.seq, kBatchesReadAtOnce + 1);
  next = read_on(reader, kBatchesReadAtOnce);
  ASSERT_EQ(next->batches.size(), 1u);
  EXPECT_EQ(next->batches.front().batch, batch_of(kBatchesReadAtOnce + 1));
  EXPECT_EQ(next->batches.front().chain, next->tail.chain);
  EXPECT_TRUE(read_on(reader, kBatchesReadAtOnce + 1)->batches.empty());
  EXPECT_EQ(reader.read(1, 1000)->size(), kBatchesReadAtOnce + 1);
}

TEST_F(JetStream, CallsTasksOnItsThreadsOneByOneAndInOrder) {
  const auto caller = std::this_thread::get_id();
  std::vector<int> order;  // no lock: one at a time
  std::promise<void> done;
  for (int number = 1; number <= 50; ++number)
    log_->run([&, number] {
      EXPECT_NE(std::this_thread::get_id(), caller);
      order.push_back(number);
      if (number == 50) done.set_value();
    });
  done.get_future().wait();
  EXPECT_TRUE(std::ranges::is_sorted(order));
  EXPECT_EQ(order.size(), 50u);
}

TEST_F(JetStream, CallsBackAfterTheCallThatCausedIt) {
  std::promise<void> done;
  bool is_within = false;
  log_->run([&] {
    is_within = true;
    log_->append(batch_of(1), 0, [&](Appended, const log::Tail&) {
      EXPECT_FALSE(is_within);
      is_within = true;
      log_->read_on(0, log_->now() + std::chrono::seconds(10), [&](const auto& next) {
        EXPECT_TRUE(next);
        EXPECT_FALSE(is_within);
        done.set_value();
      });
      is_within = false;
    });
    is_within = false;
  });
  done.get_future().wait();
}

TEST_F(JetStream, HasOneAppendUnderWay) {
  auto first = begin_append(*log_, batch_of(1), 0);
  auto second = begin_append(*log_, batch_of(2), 1);
  auto third = begin_append(*log_, batch_of(9), 1);
  EXPECT_EQ(first.get().first, Appended::kOk);
  EXPECT_EQ(second.get().first, Appended::kOk);
  EXPECT_EQ(third.get().first, Appended::kConflict);
}

TEST_F(JetStream, OfAStreamThatIsMissingIsUnknown) {
  JetStreamLog missing(*engine, cell_, 1);
  EXPECT_EQ(outcome(missing, batch_of(1), 0), Appended::kUnknown);
  const auto next = read_on(missing, 0, std::chrono::milliseconds(100));
  ASSERT_FALSE(next);
  EXPECT_THAT(next.error().why, HasSubstr("stream not found"));
}

TEST_F(JetStream, SaysThatABatchIsDamaged) {
  append_batches(1, 1);
  put("PLB1 is the beginning only");
  ASSERT_FALSE(log_->tail());
  EXPECT_EQ(log_->tail().error().why, "batch 0:2 is damaged");
  EXPECT_EQ(read_on(*log_, 1).error().why, "batch 0:2 is damaged");
  EXPECT_FALSE(log_->read(1, 10));
  EXPECT_EQ(log_->read(1, 1)->size(), 1u);
  EXPECT_EQ(outcome(*log_, batch_of(3), 2), Appended::kUnknown) << "nothing can continue it";
}

// The message of a batch with this number and chain.
std::string message_of(const log::Batch& batch, std::uint64_t number, std::uint64_t chain) {
  return log::encode_batch(log::header_of(batch), log::encode_events(batch), number, chain);
}

TEST_F(JetStream, SaysThatABatchWasAltered) {
  append_batches(1, 2);
  // A whole batch, but it continues another one: as after a change of an earlier batch.
  put(message_of(batch_of(3), 3, log::next_chain(7, log::encode_events(batch_of(3)))));
  JetStreamLog reader = other();
  for (JetStreamLog* const log : {&*log_, &reader}) {
    EXPECT_EQ(read_on(*log, 2).error().why, "batch 0:3 does not continue the one before it");
    EXPECT_EQ(read_on(*log, 0).error().why, "batch 0:3 does not continue the one before it");
    EXPECT_EQ(log->read(3, 1).error().why, "batch 0:3 does not continue the one before it");
  }
}

TEST_F(JetStream, SaysThatABatchIsInPlaceOfAnother) {
  append_batches(1, 1);
  put(message_of(batch_of(2), 3, log::next_chain(log_->tail()->chain, log::encode_events(batch_of(2)))));
  EXPECT_EQ(read_on(*log_, 1).error().why, "batch 0:2 is in place of number 3");
  EXPECT_FALSE(log_->stamp(2));
}

// A batch whose message has this many bytes.
log::Batch batch_of_bytes(std::size_t bytes) {
  log::Batch batch = batch_of(1);
  batch.events = {log::Event{log::id_of(1), log::id_of(1), log::id_of(2), 1, log::SkippedEvent{255, 1, ""}}};
  auto& text = std::get<log::SkippedEvent>(batch.events[0].body).bytes;
  text.resize(bytes - 200);
  text.resize(text.size() + bytes - log::open_message(batch).size());
  EXPECT_EQ(log::open_message(batch).size(), bytes);
  return batch;
}

TEST_F(JetStream, TakesBatchesUpToTheLimit) {
  const log::Batch largest = batch_of_bytes(kMessageBytesMax);
  EXPECT_EQ(outcome(*log_, largest, 0), Appended::kOk);
  EXPECT_EQ(log_->read(1, 1)->front().batch, largest);
  EXPECT_EQ(log_->tail()->seq, 1u);
  EXPECT_EQ(outcome(*log_, batch_of_bytes(kMessageBytesMax + 1), 1), Appended::kUnknown);
  EXPECT_FALSE(log_->accepts());
  EXPECT_EQ(log_->tail()->seq, 1u);
  EXPECT_EQ(outcome(*log_, batch_of(2), 1), Appended::kOk);
  EXPECT_TRUE(log_->accepts());
}

}  // namespace
}  // namespace porchlight::nats
