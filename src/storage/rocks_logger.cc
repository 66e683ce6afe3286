#include "storage/rocks_logger.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <string_view>
#include <utility>

namespace porchlight::storage {
namespace {

constexpr auto kMinute = std::chrono::minutes(1);
// Longer lines are cut off.
constexpr std::size_t kLineBytesMax = 1000;
// In the line about a failed opening: its caller gets the same status and says what it means.
constexpr std::string_view kReportedByCaller = "DB::Open() failed";

// The formatted text as one line.
std::string formatted(const char* format, va_list arguments) {
  char text[kLineBytesMax];
  const int length = std::vsnprintf(text, sizeof text, format, arguments);
  std::string line(text, static_cast<std::size_t>(std::clamp<int>(length, 0, sizeof text - 1)));
  std::ranges::replace(line, '\n', ' ');
  return line;
}

}  // namespace

bool LineBudget::take(std::chrono::steady_clock::time_point now) {
  if (!minute_began_ || now - *minute_began_ >= kMinute) {
    minute_began_ = now;
    taken_ = 0;
  }
  if (taken_ == kRocksLinesPerMinute) {
    ++refused_;
    return false;
  }
  ++taken_;
  return true;
}

std::uint64_t LineBudget::take_refused() { return std::exchange(refused_, 0); }

void RocksLogger::Logv(rocksdb::InfoLogLevel level, const char* format, va_list arguments) {
  if (level < GetInfoLogLevel() || level == rocksdb::HEADER_LEVEL) return;
  const std::string line = formatted(format, arguments);
  if (line.find(kReportedByCaller) != std::string::npos) return;
  std::uint64_t refused = 0;
  {
    const MutexLock lock(mutex_);
    if (!budget_.take(std::chrono::steady_clock::now())) return;
    refused = budget_.take_refused();
  }
  const auto severity = level == rocksdb::WARN_LEVEL ? spdlog::level::warn : spdlog::level::err;
  if (refused > 0) spdlog::log(severity, "{}: {} lines of RocksDB were left out", folder_, refused);
  spdlog::log(severity, "{}: RocksDB: {}", folder_, line);
}

}  // namespace porchlight::storage
