// RocksDB's warnings and errors in the server's log.
//
// RocksDB's own info log is a file beside the data. It is written through the same file system, so on a failing disk it
// fails too, and the library aborts the process when a file is written again after a failed write (Debian builds it
// with assertions). A logger that writes no file has neither trouble.
#pragma once

#include <rocksdb/env.h>

#include <string>
#include <utility>

#include "base/line_budget.h"

namespace porchlight::storage {

// The info log of one database: lines at WARN and above, prefixed with its folder. A database on a failing disk repeats
// its errors at every retry, so the lines are limited. Any thread.
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
  LineBudget budget_;
};

}  // namespace porchlight::storage
