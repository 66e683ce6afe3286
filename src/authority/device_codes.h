// Device codes (RFC 8628): a device without a browser shows a short code, which somebody enters elsewhere,
// signed in, while the device asks again and again whether they have.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "authority/error.h"
#include "authority/expiring_map.h"
#include "base/guid.h"
#include "base/time.h"

namespace porchlight::authority {

inline constexpr Duration kDeviceLife = std::chrono::minutes(15);
inline constexpr Duration kPollInterval = std::chrono::seconds(5);
// A clock that is a little quick, or a network that is: no reason to be told off.
inline constexpr Duration kPollLeeway = std::chrono::seconds(1);
inline constexpr std::size_t kDevicesMax = 50'000;

// What a device asks for.
struct DeviceRequest {
  Guid tenant;  // the client's
  Guid client;
  std::string scope;
  friend bool operator==(const DeviceRequest&, const DeviceRequest&) = default;
};

// Who said yes.
struct DeviceApproval {
  Guid tenant, user;
  std::string scope;
  friend bool operator==(const DeviceApproval&, const DeviceApproval&) = default;
};

// Any thread.
class DeviceCodes {
 public:
  struct Started {
    std::string device_code;
    std::string user_code;  // "ABCD-EFGH", of letters that are not taken for one another
  };
  // Refused with kUnavailable where kDevicesMax are under way.
  OAuthResult<Started> start(DeviceRequest request, Time now);

  // What the device is told: the approval, once; or kDevicePending, kDeviceSlowDown (and five seconds more
  // between polls from then on), kDeviceDeclined, kDeviceExpired, kGrantOfOther.
  OAuthResult<DeviceApproval> poll(std::string_view device_code, const Guid& client, Time now);

  // What a code that somebody entered asks for, while nobody has decided. Spaces, dashes and letter case do
  // not matter.
  std::optional<DeviceRequest> find(std::string_view user_code, Time now);
  // Says yes or, with nothing, no. False where there is nothing (more) to decide.
  bool decide(std::string_view user_code, std::optional<DeviceApproval> approval, Time now);

 private:
  enum class DeviceState : std::uint8_t { kPending, kApproved, kDeclined };
  struct PendingDevice {
    DeviceRequest request;
    DeviceState state = DeviceState::kPending;
    DeviceApproval approval = {};
    std::optional<Time> polled_at = {};
    Duration interval = kPollInterval;
  };
  PendingDevice* find_pending(std::string_view user_code, Time now);

  std::mutex mutex_;
  ExpiringMap<PendingDevice> entries_{kDeviceLife, kDevicesMax};     // guarded by mutex_, by device code
  ExpiringMap<std::string> device_codes_{kDeviceLife, kDevicesMax};  // guarded by mutex_, by user code
};

}  // namespace porchlight::authority
