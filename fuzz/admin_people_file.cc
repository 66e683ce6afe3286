// Files of users to import: any bytes give rows and faults in order of line, or an error, and reading ends.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "admin/people_file.h"

using namespace porchlight::admin;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto file = PeopleFile::open(std::string(reinterpret_cast<const char*>(data), size));
  if (!file) {
    if (file.error().empty()) std::abort();
    return 0;
  }
  std::size_t line = 1, faults = 0;
  while (const auto row = (*file)->next()) {
    faults += !*row;
    const std::size_t at = *row ? (*row)->line : row->error().line;
    if (at < line || at > size + 1) std::abort();
    line = at;
  }
  if (faults > kRowFaultsMax + 1) std::abort();
  if (faults <= kRowFaultsMax && (*file)->progress() != 1) std::abort();
  return 0;
}
