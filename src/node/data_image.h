// The image of a data folder: a consistent copy of its stores within it, made in a moment, from which a backup is then
// copied. Tables and snapshots in it are second names of those of the folder.
#pragma once

#include <expected>
#include <filesystem>
#include <optional>
#include <string>

#include "base/time.h"
#include "node/data_folder.h"
#include "node/open_databases.h"

namespace porchlight::node {

// Makes the image at folder.image(), in the place of one that an interrupted backup left. The caller keeps the
// directory from being changed, snapshots from being taken and the log from being trimmed (Node::make_image()). After
// an error, which is a sentence, there is no image.
std::expected<void, std::string> make_image(const DataFolder& folder, const OpenDatabases& databases);
// The same for a folder that no process has open; it stays locked until the image is made. An error if one has.
std::expected<void, std::string> make_image_of_closed(const DataFolder& folder);
// The same if the caller holds the lock of the log (storage/database_copy.h).
std::expected<void, std::string> make_image_of_locked(const DataFolder& folder);
// Removes the image if it exists.
void remove_image(const DataFolder& folder);

// Remembers durably that a backup from an image of `time` is complete. The error is a sentence.
std::expected<void, std::string> record_backup(const DataFolder& folder, Time time);
// The time of the newest complete backup. Returns nullopt if there was none, or if it cannot be read. Any thread.
std::optional<Time> last_backup(const DataFolder& folder);

}  // namespace porchlight::node
