// Files that are no lists of users, recognised by their first bytes as they are on disk, so that an error can say what
// they are.
#pragma once

#include <optional>
#include <string_view>

namespace porchlight::admin {

// What the file is, as the end of a sentence such as "the file is a PDF document"; nullopt if it may be a list.
std::optional<std::string_view> kind_of_other_file(std::string_view bytes);

}  // namespace porchlight::admin
