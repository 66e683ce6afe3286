#include "storage/rocks_logger.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <cstdarg>
#include <cstdio>
#include <string_view>

namespace porchlight::storage {
namespace {

// Longer lines are cut off.
constexpr std::size_t kLineBytesMax = 1000;
// In the line about a failed opening: its caller gets the same status and says what it means.
constexpr std::string_view kReportedByCaller = "DB::Open() failed";
// In two lines about each checkpoint, in which RocksDB keeps its files from being deleted twice.
constexpr std::string_view kAboutCheckpoint = "File Deletions ";

// The formatted text as one line.
std::string formatted(const char* format, va_list arguments) {
  char text[kLineBytesMax];
  const int length = std::vsnprintf(text, sizeof text, format, arguments);
  std::string line(text, static_cast<std::size_t>(std::clamp<int>(length, 0, sizeof text - 1)));
  std::ranges::replace(line, '\n', ' ');
  return line;
}

}  // namespace

void RocksLogger::Logv(rocksdb::InfoLogLevel level, const char* format, va_list arguments) {
  if (level < GetInfoLogLevel() || level == rocksdb::HEADER_LEVEL) return;
  const std::string line = formatted(format, arguments);
  for (const std::string_view expected : {kReportedByCaller, kAboutCheckpoint})
    if (line.find(expected) != std::string::npos) return;
  const auto left_out = budget_.take(std::chrono::steady_clock::now());
  if (!left_out) return;
  const auto severity = level == rocksdb::WARN_LEVEL ? spdlog::level::warn : spdlog::level::err;
  if (*left_out > 0) spdlog::log(severity, "{}: {} lines of RocksDB were left out", folder_, *left_out);
  spdlog::log(severity, "{}: RocksDB: {}", folder_, line);
}

}  // namespace porchlight::storage
