#include "storage/folder.h"

#include <filesystem>
#include <memory>

namespace porchlight::storage {

using rocksdb::Status;

rocksdb::Status ensure_folder(rocksdb::Env& env, const std::string& folder) {
  if (const Status made = env.CreateDirIfMissing(folder); !made.ok()) return made;
  std::unique_ptr<rocksdb::Directory> parent;
  const std::string name = std::filesystem::path(folder).parent_path().string();
  if (const Status opened = env.NewDirectory(name.empty() ? "." : name, &parent); !opened.ok()) return opened;
  return parent->Fsync();
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
