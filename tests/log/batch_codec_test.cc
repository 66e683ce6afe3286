// Encoding of batches: each kind of event round-trips, and malformed bytes are rejected.
#include "log/batch_codec.h"

#include <gtest/gtest.h>

#include <limits>

#include <random>

#include "log/crc32c.h"
#include "log/event_codec.h"
#include "log/samples.h"
#include "support/rounds.h"

namespace porchlight::log {
namespace {

using presence::SessionKey;

std::vector<decltype(Event::body)> every_body() {
  const SessionKey key{id_of(5), id_of(6)};
  const presence::State busy = state_of("Busy", "InACall");
  const auto happened = [](auto what) { return presence::Event{at_ms(7), 300, std::move(what)}; };
  const auto changed = [](directory::EntityChange what) { return DirectoryEvent{at_ms(8), std::move(what)}; };
  return {
      happened(presence::SessionSet{key, busy, presence::kNever}),
      happened(presence::SessionCleared{key}),
      happened(presence::PreferredSet{busy, at_ms(9)}),
      happened(presence::PreferredCleared{}),
      happened(presence::MessageSet{{"At the desk \xC3\xA9", at_ms(7), presence::kNever, "", "", id_of(5)}}),
      happened(presence::MessageCleared{}),
      happened(presence::LocationSet{presence::LocationLayer::kAutomatic,
                                     {presence::LocationType::kRemote, "7", at_ms(9), id_of(5)}}),
      happened(presence::LocationsCleared{.manual = true, .scheduled = true}),
      happened(presence::WorkPlanSet{sample_plan()}),
      happened(presence::OutOfOfficeSet{{at_ms(1), at_ms(99), "Back on Monday", id_of(5)}}),
      happened(presence::OutOfOfficeSet{{at_ms(1), at_ms(99), "", id_of(5), 1234, 9999}}),
      happened(presence::OutOfOfficeSet{{at_ms(-99), presence::kNever, "", id_of(5), 1, 0}}),
      happened(presence::OutOfOfficeCleared{}),
      happened(presence::CalendarSet{
          presence::Calendar{{{at_ms(-5), at_ms(5)}, {at_ms(6), at_ms(7)}}, {{at_ms(100), at_ms(200)}}}}),
      happened(presence::CalendarSet{presence::Calendar{
          {{at_ms(0), at_ms(5)}}, {}, {12, {{7, "DTSTART is not a date or a time"}, {9, ""}}}}}),
      happened(presence::CalendarSet{presence::Calendar{{}, {}, {1, {{3, "this component has no END"}}}}}),
      happened(presence::CalendarCleared{}),
      happened(presence::VisibilitySet{presence::Visibility{presence::VisibleTo::kNamed,
                                                            presence::OthersSee::kAppearsOffline,
                                                            {id_of(1), id_of(2)},
                                                            {id_of(3)}}}),
      happened(presence::VisibilitySet{
          presence::Visibility{presence::VisibleTo::kTenant, presence::OthersSee::kHidden, {}, {}, true}}),
      happened(presence::VisibilitySet{presence::Visibility{
          presence::VisibleTo::kNobody, presence::OthersSee::kAppearsOffline, {}, {}, true}}),
      happened(presence::VisibilityCleared{}),
      changed(directory::TenantPut{"Tenant", {"Europe/Berlin", false, {id_of(4)}}}),
      changed(directory::TenantRemoved{}),
      changed(directory::UserPut{"ana@x.test", "Ana \xC3\xA9"}),
      changed(directory::UserRemoved{}),
      changed(directory::AppPut{"App", true, {"Presence.Read"}, {"Presence.Read.All", ""}, true}),
      changed(directory::GroupPut{"Reception", {id_of(1), id_of(2)}}),
      changed(directory::GroupRemoved{}),
      changed(directory::AppRemoved{}),
      changed(directory::AdministratorSet{true}),
      changed(directory::AdministratorSet{false}),
      SkippedEvent{200, kMaySkip, "of a newer version"}};
}

Batch every_event() {
  Batch batch{.epoch = 3, .at = at_ms(10), .events = {}};
  std::uint64_t number = 0;
  for (auto& body : every_body()) {
    ++number;
    batch.events.push_back({id_of(number), id_of(1), id_of(2), number * 100, std::move(body)});
  }
  return batch;
}

std::string encode(const Batch& batch, std::uint64_t n = 7, std::uint64_t chain_before = 9) {
  const std::string events = encode_events(batch);
  return encode_batch(header_of(batch), events, n, next_chain(chain_before, events));
}

// The message with a corrected checksum.
std::string seal(std::string message) {
  const std::string covered = message.substr(0, 36) + message.substr(kBatchHeaderBytes);
  const std::uint32_t crc = crc32c(covered);
  std::memcpy(message.data() + 36, &crc, 4);
  return message;
}

TEST(BatchCodec, RoundTripsEveryKind) {
  const Batch batch = every_event();
  const auto decoded = decode_batch(encode(batch));
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->batch, batch);
  EXPECT_EQ(decoded->n, 7u);
  EXPECT_EQ(decoded->chain, next_chain(9, encode_events(batch)));
}

TEST(BatchCodec, LimitsListsOfTheDirectory) {
  const auto with = [](directory::EntityChange change) {
    Batch batch{.epoch = 1, .at = at_ms(1), .events = {}};
    batch.events.push_back({id_of(1), id_of(1), id_of(2), 1, DirectoryEvent{at_ms(1), std::move(change)}});
    return decode_batch(encode(batch));
  };
  const auto group = [](std::size_t members) {
    return directory::GroupPut{"Group", std::vector<Guid>(members, id_of(3))};
  };
  const auto trusting = [](std::size_t trusts) {
    return directory::TenantPut{"Tenant", {"UTC", true, std::vector<Guid>(trusts, id_of(4))}};
  };
  const auto in_zone = [](std::size_t bytes) {
    return directory::TenantPut{"Tenant", {std::string(bytes, 'z'), true, {}}};
  };
  EXPECT_TRUE(with(group(directory::kGroupMembersMax)));
  EXPECT_FALSE(with(group(directory::kGroupMembersMax + 1)));
  EXPECT_TRUE(with(trusting(directory::kTrustsMax)));
  EXPECT_FALSE(with(trusting(directory::kTrustsMax + 1)));
  EXPECT_TRUE(with(in_zone(directory::kZoneBytesMax)));
  EXPECT_FALSE(with(in_zone(directory::kZoneBytesMax + 1)));
}

TEST(BatchCodec, ReadsAStampFromTheHeaderAlone) {
  Batch batch = batch_of(5);
  batch.at = at_ms(123);
  std::string message = encode_batch(header_of(batch), encode_events(batch), 9, 1);
  message.resize(kBatchHeaderBytes + 1);
  EXPECT_EQ(stamp_of(message), (BatchStamp{9, at_ms(123)}));
  EXPECT_EQ(stamp_of(message.substr(0, kBatchHeaderBytes)), (BatchStamp{9, at_ms(123)}));
  EXPECT_EQ(stamp_of(message.substr(0, kBatchHeaderBytes - 1)), std::nullopt);
  EXPECT_EQ(stamp_of("x" + message), std::nullopt);
  ++message[kBatchMagic.size()];
  EXPECT_EQ(stamp_of(message), std::nullopt) << "another format";
}

TEST(BatchCodec, EncodesAnEmptyBatchAsAHeader) {
  const std::string message = encode(Batch{});
  EXPECT_EQ(message.size(), kBatchHeaderBytes);
  EXPECT_EQ(decode_batch(message)->batch, Batch{});
}

TEST(BatchCodec, EncodesTheHeaderAsDocumented) {
  EXPECT_EQ(crc32c("123456789"), 0xE3069283u);
  Batch batch{.epoch = 2, .at = Time(Duration(258)), .events = {}};
  EXPECT_EQ(encode_batch(header_of(batch), "", 3, 4).substr(0, 36),
            std::string("PLB1\x01\0\0\0\2\0\0\0\3\0\0\0\0\0\0\0\4\0\0\0\0\0\0\0\2\1\0\0\0\0\0\0", 36));
}

TEST(BatchCodec, DetectsAnyFlippedOrMissingByte) {
  const std::string whole = encode(every_event());
  for (std::size_t at = 0; at < whole.size(); ++at) {
    std::string bytes = whole;
    bytes[at] ^= 0x10;
    EXPECT_EQ(decode_batch(bytes).error(), CodecError::kDamaged) << at;
    EXPECT_EQ(decode_batch(whole.substr(0, at)).error(), CodecError::kDamaged) << at;
  }
  EXPECT_EQ(decode_batch(whole + "x").error(), CodecError::kDamaged);
}

TEST(BatchCodec, DistinguishesNewerVersionsFromDamage) {
  const std::string whole = encode(every_event());
  const auto with = [&](std::size_t at, char byte) {
    std::string bytes = whole;
    bytes[at] = byte;
    return decode_batch(seal(bytes));
  };
  EXPECT_EQ(with(4, 2).error(), CodecError::kNewer) << "format";
  EXPECT_EQ(with(5, 1).error(), CodecError::kNewer) << "flags";
  EXPECT_EQ(with(kBatchHeaderBytes, 99).error(), CodecError::kNewer) << "kind that may not be skipped";
  EXPECT_EQ(with(kBatchHeaderBytes + 1, 2).error(), CodecError::kNewer) << "flag";
}

TEST(BatchCodec, ChecksTheContentBehindTheChecksum) {
  const std::string whole = encode(every_event());
  std::mt19937 random(4);
  for (int round = 0; round < rounds(20'000); ++round) {
    std::string bytes = whole;
    for (int i = 0; i < 1 + round % 3; ++i) {
      bytes[6 + random() % (bytes.size() - 6)] = static_cast<char>(random());
    }
    if (round % 5 == 0) bytes.resize(kBatchHeaderBytes + random() % (bytes.size() - kBatchHeaderBytes));
    bytes = seal(bytes);
    const auto decoded = decode_batch(bytes);
    if (!decoded) continue;
    ASSERT_EQ(
        encode_batch(header_of(decoded->batch), encode_events(decoded->batch), decoded->n, decoded->chain),
        bytes);
  }
}

// Ticks share the eight bytes of a time; without ticks the bytes are those of a time.
TEST(SentTime, HasEightBytesLikeATime) {
  constexpr std::int64_t kFirst = -62'135'596'800'000, kLast = 253'402'300'799'999;  // the years 1 to 9999
  const SentTime rows[] = {
      {Time(Duration(0))},      {Time(Duration(0)), 1},      {Time(Duration(0)), 9999},
      {Time(Duration(-1)), 1},  {Time(Duration(-1)), 9999},  {Time(Duration(1'894'006'800'123)), 4567},
      {Time(Duration(kFirst))}, {Time(Duration(kFirst)), 1}, {Time(Duration(kFirst)), 9999},
      {Time(Duration(kLast))},  {Time(Duration(kLast)), 1},  {Time(Duration(kLast)), 9999},
      {presence::kNever},
  };
  for (const SentTime& sent : rows) {
    std::string bytes, plain;
    ByteWriter out(bytes), time(plain);
    append_sent_time(out, sent);
    append_time(time, sent.time);
    EXPECT_EQ(bytes.size(), 8u);
    EXPECT_EQ(bytes == plain, sent.ticks == 0);
    ByteReader in(bytes);
    EXPECT_EQ(read_sent_time(in), sent) << sent.time.time_since_epoch().count() << " " << sent.ticks;
    EXPECT_TRUE(in.ok());
  }
  for (const std::int64_t malformed :
       {std::numeric_limits<std::int64_t>::max() - 1, std::int64_t{10'000} << 49, std::int64_t{1} << 62}) {
    std::string bytes;
    ByteWriter(bytes).fixed(malformed);
    ByteReader in(bytes);
    read_sent_time(in);
    EXPECT_EQ(in.ok(), (malformed >> 49) < 10'000) << malformed;
  }
}

}  // namespace
}  // namespace porchlight::log
