// Copies the files of a folder into a backup, and reads them back. Each file's size and SHA-256 is in the manifest,
// which is the last file of a backup.
#pragma once

#include <expected>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "backup/manifest.h"
#include "backup/source.h"
#include "backup/target.h"

namespace porchlight::backup {

// Called with the bytes that were copied since the last call. If it returns false, the copying ends with an error.
using OnCopied = std::function<bool(std::uint64_t bytes)>;

// The bytes of the files of the folder.
std::uint64_t bytes_of(const std::filesystem::path& folder);

// Copies the files of `folder`, which must not change meanwhile, to the target, apart from those of the folders within
// it that `left_out` names, and then the manifest: `manifest` with the list of files. Does not finish the target.
// Returns the manifest; the error is a sentence.
std::expected<Manifest, std::string> write_backup(const std::filesystem::path& folder,
                                                  const std::vector<std::string>& left_out, Manifest manifest,
                                                  BackupTarget& target, const OnCopied& on_copied);

// Reads all files of a backup, and checks that they are those of its manifest. Each but the manifest is written to
// `target` unless that is null; it is not finished. Returns the manifest; the error is a sentence, and what was written
// to the target is then not to be used.
std::expected<Manifest, std::string> read_backup(BackupSource& source, FolderTarget* target,
                                                 const OnCopied& on_copied);

}  // namespace porchlight::backup
