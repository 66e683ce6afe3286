// The checksum is tested before format and flags: a damaged batch must not be reported as one of a newer version.
#include "log/batch_codec.h"

#include <xxhash.h>

#include "base/bytes.h"
#include "base/check.h"
#include "log/crc32c.h"
#include "log/event_codec.h"

namespace porchlight::log {

namespace {

constexpr std::size_t kCrcAt = kBatchHeaderBytes - 4;
// Those of a session that is set.
constexpr std::size_t kUsualEventBytes = 112;

// The fields of a header as they are stored.
struct StoredHeader {
  std::uint8_t format;
  std::uint8_t flags;
  std::uint16_t count;
  std::uint32_t epoch;
  std::uint64_t n;
  std::uint64_t chain;
  Time at;
  std::uint32_t crc;
};

// Returns nullopt if the message is too short or does not begin as one.
std::optional<StoredHeader> read_header(std::string_view message) {
  if (message.size() < kBatchHeaderBytes || !message.starts_with(kBatchMagic)) return std::nullopt;
  ByteReader in(message.substr(kBatchMagic.size(), kBatchHeaderBytes - kBatchMagic.size()));
  return StoredHeader{.format = in.fixed<std::uint8_t>(),
                      .flags = in.fixed<std::uint8_t>(),
                      .count = in.fixed<std::uint16_t>(),
                      .epoch = in.fixed<std::uint32_t>(),
                      .n = in.fixed<std::uint64_t>(),
                      .chain = in.fixed<std::uint64_t>(),
                      .at = Time(Duration(in.fixed<std::int64_t>())),
                      .crc = in.fixed<std::uint32_t>()};
}

}  // namespace

std::string encode_events(const Batch& batch) { return open_message(batch).substr(kBatchHeaderBytes); }

std::string open_message(const Batch& batch) {
  std::string message;
  message.reserve(kBatchHeaderBytes + batch.events.size() * kUsualEventBytes);
  message.append(kBatchHeaderBytes, '\0');
  for (const Event& event : batch.events) append_event(message, event);
  return message;
}

std::uint64_t next_chain(std::uint64_t chain_before, std::string_view events) {
  return XXH64(events.data(), events.size(), chain_before);
}

BatchHeader header_of(const Batch& batch) { return {batch.epoch, batch.at, batch.events.size()}; }

void seal_message(std::string& message, const BatchHeader& header, std::uint64_t n, std::uint64_t chain) {
  CHECK(header.count <= kBatchEventsMax && message.size() >= kBatchHeaderBytes);
  std::string head;
  head.reserve(kBatchHeaderBytes);
  ByteWriter out(head);
  out.raw(kBatchMagic);
  out.fixed(kBatchFormat);
  out.fixed(std::uint8_t{0});
  out.fixed(static_cast<std::uint16_t>(header.count));
  out.fixed(header.epoch);
  out.fixed(n);
  out.fixed(chain);
  out.fixed(static_cast<std::int64_t>(header.at.time_since_epoch().count()));
  out.fixed(crc32c(head, events_of(message)));
  message.replace(0, kBatchHeaderBytes, head);
}

std::string encode_batch(const BatchHeader& header, std::string_view events, std::uint64_t n,
                         std::uint64_t chain) {
  std::string message(kBatchHeaderBytes, '\0');
  message += events;
  seal_message(message, header, n, chain);
  return message;
}

std::expected<DecodedBatch, CodecError> decode_batch(std::string_view bytes) {
  const auto header = read_header(bytes);
  if (!header) return std::unexpected(CodecError::kDamaged);
  const std::string_view events = events_of(bytes);
  if (header->crc != crc32c(bytes.substr(0, kCrcAt), events)) return std::unexpected(CodecError::kDamaged);
  if (header->format != kBatchFormat || header->flags != 0) return std::unexpected(CodecError::kNewer);

  DecodedBatch decoded{.n = header->n,
                       .chain = header->chain,
                       .batch = {.epoch = header->epoch, .at = header->at, .events = {}}};
  ByteReader rest(events);
  // Memory is not reserved by `count`, which is untrusted.
  for (std::uint16_t i = 0; i < header->count; ++i) {
    auto event = read_event(rest);
    if (!event) return std::unexpected(event.error());
    decoded.batch.events.push_back(std::move(*event));
  }
  if (!rest.at_end()) return std::unexpected(CodecError::kDamaged);
  return decoded;
}

std::optional<BatchStamp> stamp_of(std::string_view message) {
  const auto header = read_header(message);
  if (!header || header->format != kBatchFormat) return std::nullopt;
  return BatchStamp{header->n, header->at};
}

std::string_view events_of(std::string_view message) { return message.substr(kBatchHeaderBytes); }

}  // namespace porchlight::log
