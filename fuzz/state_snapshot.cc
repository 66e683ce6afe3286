// Decodes arbitrary bytes as a snapshot: once as a whole file, and once as the body of one section of an otherwise
// valid file, so that the fuzzer reaches the code behind the checksums. The first byte selects the section: a shard
// or the directory.
#include <xxhash.h>

#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "state/snapshot.h"

namespace {

// Appends a section with a correct header.
void append_section(std::string& file, std::uint8_t kind, std::uint32_t number, std::string_view body) {
  porchlight::ByteWriter out(file);
  out.fixed(kind);
  out.fixed(number);
  out.fixed<std::uint64_t>(body.size());
  out.fixed<std::uint64_t>(XXH3_64bits(body.data(), body.size()));
  out.raw(body);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace porchlight::state;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  {
    View view;
    (void)load_snapshot(view, bytes);
  }
  if (bytes.empty()) return 0;
  const std::uint32_t target = static_cast<std::uint8_t>(bytes[0]) % (kShards + 1);
  const std::string empty_shard(16, '\0');
  std::string file("PLS1\x02");
  for (std::uint32_t shard = 0; shard < kShards; ++shard) {
    append_section(file, 1, shard, shard == target ? bytes.substr(1) : empty_shard);
  }
  append_section(file, 2, 0, target == kShards ? bytes.substr(1) : std::string_view("\0\0\0", 3));
  append_section(file, 3, 0, {});
  View view;
  (void)load_snapshot(view, file);
  return 0;
}
