// One text file for each key source. A file that is damaged or absent only means that the keys must be
// fetched, so every reading error is nullopt.
#include "issuers/cached_keys.h"

#include <fmt/format.h>

#include <fstream>
#include <sstream>

#include "base/durable_file.h"
#include "base/guid.h"
#include "base/time_text.h"

namespace porchlight::issuers {

std::filesystem::path cached_keys_file(const std::filesystem::path& folder, std::string_view iss,
                                       std::string_view url) {
  return folder / to_string(guid_from_name(fmt::format("{}\n{}", iss, url)));
}

std::string print_cached_keys(const CachedKeys& cached) {
  std::string text;
  append_date_time(text, cached.fetched_at);
  text += '\n';
  text += identity::print_jwks(cached.keys);
  return text;
}

std::optional<CachedKeys> parse_cached_keys(std::string_view text) {
  const std::size_t end = text.find('\n');
  if (end == text.npos) return std::nullopt;
  const auto fetched_at = parse_date_time(text.substr(0, end));
  auto keys = identity::parse_jwks(text.substr(end + 1));
  if (!fetched_at || !keys) return std::nullopt;
  return CachedKeys{*fetched_at, *std::move(keys)};
}

std::optional<CachedKeys> load_cached_keys(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  if (!in || !(text << in.rdbuf())) return std::nullopt;
  return parse_cached_keys(text.str());
}

std::expected<void, std::string> save_cached_keys(const std::filesystem::path& file,
                                                  const CachedKeys& cached) {
  const auto written = replace_file(file, 0644, print_cached_keys(cached));
  if (!written)
    return std::unexpected(fmt::format("{}: cannot be written: {}", file.string(), text_of(written.error())));
  return {};
}

}  // namespace porchlight::issuers
