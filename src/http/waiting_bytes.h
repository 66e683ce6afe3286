// Bounds the bytes that wait for slow readers, over all connections of an application.
#pragma once

#include <cstddef>
#include <map>
#include <utility>

#include "base/guid.h"
#include "base/mutex.h"

namespace porchlight::http {

// A tenant and an application of it; nil if the client is unknown.
using AppOfTenant = std::pair<Guid, Guid>;

// Thread-safe. Has an entry for each application for which bytes wait.
class WaitingBytes {
 public:
  // `most`: of one application.
  explicit WaitingBytes(std::size_t most) : most_(most) {}

  // The bytes that wait on a connection were `before` and are `after`. Returns false and changes nothing if that
  // exceeds the share of the application. Bytes for unknown clients are not counted: Limits bound them for each
  // connection and address.
  bool replace(const AppOfTenant& app, std::size_t before, std::size_t after);

 private:
  const std::size_t most_;
  Mutex mutex_;
  std::map<AppOfTenant, std::size_t> bytes_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace porchlight::http
