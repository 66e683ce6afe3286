// The file `place` holds the inode number of the file `format` and the time at which that inode was created. A copy of
// `format` has another inode or was created later, whatever copied it; a moved folder keeps both. The device is not
// part of it: its number may change with each start of the machine.
#include "node/place.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <fstream>
#include <iterator>
#include <system_error>

#include "base/durable_file.h"
#include "base/logging.h"

namespace porchlight::node {
namespace {

std::unexpected<std::string> fault(const std::filesystem::path& file, std::string_view what, int error) {
  return std::unexpected(
      fmt::format("{}: {}: {}", file.string(), what, std::generic_category().message(error)));
}

// The text of `place` for the folder where it is now. File systems that do not store the time of creation have zero.
std::expected<std::string, std::string> place_of(const DataFolder& folder) {
  struct statx status = {};
  if (::statx(AT_FDCWD, folder.format().c_str(), 0, STATX_INO | STATX_BTIME, &status) != 0)
    return fault(folder.format(), "cannot be examined", errno);
  return fmt::format("inode {} created {}.{:09}\n", status.stx_ino, status.stx_btime.tv_sec,
                     status.stx_btime.tv_nsec);
}

}  // namespace

std::expected<bool, std::string> is_copy(const DataFolder& folder) {
  std::error_code error;
  if (!std::filesystem::exists(folder.place(), error) && !error) {
    if (auto recorded = adopt(folder); !recorded)
      log_warning("a copy of this data folder would not be recognised as one", {{"why", recorded.error()}});
    return false;
  }
  std::ifstream in(folder.place(), std::ios::binary);
  const std::string recorded{std::istreambuf_iterator<char>(in), {}};
  if (!in.is_open() || in.bad()) return fault(folder.place(), "cannot be read", errno);
  const auto here = place_of(folder);
  if (!here) return std::unexpected(here.error());
  return recorded != *here;
}

std::expected<void, std::string> adopt(const DataFolder& folder) {
  const auto here = place_of(folder);
  if (!here) return std::unexpected(here.error());
  const auto written = replace_file(folder.place(), 0600, *here);
  if (!written)
    return std::unexpected(folder.place().string() + ": cannot be written: " + text_of(written.error()));
  return {};
}

}  // namespace porchlight::node
