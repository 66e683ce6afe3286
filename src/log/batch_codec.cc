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
  if (bytes.size() < kBatchHeaderBytes || !bytes.starts_with(kBatchMagic)) {
    return std::unexpected(CodecError::kDamaged);
  }
  const std::string_view events = bytes.substr(kBatchHeaderBytes);
  ByteReader in(bytes.substr(kBatchMagic.size(), kBatchHeaderBytes - kBatchMagic.size()));
  const auto format = in.fixed<std::uint8_t>();
  const auto flags = in.fixed<std::uint8_t>();
  const auto count = in.fixed<std::uint16_t>();
  DecodedBatch decoded;
  decoded.batch.epoch = in.fixed<std::uint32_t>();
  decoded.n = in.fixed<std::uint64_t>();
  decoded.chain = in.fixed<std::uint64_t>();
  decoded.batch.at = Time(Duration(in.fixed<std::int64_t>()));
  const auto crc = in.fixed<std::uint32_t>();
  if (crc != crc32c(bytes.substr(0, kCrcAt), events)) return std::unexpected(CodecError::kDamaged);
  if (format != kBatchFormat || flags != 0) return std::unexpected(CodecError::kNewer);

  ByteReader rest(events);
  // Memory is not reserved by `count`, which is untrusted.
  for (std::uint16_t i = 0; i < count; ++i) {
    auto event = read_event(rest);
    if (!event) return std::unexpected(event.error());
    decoded.batch.events.push_back(std::move(*event));
  }
  if (!rest.at_end()) return std::unexpected(CodecError::kDamaged);
  return decoded;
}

std::string_view events_of(std::string_view message) { return message.substr(kBatchHeaderBytes); }

}  // namespace porchlight::log
