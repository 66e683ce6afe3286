// Converts a data folder of the format before to the present one, and takes that back.
//
// A release reads its own format; the one before it converts, after an image of the folder was made at
// folder.before_upgrade(). Until something is written to the converted folder, undo puts the image in its place.
// Nothing is converted to an older format: what was written since would have no place in it.
#pragma once

#include <expected>
#include <filesystem>
#include <string>

#include "node/data_folder.h"

namespace porchlight::node {

// What a release does with folders of the format before its own.
struct Upgrade {
  DataFormats formats;
  // Converts the stores of a folder that no process has open, from formats.oldest to formats.current. It may be called
  // again on the folder as it was before. The error is a sentence. Null if there is no older format.
  std::expected<void, std::string> (*convert)(const DataFolder& folder);
};

// That of this release. There is no format before the present one, so nothing is converted.
Upgrade this_release();

// Converts the folder. An error, which is a sentence and after which the folder is as it was, if it is of the present
// format already, or of one that cannot be converted, or if a process has it open. A conversion that was interrupted is
// begun again.
std::expected<void, std::string> upgrade(const std::filesystem::path& root, const Upgrade& release);

// Takes the conversion back. An error, after which nothing is changed, if none was made, or if something was written
// since.
std::expected<void, std::string> undo_upgrade(const std::filesystem::path& root, const Upgrade& release);

}  // namespace porchlight::node
