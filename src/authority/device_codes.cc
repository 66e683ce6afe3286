// Pending device authorizations, by device code and by user code.
#include "authority/device_codes.h"

#include "authority/letter_code.h"
#include "base/base64url.h"

namespace porchlight::authority {
namespace {

constexpr std::size_t kDeviceCodeBytes = 32;
constexpr std::size_t kUserCodeChars = 8;  // 34 bits
constexpr std::size_t kUserCodeTries = 8;  // to find a code that is not in use

EntryOwners owners_of(const DeviceRequest& request, const std::optional<IpAddress>& address) {
  EntryOwners owners{request.tenant,
                     {{to_string(request.tenant) + '/' + to_string(request.client), kDevicesPerClient}}};
  if (!address) return owners;
  for (const CountedNetwork& counted : counted_networks(*address))
    owners.others.push_back({to_string(counted.network), kDevicesPerAddress * counted.hosts});
  return owners;
}

}  // namespace

// Two maps: device code to request, and user code to device code. User codes are short, so a new one may be in use: a
// few are tried. Both entries expire at the same time.
OAuthResult<DeviceCodes::Started> DeviceCodes::start(DeviceRequest request,
                                                     const std::optional<IpAddress>& address, Time now) {
  const EntryOwners owners = owners_of(request, address);
  const std::string device_code = encode_base64url(secure_random_bytes(kDeviceCodeBytes));
  const MutexLock lock(mutex_);
  for (std::size_t i = 0; i < kUserCodeTries; ++i) {
    const std::string user_code = random_letters(kUserCodeChars);
    if (!device_codes_.add(user_code, device_code, owners, now)) continue;
    CHECK(entries_.add(device_code, {std::move(request), user_code}, owners,
                       now));  // random, so it is not in use
    return Started{device_code, in_groups(user_code)};
  }
  return refuse(OAuthFault::kUnavailable);
}

// An approval is removed when it is returned. A poll that is too early counts as the last one, and the interval grows:
// a device that ignores slow_down is slowed further (RFC 8628 §3.5).
OAuthResult<DeviceApproval> DeviceCodes::poll(std::string_view device_code, const Guid& client, Time now) {
  const MutexLock lock(mutex_);
  PendingDevice* entry = entries_.find(device_code, now);
  if (!entry) return refuse(OAuthFault::kDeviceExpired);
  if (entry->request.client != client) return refuse(OAuthFault::kGrantOfOther);
  if (entry->state == DeviceState::kDeclined) return refuse(OAuthFault::kDeviceDeclined);
  if (entry->state == DeviceState::kApproved) {
    DeviceApproval approval = std::move(entry->approval);
    device_codes_.remove(entry->user_code);
    entries_.remove(device_code);
    return approval;
  }
  const bool too_soon = entry->polled_at && now < *entry->polled_at + entry->interval - kPollLeeway;
  entry->polled_at = now;
  if (!too_soon) return refuse(OAuthFault::kDevicePending);
  entry->interval += kPollInterval;
  return refuse(OAuthFault::kDeviceSlowDown);
}

DeviceCodes::PendingDevice* DeviceCodes::find_pending(std::string_view user_code, Time now) {
  const std::string* device_code = device_codes_.find(plain_letters(user_code), now);
  PendingDevice* entry = device_code ? entries_.find(*device_code, now) : nullptr;
  return entry && entry->state == DeviceState::kPending ? entry : nullptr;
}

std::optional<DeviceRequest> DeviceCodes::find(std::string_view user_code, Time now) {
  const MutexLock lock(mutex_);
  const PendingDevice* entry = find_pending(user_code, now);
  return entry ? std::optional(entry->request) : std::nullopt;
}

bool DeviceCodes::decide(std::string_view user_code, std::optional<DeviceApproval> approval, Time now) {
  const MutexLock lock(mutex_);
  PendingDevice* entry = find_pending(user_code, now);
  if (!entry) return false;
  entry->state = approval ? DeviceState::kApproved : DeviceState::kDeclined;
  if (approval) entry->approval = *std::move(approval);
  return true;
}

}  // namespace porchlight::authority
