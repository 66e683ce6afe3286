// Device codes (RFC 8628). A device without a browser shows a short user code, which a signed-in user enters on another
// device; meanwhile the device polls for the decision. In memory.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "authority/error.h"
#include "authority/expiring_map.h"
#include "authority/sign_in_method.h"
#include "base/guid.h"
#include "base/ip_address.h"
#include "base/mutex.h"
#include "base/time.h"

namespace porchlight::authority {

inline constexpr Duration kDeviceLife = std::chrono::minutes(15);
inline constexpr Duration kPollInterval = std::chrono::seconds(5);
// Polls may be early by this much: clocks and networks vary.
inline constexpr Duration kPollLeeway = std::chrono::seconds(1);
inline constexpr std::size_t kDevicesMax = 50'000;  // of all tenants
inline constexpr std::size_t kDevicesPerClient = 10'000;
inline constexpr std::size_t kDevicesPerAddress = 200;  // of one host (counted_networks())

// The request of a device.
struct DeviceRequest {
  Guid tenant;  // the client's
  Guid client;
  std::string scope;
  friend bool operator==(const DeviceRequest&, const DeviceRequest&) = default;
};

// The approval by a user.
struct DeviceApproval {
  Guid tenant, user;
  std::string scope;
  Time begun{};  // of the session in which the user approved
  SignInMethod method = SignInMethod::kPassword;
  std::string name{};  // that the user gave the device, a display name of directory.h; empty: none
  friend bool operator==(const DeviceApproval&, const DeviceApproval&) = default;
};

// Any thread.
class DeviceCodes {
 public:
  struct Started {
    std::string device_code;
    std::string user_code;  // "BCDF-GHJK": consonants only, so no words
  };
  // `address`: of the device; nullopt on the admin socket. Beyond its shares the oldest request of the address, of the
  // client, or of the tenant that has most is removed. Errors: kUnavailable if no user code was found that is not in
  // use.
  OAuthResult<Started> start(DeviceRequest request, const std::optional<IpAddress>& address, Time now);

  // The approval, once. Errors: kDevicePending, kDeviceSlowDown (the interval grows by five seconds), kDeviceDeclined,
  // kDeviceExpired, kGrantOfOther.
  OAuthResult<DeviceApproval> poll(std::string_view device_code, const Guid& client, Time now);

  // The undecided request with that user code, or nullopt. Ignores spaces, dashes and letter case.
  std::optional<DeviceRequest> find(std::string_view user_code, Time now);
  // Approves the request, or declines it (nullopt). Returns false if there is no undecided request.
  bool decide(std::string_view user_code, std::optional<DeviceApproval> approval, Time now);

 private:
  enum class DeviceState : std::uint8_t { kPending, kApproved, kDeclined };
  struct PendingDevice {
    DeviceRequest request;
    std::string user_code;
    DeviceState state = DeviceState::kPending;
    DeviceApproval approval = {};
    std::optional<Time> polled_at = {};
    Duration interval = kPollInterval;
  };
  PendingDevice* find_pending(std::string_view user_code, Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  Mutex mutex_;
  // Both have the same owners, so what is removed from one for a share is removed from the other.
  ExpiringMap<PendingDevice> entries_ ABSL_GUARDED_BY(mutex_){kDeviceLife, kDevicesMax};     // by device code
  ExpiringMap<std::string> device_codes_ ABSL_GUARDED_BY(mutex_){kDeviceLife, kDevicesMax};  // by user code
};

}  // namespace porchlight::authority
