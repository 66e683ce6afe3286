// Calls of a log that wait for the outcome.
#pragma once

#include <future>
#include <utility>

#include "nats/jet_stream_log.h"

namespace porchlight::nats {

using Outcome = std::pair<log::Appended, log::Tail>;

// The outcome of an append that is under way.
inline std::future<Outcome> begin_append(log::ShardLog& log, const log::Batch& batch,
                                         std::uint64_t expected_last) {
  std::promise<Outcome> promise;
  auto future = promise.get_future();
  log.append(batch, expected_last,
             [promise = std::move(promise)](log::Appended appended, const log::Tail& tail) mutable {
               promise.set_value({appended, tail});
             });
  return future;
}

inline Outcome append(log::ShardLog& log, const log::Batch& batch, std::uint64_t expected_last) {
  return begin_append(log, batch, expected_last).get();
}

inline std::expected<log::NextBatches, log::Unavailable> read_on(log::ShardLog& log, std::uint64_t after,
                                                                 Duration within = std::chrono::seconds(10)) {
  std::promise<std::expected<log::NextBatches, log::Unavailable>> promise;
  auto future = promise.get_future();
  log.read_on(after, log.now() + within,
              [promise = std::move(promise)](auto next) mutable { promise.set_value(std::move(next)); });
  return future.get();
}

// The outcome of an append alone.
inline log::Appended outcome(log::ShardLog& log, const log::Batch& batch, std::uint64_t expected_last) {
  return append(log, batch, expected_last).first;
}

}  // namespace porchlight::nats
