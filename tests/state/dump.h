// A view as bytes, so that two can be compared.
#pragma once

#include <string>

#include "state/snapshot_codec.h"

namespace porchlight::state {

inline std::string dump(const View& view) {
  std::string bytes;
  const auto sink = [&](std::string_view more) {
    bytes += more;
    return true;
  };
  (void)SnapshotCodec::encode(view, sink);
  return bytes;
}

}  // namespace porchlight::state
