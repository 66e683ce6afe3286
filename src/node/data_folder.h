// The data folder: everything a server keeps. Mode 0700; nothing in it is for others' eyes.
//
//   format             "porchlight data 1"
//   log/               the event log
//   snapshots/         the view as of some position of the log
//   history/           the past, read from the log; made anew from it where it is missing
//   keys/signing.pem   the server's own signing key, 0600
//   keys/paging.key    32 random bytes that seal the places of paged answers, 0600
//   keys/refresh.key   32 random bytes that make refresh tokens, 0600; where the authority was ever on
//   keys/authority-*.pem  the keys that the authority signs with, 0600
//   authority/         what the authority keeps: hashes of passwords, registrations, refresh tokens' families
//   subscriptions/     who is to be told of changes, and what each was told
//   scim/              what identity providers say of people beside the directory, and hashes of their tokens
//   tls/               the self-made CA and certificate, where they are used
//   admin.sock         where a running server takes administrative commands, 0600
#pragma once

#include <expected>
#include <filesystem>
#include <string>

namespace porchlight::node {

class DataFolder {
 public:
  // Makes the folder and its signing key. Refused where the folder holds anything already.
  static std::expected<DataFolder, std::string> create(const std::filesystem::path& root);
  // An existing folder of a format we know, closed to others.
  static std::expected<DataFolder, std::string> open(const std::filesystem::path& root);

  const std::filesystem::path& root() const { return root_; }
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
  std::filesystem::path tls() const { return root_ / "tls"; }
  std::filesystem::path admin_socket() const { return root_ / "admin.sock"; }

 private:
  explicit DataFolder(std::filesystem::path root) : root_(std::move(root)) {}
  std::filesystem::path root_;
};

}  // namespace porchlight::node
