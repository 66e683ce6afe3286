// Errors of history queries.
#pragma once

#include <cstdint>

#include "base/time.h"

namespace porchlight::history {

// Why a query has no answer.
enum class QueryErrorCode : std::uint8_t {
  kBeforeRetention,  // the time is before the retention
  kBusy,             // kQueriesMax queries are waiting
  kUnavailable,      // the database can't be read or updated now, or the server is stopping
};

// An error with its details.
struct QueryError {
  QueryErrorCode why;
  Time earliest{};  // with kBeforeRetention: the earliest time that a query may ask for
};

}  // namespace porchlight::history
