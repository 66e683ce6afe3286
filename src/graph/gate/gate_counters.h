// What the gate of a loop counts for metrics. Changed on the loop's thread, read on any.
#pragma once

#include <array>
#include <cstddef>

#include "base/counter.h"
#include "identity/token_fault.h"
#include "throttle/quota.h"

namespace porchlight::graph {

struct GateCounters {
  OwnCounter cached;                                          // the token was verified before
  OwnCounter verified;                                        // a new token
  OwnCounter ticket;                                          // a stream ticket in its place
  OwnCounter missing;                                         // no token, or not in the form of one
  OwnCounter bad_cloud;                                       // the token is for another cloud
  std::array<OwnCounter, identity::kTokenFaults> faults;      // by TokenFault
  std::array<OwnCounter, throttle::kRequestKinds> throttled;  // by RequestKind
  OwnCounter bad_tokens;                                      // 429 for too many bad tokens of an address

  void refuse(identity::TokenFault why) { faults[static_cast<std::size_t>(why)].add(); }
};

}  // namespace porchlight::graph
