#include "storage/folder.h"

#include <filesystem>
#include <memory>
#include <system_error>

namespace porchlight::storage {

using rocksdb::Status;

rocksdb::Status ensure_folder(rocksdb::Env& env, const std::string& folder) {
  if (const Status made = env.CreateDirIfMissing(folder); !made.ok()) return made;
  std::unique_ptr<rocksdb::Directory> parent;
  const std::string name = std::filesystem::path(folder).parent_path().string();
  if (const Status opened = env.NewDirectory(name.empty() ? "." : name, &parent); !opened.ok()) return opened;
  return parent->Fsync();
}

// Files may be removed meanwhile.
std::uint64_t folder_bytes(const std::filesystem::path& folder) {
  std::uint64_t bytes = 0;
  std::error_code fault;
  for (std::filesystem::directory_iterator entry(folder, fault), end; !fault && entry != end;
       entry.increment(fault)) {
    std::error_code gone;
    const std::uint64_t size = entry->file_size(gone);
    if (!gone) bytes += size;
  }
  return bytes;
}

rocksdb::Status probe_writes(rocksdb::Env& env, const std::string& folder) {
  constexpr std::size_t kProbeBytes = 4096;
  const std::string file = folder + "/write-probe";
  rocksdb::EnvOptions options;
  options.use_mmap_writes = false;  // a write to a map that the disk refuses is a signal, not an error
  std::unique_ptr<rocksdb::WritableFile> out;
  Status status = env.NewWritableFile(file, &out, options);
  if (!status.ok()) return status;
  status = out->Append(std::string(kProbeBytes, 'x'));
  if (status.ok()) status = out->Sync();
  if (status.ok()) status = out->Close();
  std::unique_ptr<rocksdb::SequentialFile> in;
  if (status.ok()) status = env.NewSequentialFile(file, &in, rocksdb::EnvOptions());
  const Status removed = env.DeleteFile(file);
  return status.ok() ? removed : status;
}

}  // namespace porchlight::storage
