// Session cookies and CSRF tokens.
#include "authority/sessions.h"

#include "authority/digest.h"
#include "base/base64url.h"
#include "base/split.h"

namespace porchlight::authority {
namespace {

constexpr std::size_t kCookieBytes = 32;
constexpr std::size_t kCookieChars = 43;

std::string make_cookie_value() { return encode_base64url(secure_random_bytes(kCookieBytes)); }

}  // namespace

std::string SignInSessions::begin(const SignInSession& session, Time now) {
  std::string cookie = make_cookie_value();
  const MutexLock lock(mutex_);
  const EntryOwners owners{session.tenant, {user_share(session.tenant, session.user, kSessionsPerUser)}};
  CHECK(sessions_.add(cookie, session, owners, now));  // random, so it is not in use
  return cookie;
}

std::optional<SignInSession> SignInSessions::find(std::string_view cookie, Time now) {
  if (cookie.size() != kCookieChars) return std::nullopt;
  const MutexLock lock(mutex_);
  const SignInSession* session = sessions_.find(cookie, now);
  return session ? std::optional(*session) : std::nullopt;
}

void SignInSessions::end(std::string_view cookie) {
  const MutexLock lock(mutex_);
  sessions_.remove(cookie);
}

CsrfGuard::CsrfGuard() : key_(secure_random_bytes(kCookieBytes)) {}

std::string CsrfGuard::make_cookie() { return make_cookie_value(); }

std::string CsrfGuard::token_for(std::string_view cookie) const {
  return encode_base64url(hmac_sha256(key_, cookie));
}

bool CsrfGuard::accepts(std::string_view cookie, std::string_view token) const {
  return cookie.size() == kCookieChars && equals_constant_time(token_for(cookie), token);
}

// A cookie that occurs twice counts as missing: which of the two this server has set is unknown.
std::string_view find_cookie(std::string_view field, std::string_view name) {
  std::string_view value;
  for (std::string_view pair : split(field, ';')) {
    while (pair.starts_with(' ')) pair.remove_prefix(1);
    if (!pair.starts_with(name) || pair.substr(name.size(), 1) != "=") continue;
    if (!value.empty()) return {};
    value = pair.substr(name.size() + 1);
  }
  return value;
}

}  // namespace porchlight::authority
