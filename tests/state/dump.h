// The content of a view as bytes, to compare two views.
#pragma once

#include <string>

#include "state/snapshot_codec.h"

namespace porchlight::state {

// The bytes of its snapshot.
inline std::string dump(const View& view) {
  std::string bytes;
  const auto sink = [&](std::string_view more) {
    bytes += more;
    return true;
  };
  (void)SnapshotCodec::encode(view, {}, sink);
  return bytes;
}

}  // namespace porchlight::state
