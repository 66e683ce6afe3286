#include "loadtest/server_process.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace porchlight::loadtest {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kListening = "0A";

// The inodes of the sockets that listen on the port. A line of the table is "sl local remote st queues timer
// retransmits uid timeout inode …"; an address is ADDRESS:PORT in hexadecimal digits.
std::vector<std::string> listening_inodes(const char* table, std::uint16_t port) {
  std::ifstream in(table);
  const std::string wanted = fmt::format(":{:04X}", port);
  std::vector<std::string> inodes;
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line);
    std::string slot, local, remote, state, queues, timer, retransmits, uid, timeout, inode;
    words >> slot >> local >> remote >> state >> queues >> timer >> retransmits >> uid >> timeout >> inode;
    if (state == kListening && local.ends_with(wanted)) inodes.push_back(inode);
  }
  return inodes;
}

// Calls `visit` with each entry of a folder until it returns true, and returns whether it did. Entries that disappear
// meanwhile are skipped: processes start and end.
template <typename Visit>
bool find_in(const fs::path& folder, Visit visit) {
  std::error_code gone;
  for (fs::directory_iterator entry(folder, gone), end; !gone && entry != end; entry.increment(gone))
    if (visit(entry->path())) return true;
  return false;
}

// Whether the process has one of these sockets open.
bool holds(const fs::path& process, const std::vector<std::string>& inodes) {
  return find_in(process / "fd", [&](const fs::path& descriptor) {
    std::error_code gone;
    const std::string target = fs::read_symlink(descriptor, gone).string();
    return std::ranges::any_of(inodes,
                               [&](const std::string& inode) { return target == "socket:[" + inode + "]"; });
  });
}

std::optional<std::uint64_t> resident_bytes(pid_t pid) {
  std::ifstream in(fmt::format("/proc/{}/statm", pid));
  std::uint64_t size = 0, resident = 0;
  if (!(in >> size >> resident)) return std::nullopt;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

// CPU time of the threads that exist now, in nanosecond resolution. Differences are right while no thread ends.
double cpu_seconds(pid_t pid) {
  double sum = 0;
  find_in(fmt::format("/proc/{}/task", pid), [&](const fs::path& task) {
    std::ifstream in(task / "schedstat");
    double ns = 0;
    if (in >> ns) sum += ns;
    return false;
  });
  return sum / 1e9;
}

}  // namespace

std::optional<pid_t> find_listener(std::uint16_t port) {
  std::vector<std::string> inodes = listening_inodes("/proc/net/tcp", port);
  for (std::string& inode : listening_inodes("/proc/net/tcp6", port)) inodes.push_back(std::move(inode));
  if (inodes.empty()) return std::nullopt;
  std::optional<pid_t> found;
  find_in("/proc", [&](const fs::path& process) {
    const std::string name = process.filename();
    pid_t pid = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (error == std::errc() && end == name.data() + name.size() && holds(process, inodes)) found = pid;
    return found.has_value();
  });
  return found;
}

std::optional<ProcessCost> cost_of(pid_t pid) {
  const auto resident = resident_bytes(pid);
  if (!resident) return std::nullopt;
  return ProcessCost{cpu_seconds(pid), *resident};
}

}  // namespace porchlight::loadtest
