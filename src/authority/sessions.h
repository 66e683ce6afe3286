// Sign-in sessions of browsers, by cookie, and protection against cross-site request forgery. Sessions are in memory: a
// restart signs users out of the pages, but does not affect their tokens.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "authority/expiring_map.h"
#include "authority/sign_in_method.h"
#include "base/guid.h"
#include "base/mutex.h"
#include "base/time.h"

namespace porchlight::authority {

inline constexpr Duration kSessionLife = std::chrono::hours(12);
inline constexpr std::size_t kSessionsMax = 100'000;  // of all tenants
inline constexpr std::size_t kSessionsPerUser = 50;

struct SignInSession {
  Guid tenant, user;
  Time begun{};
  SignInMethod method = SignInMethod::kPassword;
  friend bool operator==(const SignInSession&, const SignInSession&) = default;
};

// Any thread.
class SignInSessions {
 public:
  // Begins a session and returns the value of its cookie. Beyond kSessionsPerUser the user's oldest session ends,
  // beyond kSessionsMax the oldest of the tenant that has most.
  std::string begin(const SignInSession& session, Time now);
  // Returns nullopt if the session does not exist or has expired.
  std::optional<SignInSession> find(std::string_view cookie, Time now);
  void end(std::string_view cookie);

 private:
  Mutex mutex_;
  ExpiringMap<SignInSession> sessions_ ABSL_GUARDED_BY(mutex_){kSessionLife, kSessionsMax};
};

// CSRF tokens of forms: an HMAC of a cookie that other sites can neither read nor set. Any thread.
class CsrfGuard {
 public:
  CsrfGuard();
  // The value of a new cookie, random.
  static std::string make_cookie();
  // The token that a form of the browser with that cookie must contain.
  std::string token_for(std::string_view cookie) const;
  bool accepts(std::string_view cookie, std::string_view token) const;

 private:
  const std::string key_;  // random, new at each start
};

// The value of the cookie of that name in a Cookie header; empty if it occurs not once.
std::string_view find_cookie(std::string_view cookie_field, std::string_view name);

}  // namespace porchlight::authority
