// Creates and recognises data folders. The file `format` is written last, so that a folder that has it is complete.
#include "node/data_folder.h"

#include <openssl/rand.h>
#include <sys/stat.h>

#include <fstream>

#include "identity/key_file.h"
#include "identity/minter.h"

namespace porchlight::node {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kFormat = "porchlight data 1";

std::unexpected<std::string> fault(const fs::path& path, const std::string& what) {
  return std::unexpected(path.string() + ": " + what);
}

// Creates a folder that only its owner may enter.
std::expected<void, std::string> make_private(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (!error) fs::permissions(folder, fs::perms::owner_all, error);
  if (error) return fault(folder, "cannot be created: " + error.message());
  return {};
}

// Creates the signing key and the paging key.
std::expected<void, std::string> make_keys(const DataFolder& folder) {
  if (auto saved = identity::SigningKey::generate().save(folder.signing_key()); !saved) return saved;
  unsigned char secret[32];
  if (RAND_bytes(secret, sizeof(secret)) != 1)
    return fault(folder.paging_key(), "OpenSSL has no random bytes");
  return identity::write_secret_file(folder.paging_key(),
                                     {reinterpret_cast<const char*>(secret), sizeof(secret)});
}

}  // namespace

std::expected<DataFolder, std::string> DataFolder::create(const fs::path& root) {
  std::error_code error;
  if (fs::exists(root, error) && !fs::is_empty(root, error))
    return fault(root, fs::exists(root / "format", error) ? "is already a data folder"
                                                          : "is not empty; name a new or an empty folder");
  DataFolder folder(root);
  for (const fs::path& part : {root, folder.log(), folder.snapshots(), root / "keys", folder.tls()}) {
    if (auto made = make_private(part); !made) return std::unexpected(made.error());
  }
  if (auto made = make_keys(folder); !made) return std::unexpected(made.error());
  if (auto written = identity::write_secret_file(root / "format", std::string(kFormat) + "\n"); !written)
    return std::unexpected(written.error());
  return folder;
}

std::expected<DataFolder, std::string> DataFolder::open(const fs::path& root) {
  struct stat status;
  if (::stat(root.c_str(), &status) != 0 || !S_ISDIR(status.st_mode))
    return fault(root, "no such folder; create one with: porchlight init --data " + root.string());
  std::string line;
  std::ifstream in(root / "format");
  if (!in || !std::getline(in, line))
    return fault(root, "not a data folder; create one with: porchlight init --data DIR");
  if (line != kFormat)
    return fault(
        root, "its format \"" + line + "\" is unknown; this version reads \"" + std::string(kFormat) + "\"");
  if (status.st_mode & 077)
    return fault(root, "other users may enter it; forbid that with: chmod 700 " + root.string());
  return DataFolder(root);
}

}  // namespace porchlight::node
