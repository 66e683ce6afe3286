// Why the past can't be told.
#pragma once

#include <cstdint>

#include "base/time.h"

namespace porchlight::history {

enum class Refusal : std::uint8_t {
  kForgotten,    // before what is kept
  kBusy,         // as many questions as may wait do so
  kUnavailable,  // the database can't be read or brought up to date now, or the server stops
};

struct Fault {
  Refusal why;
  Time earliest{};  // with kForgotten: the first time that may be asked for
};

}  // namespace porchlight::history
