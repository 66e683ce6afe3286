// What lies in a data folder: the one list of its files and folders. A backup copies what is in it, and a test fails if
// a server leaves something in its data folder that is not.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace porchlight::node {

enum class StoreKind : std::uint8_t { kFile, kFolder, kDatabase };

// What a backup does with a store: copies it, copies it unless keys are to stay out, or leaves it out.
enum class StoreCare : std::uint8_t { kCopied, kKeys, kLeftOut };

// A file or folder of the data folder, by its name in it.
struct Store {
  std::string_view name;
  StoreKind kind;
  StoreCare care;
};

// All of them, in the order in which a backup copies them.
//
// What knows positions of the log comes before the log: a history or a snapshot that is ahead of its log would be
// discarded, or stop the start. The log that is copied behind them has all that they refer to, because nothing is
// trimmed meanwhile. The others refer to users and applications by id; the directory does not change during the copy,
// so they agree with the log. What was last sent to a subscription may be older than the log; it is compared at the
// start.
std::span<const Store> all_stores();

}  // namespace porchlight::node
