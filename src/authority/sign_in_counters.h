// What the authority counts of sign-ins for metrics. Any thread.
#pragma once

#include "base/counter.h"

namespace porchlight::authority {

struct SignInCounters {
  SharedCounter succeeded;  // complete, with the second factor if one is due
  SharedCounter wrong_password;
  SharedCounter wrong_code;  // of the second factor
  SharedCounter locked;      // refused without a check, after too many failures
};

}  // namespace porchlight::authority
