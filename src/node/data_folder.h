// The data folder: everything that a server stores. Mode 0700: it holds secrets and personal data. What a backup does
// with each part is listed in stores.h.
//
//   format             "porchlight data 1"
//   place              by what a copy of this folder is recognised (place.h)
//   log/               the event log
//   snapshots/         the view at some position of the log
//   history/           past presence, derived from the log; rebuilt from it if missing
//   keys/signing.pem   the server's own signing key, 0600
//   keys/paging.key    32 random bytes that seal $skiptoken of paged answers, 0600
//   keys/refresh.key   32 random bytes that refresh tokens are derived from, 0600; if the authority was ever on
//   issuers/           the last good keys of issuers whose keys are fetched
//   keys/authority-*.pem  the signing keys of the authority, 0600
//   authority/         the authority's store: password hashes, registrations, families of refresh tokens
//   subscriptions/     change notification subscriptions, and the last state sent to each
//   scim/              attributes of users that only SCIM has, and hashes of SCIM tokens
//   revocations/       the moments at which tokens were revoked; if any ever were
//   tls/               the self-signed CA and certificate, if they are used
//   last_backup        when the newest complete backup was made (data_image.h)
//   backup.tmp/        the image of this folder from which a backup is being copied (data_image.h)
//   before_upgrade/    the folder before it was converted to the present format (upgrade.h)
//   admin.sock         the socket of a running server for administrative commands, 0600
#pragma once

#include <expected>
#include <filesystem>
#include <string>

namespace porchlight::node {

// The numbers in the file `format` of the folders that a release knows: the one that it reads, and the oldest that it
// converts to that (upgrade.h).
struct DataFormats {
  int oldest, current;
};
inline constexpr DataFormats kDataFormats{.oldest = 1, .current = 1};
// The line of the file `format`.
std::string format_line(int number);

// The error of a file or folder: its path, and what is wrong with it.
std::unexpected<std::string> path_fault(const std::filesystem::path& path, const std::string& what);

// The paths in a data folder. A value; holds nothing open.
class DataFolder {
 public:
  // Creates the folder and its keys. An error, which is a sentence, if the folder exists and is not empty.
  static std::expected<DataFolder, std::string> create(const std::filesystem::path& root);
  // An existing folder, or a new one where there is nothing or an empty folder.
  static std::expected<DataFolder, std::string> open_or_create(const std::filesystem::path& root);
  // An existing folder, which may be read-only. An error if it cannot be read, its format is not the present one, or
  // other users may enter it.
  static std::expected<DataFolder, std::string> open(const std::filesystem::path& root,
                                                     const DataFormats& formats = kDataFormats);
  // The same of any format that can be converted, with its number.
  struct Found;
  static std::expected<Found, std::string> find(const std::filesystem::path& root,
                                                const DataFormats& formats);

  // Creates the signing key and the paging key. The error is a sentence.
  std::expected<void, std::string> make_keys() const;

  const std::filesystem::path& root() const { return root_; }
  std::filesystem::path format() const { return root_ / "format"; }
  std::filesystem::path place() const { return root_ / "place"; }
  std::filesystem::path log() const { return root_ / "log"; }
  std::filesystem::path snapshots() const { return root_ / "snapshots"; }
  std::filesystem::path history() const { return root_ / "history"; }
  std::filesystem::path signing_key() const { return root_ / "keys" / "signing.pem"; }
  std::filesystem::path paging_key() const { return root_ / "keys" / "paging.key"; }
  std::filesystem::path keys() const { return root_ / "keys"; }
  std::filesystem::path refresh_key() const { return root_ / "keys" / "refresh.key"; }
  std::filesystem::path authority() const { return root_ / "authority"; }
  std::filesystem::path issuers() const { return root_ / "issuers"; }
  std::filesystem::path subscriptions() const { return root_ / "subscriptions"; }
  std::filesystem::path scim() const { return root_ / "scim"; }
  std::filesystem::path audit() const { return root_ / "audit"; }
  std::filesystem::path revocations() const { return root_ / "revocations"; }
  std::filesystem::path tls() const { return root_ / "tls"; }
  std::filesystem::path last_backup() const { return root_ / "last_backup"; }
  std::filesystem::path before_upgrade() const { return root_ / "before_upgrade"; }
  std::filesystem::path image() const { return root_ / "backup.tmp"; }
  std::filesystem::path admin_socket() const { return root_ / "admin.sock"; }

 private:
  explicit DataFolder(std::filesystem::path root) : root_(std::move(root)) {}
  std::filesystem::path root_;
};

struct DataFolder::Found {
  DataFolder folder;
  int format;
};

}  // namespace porchlight::node
