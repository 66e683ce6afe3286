#include "nats/streams.h"

#include <fmt/format.h>

#include <algorithm>
#include <future>
#include <vector>

#include "base/json_writer.h"
#include "nats/api_reply.h"
#include "nats/subjects.h"

namespace porchlight::nats {
namespace {

std::expected<void, std::string> check(const CellStreams& settings) {
  const bool is_word = std::ranges::all_of(
      settings.cell, [](char c) { return ('a' <= c && c <= 'z') || ('0' <= c && c <= '9'); });
  if (settings.cell.empty() || settings.cell.size() > kCellBytesMax || !is_word)
    return std::unexpected("the name of the cell is not made of letters a-z and digits");
  if (settings.replicas != 1 && settings.replicas != 3 && settings.replicas != 5)
    return std::unexpected("batches are kept on 1, 3 or 5 servers");
  if (settings.max_age < kBatchAgeMin || settings.max_age > kBatchAgeMax)
    return std::unexpected("batches are kept for 10 minutes to 30 days");
  return {};
}

// The engine compares all members with those of a stream that exists.
std::string config_of(const CellStreams& settings, std::uint32_t shard) {
  return json_object([&](JsonObject& out) {
    out.text("name", stream_of(settings.cell, shard))
        .texts("subjects", std::vector{stream_subject(settings.cell, shard)})
        .text("retention", "limits")
        .text("storage", "file")
        .text("discard", "new")
        .number("num_replicas", settings.replicas)
        .number("max_age", std::chrono::nanoseconds(settings.max_age).count())
        .number("max_consumers", -1)
        .number("max_msgs", -1)
        .number("max_bytes", -1)
        .number("max_msg_size", -1)
        .boolean("allow_direct", true)
        .boolean("deny_delete", true)
        .boolean("deny_purge", true);
  });
}

// Makes the streams `from` to `to`, without the latter. Returns the first error.
std::expected<void, ApiError> make_some(Engine& engine, const CellStreams& settings, std::uint32_t from,
                                        std::uint32_t to) {
  std::vector<std::future<std::expected<void, ApiError>>> results;
  for (std::uint32_t shard = from; shard < to; ++shard) {
    std::promise<std::expected<void, ApiError>> promise;
    results.push_back(promise.get_future());
    const std::string config = config_of(settings, shard);
    engine.request(shard,
                   {.subject = "$JS.API.STREAM.CREATE." + stream_of(settings.cell, shard), .bytes = config},
                   kStreamMadeWithin,
                   [promise = std::move(promise)](std::expected<EngineReply, RequestFault> reply) mutable {
                     if (reply) return promise.set_value(parse_done_reply(reply->bytes));
                     promise.set_value(std::unexpected(ApiError{0, std::string(text_of(reply.error()))}));
                   });
  }
  std::expected<void, ApiError> all;
  for (auto& one : results) {
    auto result = one.get();
    if (!result && (all || result.error().code == kStreamInUse)) all = std::move(result);
  }
  return all;
}

}  // namespace

std::expected<void, std::string> make_streams(Engine& engine, const CellStreams& settings, Duration within) {
  if (auto checked = check(settings); !checked) return checked;
  const auto deadline = std::chrono::steady_clock::now() + within;
  for (std::uint32_t from = 0; from < settings.shards;) {
    const auto to =
        static_cast<std::uint32_t>(std::min<std::size_t>(settings.shards, from + kStreamsMadeAtOnce));
    const auto made = make_some(engine, settings, from, to);
    if (made) {
      from = to;
      continue;
    }
    if (made.error().code == kStreamInUse)
      return std::unexpected(fmt::format(
          "a stream of cell {} exists with other settings: {}. Use those, or another name for the cell",
          settings.cell, made.error().text));
    if (std::chrono::steady_clock::now() + kStreamMadeAgainAfter >= deadline)
      return std::unexpected("the engine does not make the streams: " + made.error().text);
    std::promise<void> waited;
    engine.threads().after(kStreamMadeAgainAfter, [&waited] { waited.set_value(); });
    waited.get_future().wait();
  }
  return {};
}

}  // namespace porchlight::nats
