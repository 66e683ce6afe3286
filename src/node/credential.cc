#include "node/credential.h"

#include <algorithm>

namespace porchlight::node {
namespace {

constexpr std::string_view kReferenceBegin = "${credential:";

bool is_credential_name(std::string_view name) {
  const auto allowed = [](unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  };
  return !name.empty() && name.size() <= kCredentialNameMax && name.front() != '.' &&
         std::ranges::all_of(name, allowed);
}

}  // namespace

std::expected<std::filesystem::path, std::string> resolve_path(std::string_view text,
                                                               const PathFolders& folders) {
  if (text.empty() || text.find('\0') != std::string_view::npos)
    return std::unexpected("the path of a file or folder, as text");
  if (text.find("${") == std::string_view::npos) return folders.relative / text;
  const bool whole = text.starts_with(kReferenceBegin) && text.ends_with('}');
  std::string_view name = text;
  if (whole) {
    name.remove_prefix(kReferenceBegin.size());
    name.remove_suffix(1);
  }
  if (!whole || !is_credential_name(name))
    return std::unexpected(
        R"("${credential:NAME}" and nothing else, the name of at most 255 letters, digits, ".", "_" and "-")");
  if (folders.credentials.empty())
    return std::unexpected(
        "a path without a credential: CREDENTIALS_DIRECTORY is not set, so none was passed");
  return folders.credentials / name;
}

}  // namespace porchlight::node
