#include "http/waiting_bytes.h"

#include "base/check.h"

namespace porchlight::http {

bool WaitingBytes::replace(const AppOfTenant& app, std::size_t before, std::size_t after) {
  if (before == after || app.second == Guid{}) return true;
  const MutexLock lock(mutex_);
  const auto place = bytes_.try_emplace(app).first;
  CHECK(place->second >= before);
  const std::size_t others = place->second - before;
  const bool fits = after <= before || others + after <= most_;
  if (fits) place->second = others + after;
  if (place->second == 0) bytes_.erase(place);
  return fits;
}

}  // namespace porchlight::http
