#include "backup/manifest.h"

#include <algorithm>
#include <functional>

#include "base/json.h"
#include "base/json_writer.h"
#include "base/time_text.h"

namespace porchlight::backup {
namespace {

constexpr std::string_view kFormat = "porchlight backup 1";
constexpr std::size_t kShardsMax = 4096;
constexpr std::size_t kDigestDigits = 64;
constexpr JsonLimits kManifestLimits = {.depth = 4, .members = 5 * kBackupFilesMax, .string_bytes = 1024};

bool is_digest(std::string_view text) {
  return text.size() == kDigestDigits && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

bool is_name(std::string_view name) {
  const auto may_be_in_name = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  };
  return !name.empty() && name.front() != '.' && std::ranges::all_of(name, may_be_in_name);
}

std::expected<std::vector<std::uint64_t>, std::string> parse_positions(const simdjson::dom::element& root) {
  simdjson::dom::array array;
  std::vector<std::uint64_t> positions;
  if (root["positions"].get_array().get(array) || array.size() > kShardsMax)
    return std::unexpected("it has no list of positions");
  for (const simdjson::dom::element element : array)
    if (element.get_uint64().get(positions.emplace_back()))
      return std::unexpected("a position is not a number");
  return positions;
}

std::expected<std::vector<ManifestFile>, std::string> parse_files(const simdjson::dom::element& root) {
  simdjson::dom::array array;
  std::vector<ManifestFile> files;
  if (root["files"].get_array().get(array)) return std::unexpected("it has no list of files");
  for (const simdjson::dom::element element : array) {
    std::string_view path, sha256;
    std::uint64_t bytes = 0;
    if (element["path"].get_string().get(path) || element["bytes"].get_uint64().get(bytes) ||
        element["sha256"].get_string().get(sha256) || !is_backup_path(path) || !is_digest(sha256))
      return std::unexpected("an entry of its list of files is malformed");
    if (files.size() == kBackupFilesMax) return std::unexpected("it has too many files");
    files.push_back({std::string(path), bytes, std::string(sha256)});
  }
  const auto is_not_ascending =
      std::ranges::adjacent_find(files, std::ranges::greater_equal(), &ManifestFile::path);
  if (is_not_ascending != files.end()) return std::unexpected("its list of files is not in order");
  return files;
}

}  // namespace

std::string print_manifest(const Manifest& manifest) {
  std::string time;
  append_date_time(time, manifest.time);
  return json_object([&](JsonObject& out) {
    out.text("format", kFormat).text("version", manifest.version).text("time", time);
    out.boolean("keys", manifest.has_keys);
    out.array("positions", manifest.positions,
              [](JsonArray& list, std::uint64_t position) { list.number(position); });
    out.array("files", manifest.files, [](JsonArray& list, const ManifestFile& file) {
      list.object([&](JsonObject& one) {
        one.text("path", file.path).number("bytes", file.bytes).text("sha256", file.sha256);
      });
    });
  });
}

std::expected<Manifest, std::string> parse_manifest(std::string_view text) {
  JsonReader reader;
  const auto root = reader.parse(text, kManifestLimits);
  std::string_view format, version, time;
  if (!root || (*root)["format"].get_string().get(format) || !format.starts_with("porchlight backup "))
    return std::unexpected("it is not the manifest of a Porchlight backup");
  if (format != kFormat)
    return std::unexpected("its format is unknown; restore it with the version that made it, or a later one");
  Manifest manifest;
  if ((*root)["version"].get_string().get(version) || (*root)["time"].get_string().get(time) ||
      (*root)["keys"].get_bool().get(manifest.has_keys))
    return std::unexpected("it is malformed");
  const auto parsed_time = parse_date_time(time);
  if (!parsed_time) return std::unexpected("its time is malformed");
  auto positions = parse_positions(*root);
  if (!positions) return std::unexpected(positions.error());
  auto files = parse_files(*root);
  if (!files) return std::unexpected(files.error());
  manifest.version = version;
  manifest.time = *parsed_time;
  manifest.positions = *std::move(positions);
  manifest.files = *std::move(files);
  return manifest;
}

bool is_backup_path(std::string_view path) {
  const std::size_t slash = path.find('/');
  if (path.size() > kPathBytesMax) return false;
  if (slash == std::string_view::npos) return is_name(path);
  return is_name(path.substr(0, slash)) && is_name(path.substr(slash + 1));
}

}  // namespace porchlight::backup
