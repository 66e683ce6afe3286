// Tokens of pending sign-ins.
#include "authority/pending_sign_ins.h"

#include "base/base64url.h"

namespace porchlight::authority {
namespace {

constexpr std::size_t kTokenBytes = 32;

}  // namespace

std::string PendingSignIns::begin(PendingSignIn pending, Time now) {
  std::string token = encode_base64url(secure_random_bytes(kTokenBytes));
  const EntryOwners owners{pending.tenant, {user_share(pending.tenant, pending.user, kPendingPerUser)}};
  const MutexLock lock(mutex_);
  CHECK(pending_.add(token, std::move(pending), owners, now));  // random, so it is not in use
  return token;
}

std::optional<PendingSignIn> PendingSignIns::find(std::string_view token, Time now) {
  const MutexLock lock(mutex_);
  const PendingSignIn* pending = pending_.find(token, now);
  return pending ? std::optional(*pending) : std::nullopt;
}

void PendingSignIns::end(std::string_view token) {
  const MutexLock lock(mutex_);
  pending_.remove(token);
}

}  // namespace porchlight::authority
