// What somebody asked to be told of, where, and until when (spec notifications §2): a value.
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

// What few subscriptions have: apart, so that it costs the others nothing.
struct SubscriptionExtras {
  InternedString lifecycle_url;
  std::string client_state;
  InternedString certificate;  // of the receiver, for rich items: DER
  std::string certificate_id;
  std::string url_app_id;  // notificationUrlAppId
};

struct Subscription {
  Guid id;
  Guid tenant;
  Guid app;
  std::optional<Guid> user;  // who signed in; absent: the application by itself
  Time expires_at{};
  watch::WatchTarget target;
  bool rich = false;  // the items hold the state, encrypted
  bool requires_directory_user =
      false;  // the user is in the directory, and the right ends with their place in it
  bool requires_app_registration =
      false;             // the application is registered with the permission, and the right ends with that
  std::uint8_t tls = 2;  // latestSupportedTlsVersion: v1_<this>
  std::string resource;  // as written
  InternedString url;
  Box<SubscriptionExtras> extras;

  const SubscriptionExtras& extras_or_empty() const;
  // The moment that its subscriber may be told of at `now`: now, or its last millisecond.
  Time clamp_to_lifetime(Time now) const { return std::min(now, expires_at - Duration(1)); }
};

// As it is stored. Bytes that are none are nothing. `texts` keeps what many share.
std::string encode_subscription(const Subscription& subscription);
std::optional<Subscription> decode_subscription(std::string_view bytes, StringPool& texts);

}  // namespace porchlight::notify
