// Who is signed in at the page, by a cookie; and the guard against pages of others that post in their name.
// Sessions are in memory alone: a restart signs people out of the page, and takes nobody's tokens.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "authority/expiring_map.h"
#include "base/guid.h"
#include "base/time.h"

namespace porchlight::authority {

inline constexpr Duration kSessionLife = std::chrono::hours(12);
inline constexpr std::size_t kSessionsMax = 100'000;

struct SignInSession {
  Guid tenant, user;
  Time begun{};
  friend bool operator==(const SignInSession&, const SignInSession&) = default;
};

// Any thread.
class SignInSessions {
 public:
  // The cookie's value of a new session; nothing where there are too many.
  std::optional<std::string> begin(const SignInSession& session, Time now);
  std::optional<SignInSession> find(std::string_view cookie, Time now);
  void end(std::string_view cookie);

 private:
  std::mutex mutex_;
  ExpiringMap<SignInSession> sessions_{kSessionLife, kSessionsMax};  // guarded by mutex_
};

// Forms carry a word that only a page of ours can know: a MAC of a cookie that others cannot read or set.
class CsrfGuard {
 public:
  CsrfGuard();
  // A new cookie's value.
  static std::string make_cookie();
  std::string token_for(std::string_view cookie) const;
  bool accepts(std::string_view cookie, std::string_view token) const;

 private:
  const std::string key_;
};

// The value of a cookie of that name among the fields of a request; empty where it has none, or several.
std::string_view find_cookie(std::string_view cookie_field, std::string_view name);

}  // namespace porchlight::authority
