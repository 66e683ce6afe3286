#include "http/loop_counters.h"

namespace porchlight::http {

RejectReason rejection_of(int status) {
  switch (status) {
    case 408:
      return RejectReason::kSlow;
    case 413:
      return RejectReason::kBodyLimit;
    case 414:
    case 431:
      return RejectReason::kHeaderLimit;
    case 429:
      return RejectReason::kStrangers;
    default:
      return RejectReason::kParse;
  }
}

}  // namespace porchlight::http
