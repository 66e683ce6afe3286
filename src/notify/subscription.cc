// The stored form of a subscription:
//
//     subscription = u8 format | u8 parts | guid id, tenant, app | [guid user] | i64 expiry, in ms since 1970
//                    | u8 kind of target | u8 tls | varint n | n guids | text resource | text url | [extras]
//                    | [u16 expiry_ticks, in 100 ns, not 0]
//     extras       = text lifecycle_url, client_state, certificate, certificate_id, url_app_id
//
// A shared string that is absent is stored as an empty text.
#include "notify/subscription.h"

#include <limits>

#include "base/bytes.h"

namespace porchlight::notify {
namespace {

constexpr std::uint8_t kSubscriptionFormat = 1;
constexpr std::size_t kStoredBytesMax = std::numeric_limits<std::uint32_t>::max();

// The optional parts.
enum Bit : std::uint8_t { kUser = 1, kRich = 2, kOfDirectory = 4, kOfGrant = 8, kMore = 16, kTicks = 32 };

std::uint8_t bits_of(const Subscription& subscription) {
  return static_cast<std::uint8_t>((subscription.user ? kUser : 0) | (subscription.rich ? kRich : 0) |
                                   (subscription.requires_directory_user ? kOfDirectory : 0) |
                                   (subscription.requires_app_registration ? kOfGrant : 0) |
                                   (subscription.extras ? kMore : 0) |
                                   (subscription.expiry_ticks != 0 ? kTicks : 0));
}

void write_shared(ByteWriter& out, const InternedString& text) {
  out.text(text ? std::string_view(*text) : std::string_view());
}

InternedString read_shared(ByteReader& in, StringPool& texts) {
  const std::string_view text = in.text(kStoredBytesMax);
  return text.empty() ? nullptr : texts.intern(text);
}

std::string read_text(ByteReader& in) { return std::string(in.text(kStoredBytesMax)); }

void write_extras(ByteWriter& out, const SubscriptionExtras& extras) {
  write_shared(out, extras.lifecycle_url);
  out.text(extras.client_state);
  write_shared(out, extras.certificate);
  out.text(extras.certificate_id);
  out.text(extras.url_app_id);
}

SubscriptionExtras read_extras(ByteReader& in, StringPool& texts) {
  SubscriptionExtras extras;
  extras.lifecycle_url = read_shared(in, texts);
  extras.client_state = read_text(in);
  extras.certificate = read_shared(in, texts);
  extras.certificate_id = read_text(in);
  extras.url_app_id = read_text(in);
  return extras;
}

}  // namespace

const SubscriptionExtras& Subscription::extras_or_empty() const {
  static const SubscriptionExtras kNone;
  return extras ? *extras : kNone;
}

std::string encode_subscription(const Subscription& subscription) {
  std::string bytes;
  ByteWriter out(bytes);
  out.fixed(kSubscriptionFormat);
  out.fixed(bits_of(subscription));
  out.guid(subscription.id);
  out.guid(subscription.tenant);
  out.guid(subscription.app);
  if (subscription.user) out.guid(*subscription.user);
  out.fixed<std::int64_t>(subscription.expires_at.time_since_epoch().count());
  out.fixed(static_cast<std::uint8_t>(subscription.target.kind));
  out.fixed(subscription.tls);
  out.varint(subscription.target.ids.size());
  for (const Guid& id : subscription.target.ids) out.guid(id);
  out.text(subscription.resource);
  write_shared(out, subscription.url);
  if (subscription.extras) write_extras(out, *subscription.extras);
  if (subscription.expiry_ticks != 0) out.fixed(subscription.expiry_ticks);
  return bytes;
}

std::optional<Subscription> decode_subscription(std::string_view bytes, StringPool& texts) {
  ByteReader in(bytes);
  if (in.fixed<std::uint8_t>() != kSubscriptionFormat) return std::nullopt;
  const auto bits = in.fixed<std::uint8_t>();
  Subscription subscription;
  subscription.rich = bits & kRich;
  subscription.requires_directory_user = bits & kOfDirectory;
  subscription.requires_app_registration = bits & kOfGrant;
  subscription.id = in.guid();
  subscription.tenant = in.guid();
  subscription.app = in.guid();
  if (bits & kUser) subscription.user = in.guid();
  subscription.expires_at = Time(Duration(in.fixed<std::int64_t>()));
  const auto kind = in.fixed<std::uint8_t>();
  if (kind > static_cast<std::uint8_t>(watch::TargetKind::kTenant)) return std::nullopt;
  watch::WatchTarget& target = subscription.target;
  target.kind = static_cast<watch::TargetKind>(kind);
  subscription.tls = in.fixed<std::uint8_t>();
  const std::uint64_t ids = in.varint();
  if (ids > in.rest().size() / sizeof(Guid)) return std::nullopt;
  if (target.kind == watch::TargetKind::kGroup && ids == 0) return std::nullopt;
  target.ids.reserve(ids);
  for (std::uint64_t i = 0; i < ids; ++i) target.ids.push_back(in.guid());
  subscription.resource = read_text(in);
  subscription.url = read_shared(in, texts);
  if (bits & kMore) subscription.extras = read_extras(in, texts);
  if (bits & kTicks) subscription.expiry_ticks = in.fixed<std::uint16_t>();
  if (!in.ok() || !in.at_end()) return std::nullopt;
  return subscription;
}

}  // namespace porchlight::notify
