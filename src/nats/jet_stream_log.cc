#include "nats/jet_stream_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <future>
#include <utility>

#include "base/logging.h"
#include "nats/subjects.h"

namespace porchlight::nats {

using log::Appended;
using log::Tail;
using log::Unavailable;

namespace {

// The result that begin(done) gives to done.
template <typename Result>
Result wait_for(auto&& begin) {
  std::promise<Result> promise;
  auto future = promise.get_future();
  begin([promise = std::move(promise)](Result result) mutable { promise.set_value(std::move(result)); });
  return future.get();
}

}  // namespace

// The batches of a range of numbers while they are read.
struct JetStreamLog::RangeReading {
  std::uint64_t first;                          // of `messages`: the first wanted, or the one before
  std::uint64_t wanted;                         // the first wanted
  std::optional<std::uint64_t> chain_before;    // before `first`, if it is known
  std::vector<StreamReader::Fetched> messages;  // by number
  std::size_t missing = 0;
  std::move_only_function<void(Batches)> done;
};

JetStreamLog::JetStreamLog(Engine& engine, std::string_view cell, std::uint32_t shard)
    : engine_(engine),
      shard_(shard),
      stream_(stream_of(cell, shard)),
      subject_(stream_subject(cell, shard)),
      sequence_(engine.threads()),
      reader_(engine, sequence_, stream_, subject_),
      place_(shard) {}

JetStreamLog::~JetStreamLog() { sequence_.close(); }

void JetStreamLog::run(LogTask task) { sequence_.post(std::move(task)); }

bool JetStreamLog::accepts() const { return !is_refused_ && engine_.is_connected(); }

SteadyTime JetStreamLog::now() const { return steady_now(); }

void JetStreamLog::append(const log::Batch& batch, std::uint64_t expected_last, AppendCallback done) {
  sequence_.post([this, append = QueuedAppend{expected_last, log::header_of(batch), log::open_message(batch),
                                              std::move(done)}]() mutable {
    appends_.push_back(std::move(append));
    if (appends_.size() == 1) begin_append();
  });
}

// The chain with batch `number`, if it is known.
std::optional<std::uint64_t> JetStreamLog::chain_at(std::uint64_t number) const {
  if (number == 0) return 0;
  return number == known_.seq ? std::optional(known_.chain) : std::nullopt;
}

void JetStreamLog::begin_append() {
  if (const auto chain = chain_at(appends_.front().expected_last)) return send_append(*chain);
  find_chain();
}

// The chain continues that of the batch before. A batch that another node told this one about was not read here.
void JetStreamLog::find_chain() {
  const std::uint64_t number = appends_.front().expected_last;
  reader_.get(number, now() + kAppendedWithin, [this, number](StreamReader::Fetched fetched) {
    if (!fetched) return end_append(Appended::kUnknown, {});
    if (!*fetched) return end_append(Appended::kConflict, {});
    const auto batch = decode(number, (*fetched)->bytes);
    if (batch) return send_append(batch->chain);
    log_error("a batch of the log can't be continued", {{"error", batch.error().why}});
    end_append(Appended::kUnknown, {});
  });
}

void JetStreamLog::send_append(std::uint64_t chain_before) {
  QueuedAppend& append = appends_.front();
  const Tail tail{.seq = append.expected_last + 1,
                  .epoch = append.header.epoch,
                  .chain = log::next_chain(chain_before, log::events_of(append.message)),
                  .at = append.header.at};
  log::seal_message(append.message, append.header, tail.seq, tail.chain);
  if (append.message.size() > kMessageBytesMax) {
    note_refusal(fmt::format("{} bytes are more than a message may have", append.message.size()));
    return end_append(Appended::kUnknown, {});
  }
  OutgoingMessage message{
      .subject = subject_, .bytes = append.message, .stream = stream_, .expected_last = append.expected_last};
  engine_.request(place_, std::move(message), kAppendedWithin,
                  [this, sequence = sequence_, tail](std::expected<EngineReply, RequestFault> reply) {
                    sequence.post([this, tail, reply = std::move(reply)] { take_append_reply(tail, reply); });
                  });
}

void JetStreamLog::take_append_reply(const Tail& tail,
                                     const std::expected<EngineReply, RequestFault>& reply) {
  const Appended outcome = outcome_of(tail, reply);
  if (outcome == Appended::kOk) known_ = tail;
  end_append(outcome, outcome == Appended::kOk ? tail : Tail{});
}

Appended JetStreamLog::outcome_of(const Tail& tail, const std::expected<EngineReply, RequestFault>& reply) {
  if (!reply) {
    ++place_;
    return Appended::kUnknown;
  }
  const auto number = parse_append_reply(reply->bytes);
  if (number && *number == tail.seq) {
    is_refused_ = false;
    return Appended::kOk;
  }
  if (!number && number.error().code == kWrongLastNumber) return Appended::kConflict;
  const std::string why =
      number ? fmt::format("it gave number {} to batch {}", *number, tail.seq) : number.error().text;
  note_refusal(why);
  return Appended::kUnknown;
}

void JetStreamLog::note_refusal(const std::string& why) {
  if (!is_refused_.exchange(true))
    log_error("the message engine takes no batches", {{"shard", shard_}, {"error", why}});
}

// The next append begins behind the tasks that wait, so that `done` is not followed by another append's step at once.
void JetStreamLog::end_append(Appended appended, const Tail& tail) {
  AppendCallback done = std::move(appends_.front().done);
  appends_.pop_front();
  if (!appends_.empty()) sequence_.post([this] { begin_append(); });
  done(appended, tail);
}

std::unexpected<Unavailable> JetStreamLog::fault_at(std::uint64_t number, std::string_view what) const {
  return std::unexpected(Unavailable{fmt::format("batch {}:{} {}", shard_, number, what)});
}

std::expected<log::DecodedBatch, Unavailable> JetStreamLog::decode(std::uint64_t number,
                                                                   std::string_view bytes) const {
  auto decoded = log::decode_batch(bytes);
  if (!decoded && decoded.error() == log::CodecError::kNewer)
    return fault_at(number, "is of a newer format: run the version that wrote it");
  if (!decoded) return fault_at(number, "is damaged");
  if (decoded->n != number) return fault_at(number, fmt::format("is in place of number {}", decoded->n));
  return *std::move(decoded);
}

std::expected<JetStreamLog::LogEnd, Unavailable> JetStreamLog::end_with(StreamMessage message) {
  const auto batch = decode(message.number, message.bytes);
  if (!batch) return std::unexpected(batch.error());
  if (batch->n == known_.seq && batch->chain != known_.chain) return fault_at(batch->n, "was altered");
  const Tail tail{.seq = batch->n, .epoch = batch->batch.epoch, .chain = batch->chain, .at = batch->batch.at};
  return LogEnd{tail, std::move(message)};
}

void JetStreamLog::read_end(SteadyTime deadline,
                            std::move_only_function<void(std::expected<LogEnd, Unavailable>)> done) {
  reader_.last(deadline, [this, deadline, done = std::move(done)](StreamReader::Fetched last) mutable {
    if (!last) return done(std::unexpected(Unavailable{std::move(last.error())}));
    if (*last) return done(end_with(std::move(**last)));
    reader_.last_number(
        deadline, [this, done = std::move(done)](std::expected<std::uint64_t, std::string> number) mutable {
          if (!number) return done(std::unexpected(Unavailable{std::move(number.error())}));
          if (*number > 0)
            return done(fault_at(*number, "was the last one, and the engine no longer has it"));
          done(LogEnd{});
        });
  });
}

// Reads batches `first` to `last`; `known` is one of them, or none.
void JetStreamLog::read_range(std::uint64_t first, std::uint64_t last, std::optional<StreamMessage> known,
                              SteadyTime deadline, std::move_only_function<void(Batches)> done) {
  const auto reading = std::make_shared<RangeReading>();
  reading->wanted = first;
  reading->chain_before = chain_at(first - 1);
  reading->first = reading->chain_before ? first : first - 1;
  reading->done = std::move(done);
  reading->messages.resize(last - reading->first + 1);
  if (known && known->number >= first && known->number <= last)
    reading->messages[known->number - reading->first] = std::move(known);
  for (const auto& message : reading->messages) reading->missing += message && !*message ? 1 : 0;
  if (reading->missing == 0) return reading->done(check(*reading));
  for (std::size_t place = 0; place < reading->messages.size(); ++place) {
    if (*reading->messages[place]) continue;
    reader_.get(reading->first + place, deadline, [this, reading, place](StreamReader::Fetched fetched) {
      reading->messages[place] = std::move(fetched);
      if (--reading->missing == 0) reading->done(check(*reading));
    });
  }
}

JetStreamLog::Batches JetStreamLog::check(const RangeReading& reading) {
  std::vector<log::StoredBatch> found;
  std::optional<std::uint64_t> chain = reading.chain_before;
  for (std::size_t place = 0; place < reading.messages.size(); ++place) {
    const std::uint64_t number = reading.first + place;
    const StreamReader::Fetched& message = reading.messages[place];
    if (!message) return std::unexpected(Unavailable{message.error()});
    // The one before the first is there to check the chain: it may be forgotten already.
    if (!*message && number < reading.wanted) continue;
    if (!*message) return fault_at(number, "is no longer in the engine, or not yet");
    auto batch = decode(number, (*message)->bytes);
    if (!batch) return std::unexpected(batch.error());
    if (chain && batch->chain != log::next_chain(*chain, log::events_of((*message)->bytes)))
      return fault_at(number, "does not continue the one before it");
    chain = batch->chain;
    if (number == known_.seq && batch->chain != known_.chain) return fault_at(number, "was altered");
    if (number > known_.seq)
      known_ = {.seq = number, .epoch = batch->batch.epoch, .chain = batch->chain, .at = batch->batch.at};
    if (number >= reading.wanted) found.push_back({number, std::move(batch->batch), batch->chain});
  }
  return found;
}

void JetStreamLog::read_on(std::uint64_t after, SteadyTime deadline, ReadCallback done) {
  read_end(deadline,
           [this, after, deadline, done = std::move(done)](std::expected<LogEnd, Unavailable> end) mutable {
             if (!end) return done(std::unexpected(std::move(end.error())));
             if (end->tail.seq <= after) return done(log::NextBatches{.batches = {}, .tail = end->tail});
             const std::uint64_t last = std::min<std::uint64_t>(end->tail.seq, after + kBatchesReadAtOnce);
             read_range(after + 1, last, std::move(end->last), deadline,
                        [tail = end->tail, done = std::move(done)](Batches batches) mutable {
                          if (!batches) return done(std::unexpected(std::move(batches.error())));
                          done(log::NextBatches{*std::move(batches), tail});
                        });
           });
}

std::expected<Tail, Unavailable> JetStreamLog::tail() {
  const auto end = wait_for<std::expected<LogEnd, Unavailable>>(
      [this](auto done) { read_end(now() + kReadWithin, std::move(done)); });
  if (!end) return std::unexpected(end.error());
  return end->tail;
}

JetStreamLog::Batches JetStreamLog::read(std::uint64_t from, std::size_t limit) {
  if (limit == 0) return {};
  const auto first = wait_for<StreamReader::Fetched>([&](auto done) {
    reader_.next(std::max<std::uint64_t>(from, 1), now() + kReadWithin, std::move(done));
  });
  if (!first) return std::unexpected(Unavailable{first.error()});
  if (!*first) return {};
  std::uint64_t next = (*first)->number, last = next;
  if (limit > 1) {
    const auto end = tail();
    if (!end) return std::unexpected(end.error());
    last = std::min<std::uint64_t>(end->seq, limit > end->seq - next ? end->seq : next + limit - 1);
  }
  std::vector<log::StoredBatch> found;
  while (next <= last) {
    const std::uint64_t upto = std::min<std::uint64_t>(last, next + kBatchesReadAtOnce - 1);
    auto batches = wait_for<Batches>([&](auto done) {
      run([this, next, upto, done = std::move(done)]() mutable {
        read_range(next, upto, std::nullopt, now() + kReadWithin, std::move(done));
      });
    });
    if (!batches) return batches;
    std::ranges::move(*batches, std::back_inserter(found));
    next = upto + 1;
  }
  return found;
}

std::expected<std::optional<log::BatchStamp>, Unavailable> JetStreamLog::stamp(std::uint64_t from) {
  const auto first = wait_for<StreamReader::Fetched>([&](auto done) {
    reader_.next(std::max<std::uint64_t>(from, 1), now() + kReadWithin, std::move(done));
  });
  if (!first) return std::unexpected(Unavailable{first.error()});
  if (!*first) return std::nullopt;
  const auto found = log::stamp_of((*first)->bytes);
  if (!found || found->seq != (*first)->number)
    return fault_at((*first)->number, "has no header of this format, or another number");
  return found;
}

std::expected<void, Unavailable> JetStreamLog::trim(std::uint64_t) { return {}; }

}  // namespace porchlight::nats
