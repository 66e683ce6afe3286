// RocksDB's warnings and errors in the server's log.
//
// RocksDB's own info log is a file beside the data. It is written through the same file system, so on a failing disk it
// fails too, and the library aborts the process when a file is written again after a failed write (Debian builds it
// with assertions). A logger that writes no file has neither trouble.
#pragma once

#include <rocksdb/env.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "base/mutex.h"

namespace porchlight::storage {

// A database on a failing disk repeats its errors at every retry; more lines than these per minute are counted only.
inline constexpr std::uint32_t kRocksLinesPerMinute = 10;

// Limits lines to kRocksLinesPerMinute. Not thread-safe.
class LineBudget {
 public:
  // Returns whether a line may be written at `now`, which does not decrease.
  bool take(std::chrono::steady_clock::time_point now);
  // The number of lines refused since the last call.
  std::uint64_t take_refused();

 private:
  std::optional<std::chrono::steady_clock::time_point> minute_began_;  // nullopt before the first line
  std::uint32_t taken_ = 0;                                            // in this minute
  std::uint64_t refused_ = 0;
};

// The info log of one database: lines at WARN and above, prefixed with its folder. Any thread.
class RocksLogger final : public rocksdb::Logger {
 public:
  explicit RocksLogger(std::string folder) : Logger(rocksdb::WARN_LEVEL), folder_(std::move(folder)) {}
  using rocksdb::Logger::Logv;
  void Logv(rocksdb::InfoLogLevel level, const char* format, va_list arguments) override;
  // RocksDB calls it for lines without a level: the start banner.
  void Logv(const char*, va_list) override {}
  void LogHeader(const char*, va_list) override {}

 private:
  const std::string folder_;
  Mutex mutex_;
  LineBudget budget_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace porchlight::storage
