// Sign-ins between the password and their end: they wait for a code of the second factor, or for its enrolment. In
// memory, by a token in the form of the page.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "authority/expiring_map.h"
#include "base/guid.h"
#include "base/mutex.h"
#include "base/time.h"

namespace porchlight::authority {

inline constexpr Duration kPendingLife = std::chrono::minutes(10);
inline constexpr std::size_t kPendingMax = 50'000;  // of all tenants
inline constexpr std::size_t kPendingPerUser = 10;

struct PendingSignIn {
  Guid tenant, user;
  Time begun{};             // when the password was right
  bool enrols = false;      // the user wants to enrol a factor after the code of the present one
  std::string secret = {};  // of the factor that is being enrolled; empty: the code of the present one is due
  std::optional<Time> replaces = {};  // when that factor was enrolled, which the new one replaces
  friend bool operator==(const PendingSignIn&, const PendingSignIn&) = default;
};

// Any thread.
class PendingSignIns {
 public:
  // Returns the token. Beyond kPendingPerUser the user's oldest one ends, beyond kPendingMax the oldest of the tenant
  // that has most.
  std::string begin(PendingSignIn pending, Time now);
  // Returns nullopt if it does not exist or has expired.
  std::optional<PendingSignIn> find(std::string_view token, Time now);
  void end(std::string_view token);

 private:
  Mutex mutex_;
  ExpiringMap<PendingSignIn> pending_ ABSL_GUARDED_BY(mutex_){kPendingLife, kPendingMax};
};

}  // namespace porchlight::authority
