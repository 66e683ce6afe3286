// The log of one shard in the message engine: a stream. Each of its messages is a batch (log/batch_codec.h), and has
// the batch's number. The stream forgets batches by age, so writers renew the tail of a shard that is idle.
#pragma once

#include <atomic>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "log/batch_codec.h"
#include "log/shard_log.h"
#include "nats/engine.h"
#include "nats/stream_reader.h"

namespace porchlight::nats {

// When the outcome of an append counts as unknown: as long as a request is tried.
inline constexpr Duration kAppendedWithin = std::chrono::seconds(2);
// How long tail(), stamp() and each step of read() may take.
inline constexpr Duration kReadWithin = std::chrono::seconds(5);
// The batches that are read at once: all that read_on() returns.
inline constexpr std::size_t kBatchesReadAtOnce = 32;

// What is read is checked: that each batch is whole, its number, and its chain. A batch that fails is Unavailable, with
// the reason.
class JetStreamLog final : public log::ShardLog {
 public:
  // The log of a shard of the cell. The engine must outlive it.
  JetStreamLog(Engine& engine, std::string_view cell, std::uint32_t shard);
  // Callbacks that are not called by then never are.
  ~JetStreamLog() override;

  void run(LogTask task) override;
  // kUnknown after kAppendedWithin, and if the engine can't be reached. kConflict only if the engine says so, or the
  // log has no batch `expected_last`. Later appends of the object wait for the one before.
  void append(const log::Batch& batch, std::uint64_t expected_last, AppendCallback done) override;
  // At most kBatchesReadAtOnce.
  void read_on(std::uint64_t after, SteadyTime deadline, ReadCallback done) override;
  // False while there is no connection, and after the engine refused an append otherwise than by a conflict.
  bool accepts() const override;
  SteadyTime now() const override;
  // Unavailable, too, if the stream forgot all batches that it ever had.
  std::expected<log::Tail, log::Unavailable> tail() override;
  std::expected<std::vector<log::StoredBatch>, log::Unavailable> read(std::uint64_t from,
                                                                      std::size_t limit) override;
  std::expected<std::optional<log::BatchStamp>, log::Unavailable> stamp(std::uint64_t from) override;
  // Does nothing: the stream forgets by age.
  std::expected<void, log::Unavailable> trim(std::uint64_t upto) override;

 private:
  struct QueuedAppend {
    std::uint64_t expected_last;
    log::BatchHeader header;
    std::string message;  // of open_message()
    AppendCallback done;
  };
  // The end of the log, and the last message as it was read.
  struct LogEnd {
    log::Tail tail;
    std::optional<StreamMessage> last;
  };
  using Batches = std::expected<std::vector<log::StoredBatch>, log::Unavailable>;
  struct RangeReading;

  void begin_append();
  void find_chain();
  void send_append(std::uint64_t chain_before);
  void take_append_reply(const log::Tail& tail, const std::expected<EngineReply, RequestFault>& reply);
  log::Appended outcome_of(const log::Tail& tail, const std::expected<EngineReply, RequestFault>& reply);
  void note_refusal(const std::string& why);
  void end_append(log::Appended appended, const log::Tail& tail);

  void read_end(SteadyTime deadline,
                std::move_only_function<void(std::expected<LogEnd, log::Unavailable>)> done);
  std::expected<LogEnd, log::Unavailable> end_with(StreamMessage message);
  void read_range(std::uint64_t first, std::uint64_t last, std::optional<StreamMessage> known,
                  SteadyTime deadline, std::move_only_function<void(Batches)> done);
  Batches check(const RangeReading& reading);
  std::expected<log::DecodedBatch, log::Unavailable> decode(std::uint64_t number,
                                                            std::string_view bytes) const;
  std::unexpected<log::Unavailable> fault_at(std::uint64_t number, std::string_view what) const;
  std::optional<std::uint64_t> chain_at(std::uint64_t number) const;

  Engine& engine_;
  const std::uint32_t shard_;
  const std::string stream_;
  const std::string subject_;
  const TaskSequence sequence_;
  StreamReader reader_;
  std::atomic<bool> is_refused_ = false;

  // Used on the sequence.
  std::deque<QueuedAppend> appends_;  // the first is under way
  std::size_t place_;                 // of the connection for the next append
  log::Tail known_;                   // the last batch that was read or appended
};

}  // namespace porchlight::nats
