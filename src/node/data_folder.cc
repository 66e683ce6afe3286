// Creates and recognises data folders. The file `format` is written last, so that a folder that has it is complete.
#include "node/data_folder.h"

#include <openssl/rand.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <memory>
#include <optional>

#include "identity/key_file.h"
#include "identity/minter.h"
#include "node/place.h"

namespace porchlight::node {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kFormat = "porchlight data ";

// The first line of the file, up to the size of a format; empty if the file is missing or empty. An error if it cannot
// be read.
std::expected<std::string, std::string> read_format(const fs::path& file) {
  constexpr std::size_t kFormatBytesMax = 256;
  const std::unique_ptr<FILE, int (*)(FILE*)> in(std::fopen(file.c_str(), "rbe"), std::fclose);
  if (!in && errno == ENOENT) return std::string();
  char text[kFormatBytesMax];
  const std::size_t size = in ? std::fread(text, 1, sizeof text, in.get()) : 0;
  if (!in || std::ferror(in.get()))
    return path_fault(file, std::string("cannot be read: ") + std::strerror(errno));
  return std::string(text, std::find(text, text + size, '\n'));
}

// The number of the line; nullopt if it is not that of a data folder.
std::optional<int> parse_format(std::string_view line) {
  if (!line.starts_with(kFormat)) return std::nullopt;
  line.remove_prefix(kFormat.size());
  int number = 0;
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), number);
  if (error != std::errc{} || end != line.data() + line.size() || number < 1) return std::nullopt;
  return number;
}

// Creates a folder that only its owner may enter.
std::expected<void, std::string> make_private(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (!error) fs::permissions(folder, fs::perms::owner_all, error);
  if (error) return path_fault(folder, "cannot be created: " + error.message());
  return {};
}

}  // namespace

std::unexpected<std::string> path_fault(const fs::path& path, const std::string& what) {
  return std::unexpected(path.string() + ": " + what);
}

std::expected<void, std::string> DataFolder::make_keys() const {
  if (auto made = make_private(keys()); !made) return made;
  if (auto saved = identity::SigningKey::generate().save(signing_key()); !saved) return saved;
  unsigned char secret[32];
  if (RAND_bytes(secret, sizeof(secret)) != 1) return path_fault(paging_key(), "OpenSSL has no random bytes");
  return identity::write_secret_file(paging_key(), {reinterpret_cast<const char*>(secret), sizeof(secret)});
}

std::string format_line(int number) { return std::string(kFormat) + std::to_string(number); }

std::expected<DataFolder, std::string> DataFolder::create(const fs::path& root) {
  std::error_code error;
  const bool is_there = fs::exists(root, error);
  const bool is_used = is_there && !fs::is_empty(root, error);
  if (error) return path_fault(root, "cannot be examined: " + error.message());
  if (is_used)
    return path_fault(root, fs::exists(root / "format", error)
                                ? "is already a data folder"
                                : "is not empty; name a new or an empty folder");
  DataFolder folder(root);
  for (const fs::path& part : {root, folder.log(), folder.snapshots(), folder.tls()}) {
    if (auto made = make_private(part); !made) return std::unexpected(made.error());
  }
  if (auto made = folder.make_keys(); !made) return std::unexpected(made.error());
  if (auto written = identity::write_secret_file(folder.format(), format_line(kDataFormats.current) + "\n");
      !written)
    return std::unexpected(written.error());
  if (auto recorded = adopt(folder); !recorded) return std::unexpected(recorded.error());
  return folder;
}

std::expected<DataFolder, std::string> DataFolder::open_or_create(const fs::path& root) {
  std::error_code error;
  return fs::exists(root / "format", error) ? open(root) : create(root);
}

std::expected<DataFolder, std::string> DataFolder::open(const fs::path& root, const DataFormats& formats) {
  const auto found = find(root, formats);
  if (!found) return std::unexpected(found.error());
  if (found->format == formats.current) return found->folder;
  return path_fault(root, "is of an older format, \"" + format_line(found->format) +
                              "\"; make a backup, then run: porchlight upgrade --data " + root.string());
}

std::expected<DataFolder::Found, std::string> DataFolder::find(const fs::path& root,
                                                               const DataFormats& formats) {
  struct stat status;
  const int failed = ::stat(root.c_str(), &status) != 0 ? errno : 0;
  if (failed == ENOENT || failed == ENOTDIR || (failed == 0 && !S_ISDIR(status.st_mode)))
    return path_fault(root, "no such folder; create one with: porchlight init --data " + root.string());
  if (failed != 0) return path_fault(root, std::string("cannot be examined: ") + std::strerror(failed));
  const auto line = read_format(root / "format");
  if (!line) return std::unexpected(line.error());
  if (line->empty())
    return path_fault(root, "not a data folder; create one with: porchlight init --data DIR");
  const auto number = parse_format(*line);
  if (!number || *number < formats.oldest || *number > formats.current)
    return path_fault(root, "its format \"" + *line + "\" is unknown; this version reads \"" +
                                format_line(formats.current) + "\"");
  if (status.st_mode & 077)
    return path_fault(root, "other users may enter it; forbid that with: chmod 700 " + root.string());
  return Found{DataFolder(root), *number};
}

}  // namespace porchlight::node
