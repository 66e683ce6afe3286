// The info log of RocksDB: which lines reach the server's log, and how many.
#include "storage/rocks_logger.h"

#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstdarg>
#include <memory>
#include <sstream>

namespace porchlight::storage {
namespace {

// Writes a line as RocksDB does.
void line(rocksdb::Logger& logger, rocksdb::InfoLogLevel level, const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  logger.Logv(level, format, arguments);
  va_end(arguments);
}

class RocksLoggerTest : public testing::Test {
 protected:
  RocksLoggerTest() : before_(spdlog::default_logger()) {
    const auto sink = std::make_shared<spdlog::sinks::ostream_sink_mt>(written_);
    auto logger = std::make_shared<spdlog::logger>("test", sink);
    logger->set_pattern("%l %v");
    spdlog::set_default_logger(std::move(logger));
  }
  ~RocksLoggerTest() override { spdlog::set_default_logger(before_); }

  std::ostringstream written_;
  const std::shared_ptr<spdlog::logger> before_;
  RocksLogger logger_{"/data/log"};
};

TEST_F(RocksLoggerTest, PassesOnWarningsAndErrors) {
  line(logger_, rocksdb::DEBUG_LEVEL, "debug");
  line(logger_, rocksdb::INFO_LEVEL, "info");
  line(logger_, rocksdb::HEADER_LEVEL, "banner");
  line(logger_, rocksdb::WARN_LEVEL, "DB::Open() failed: %s", "lock hold by current process");
  line(logger_, rocksdb::WARN_LEVEL, "file %d", 7);
  line(logger_, rocksdb::ERROR_LEVEL, "two\nlines");
  line(logger_, rocksdb::FATAL_LEVEL, "%s", std::string(5000, 'x').c_str());
  EXPECT_EQ(written_.str(),
            "warning /data/log: RocksDB: file 7\nerror /data/log: RocksDB: two lines\n"
            "error /data/log: RocksDB: " +
                std::string(999, 'x') + "\n");
}

TEST_F(RocksLoggerTest, LimitsLines) {
  for (int i = 0; i < 1000; ++i) line(logger_, rocksdb::ERROR_LEVEL, "again");
  EXPECT_EQ(std::ranges::count(written_.str(), '\n'), kLinesPerMinute);
}

}  // namespace
}  // namespace porchlight::storage
