// Reads arbitrary bytes as a backup in a tar archive, and as its manifest. What is accepted is the same when it is
// printed and read again.
#include <cstdint>
#include <cstdlib>

#include "backup/backup.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace porchlight::backup;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  TarSource source(bytes);
  (void)read_backup(source, nullptr, [](std::uint64_t) { return true; });
  const auto manifest = parse_manifest(bytes);
  if (manifest && parse_manifest(print_manifest(*manifest)) != *manifest) std::abort();
  return 0;
}
