// Recognises a data folder that is a copy: a backup that was restored, or a second one beside the original. Only the
// original sends notifications (docs/decisions/0011-copies.md).
#pragma once

#include <expected>
#include <string>

#include "node/data_folder.h"

namespace porchlight::node {

// Whether the folder is a copy. A folder that has no file `place`, because an older version made it, is the original,
// and gets one if it takes writes. An error, which is a sentence, if a file cannot be read.
std::expected<bool, std::string> is_copy(const DataFolder& folder);

// Makes the folder the original. An error if it takes no writes.
std::expected<void, std::string> adopt(const DataFolder& folder);

}  // namespace porchlight::node
