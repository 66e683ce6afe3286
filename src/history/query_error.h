// Why the past can't be told.
#pragma once

#include <cstdint>

#include "base/time.h"

namespace porchlight::history {

enum class QueryErrorCode : std::uint8_t {
  kBeforeRetention,  // before what is kept
  kBusy,             // as many questions as may wait do so
  kUnavailable,      // the database can't be read or brought up to date now, or the server stops
};

struct QueryError {
  QueryErrorCode why;
  Time earliest{};  // with kBeforeRetention: the first time that may be asked for
};

}  // namespace porchlight::history
