// A subscription: what its owner wants to be notified of, at which URL and until when (spec notifications §2).
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/box.h"
#include "base/guid.h"
#include "base/time.h"
#include "notify/string_pool.h"
#include "watch/target.h"

namespace porchlight::notify {

// Members that few subscriptions have, stored apart to keep the others small.
struct SubscriptionExtras {
  InternedString lifecycle_url;
  std::string client_state;
  InternedString certificate;  // of the receiver, for rich notifications: DER
  std::string certificate_id;
  std::string url_app_id;  // notificationUrlAppId
};

// A value.
struct Subscription {
  Guid id;
  Guid tenant;
  Guid app;
  std::optional<Guid> user;  // the signed-in owner; nullopt: the application itself
  Time expires_at{};
  std::uint16_t expiry_ticks = 0;  // of the expiry, beyond the millisecond; only for answers
  watch::WatchTarget target;
  bool rich = false;  // whether items hold the state, encrypted
  // Whether the permission ends when the user is removed from the directory: they were in it at creation.
  bool requires_directory_user = false;
  // Whether the permission ends with the application's registration: it had one at creation.
  bool requires_app_registration = false;
  std::uint8_t tls = 2;  // latestSupportedTlsVersion: v1_<this>
  std::string resource;  // as the client wrote it
  InternedString url;    // notificationUrl
  Box<SubscriptionExtras> extras;

  // The extras, or an empty value.
  const SubscriptionExtras& extras_or_empty() const;
  // The latest time whose state may be sent at `now`: now, or the last millisecond before the expiry.
  Time clamp_to_lifetime(Time now) const { return std::min(now, expires_at - Duration(1)); }
};

// The stored form. decode_subscription returns nullopt for malformed bytes; it interns shared strings in `texts`.
std::string encode_subscription(const Subscription& subscription);
std::optional<Subscription> decode_subscription(std::string_view bytes, StringPool& texts);

}  // namespace porchlight::notify
