// Files that the service manager passes to the server: systemd's LoadCredential= puts them into the folder that
// $CREDENTIALS_DIRECTORY names (systemd.exec(5), "Credentials").
#pragma once

#include <expected>
#include <filesystem>
#include <string>
#include <string_view>

namespace porchlight::node {

// The longest name: that of a file.
inline constexpr std::size_t kCredentialNameMax = 255;

// The folders in which paths of the configuration are.
struct PathFolders {
  std::filesystem::path relative;     // of relative paths: the folder of the file
  std::filesystem::path credentials;  // of `${credential:NAME}`; empty: none were passed
};

// The path that a setting names: an absolute one, one relative to `relative`, or as a whole `${credential:NAME}`. A
// name has letters, digits, `.`, `_` and `-`, and does not begin with `.`, so it never leaves the folder. The error
// says what is allowed.
std::expected<std::filesystem::path, std::string> resolve_path(std::string_view text,
                                                               const PathFolders& folders);

}  // namespace porchlight::node
