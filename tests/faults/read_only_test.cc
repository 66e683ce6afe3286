// Starts on a data folder that takes no writes, and on one that cannot be read.
#include <gmock/gmock.h>

#include <cerrno>
#include <csignal>

#include "faults/server_on_faulty_disk.h"

namespace porchlight {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// All databases, the keys and the sockets at once; then each database alone.
TEST(ReadOnly, ServesReadsUntilTheFolderTakesWrites) {
  ServerOnFaultyDisk server;
  for (const NamedCode& error : kDiskErrors) {
    for (const int signal : {SIGTERM, SIGKILL}) {
      SCOPED_TRACE(std::string(error.name) + " after signal " + std::to_string(signal));
      for (const auto& [name, write] : server.writes()) ASSERT_NE(write(), 503) << name;
      EXPECT_TRUE(eventually([&] { return server.read_past().status == 200; }, kRecovery))
          << "the history is written up to here";
      server.stop(signal);
      server.faults().fail(kAllChanges, error.value);
      server.start();
      EXPECT_THAT(server.log(), HasSubstr("the data folder takes no writes: serving reads only"));
      EXPECT_EQ(server.readiness().status, 503);
      EXPECT_THAT(server.readiness().body, HasSubstr("takes no writes; reads are served"));
      EXPECT_EQ(server.client().get("/healthz", "").status, 200);
      server.expect_reads("read-only");
      server.expect_stream("read-only");
      EXPECT_EQ(server.read_past().status, 200);
      for (int turn = 0; turn < 3; ++turn)
        for (const auto& [name, write] : server.writes()) EXPECT_EQ(write(), 503) << name;
      ASSERT_TRUE(server.is_running()) << server.log();
      server.faults().recover();
      for (const auto& [name, write] : server.writes())
        EXPECT_TRUE(eventually([&] { return write() != 503; }, kRecovery)) << name;
      EXPECT_TRUE(eventually([&] { return server.readiness().status == 200; }, kRecovery));
      server.expect_reads("writable again");
    }
  }
}

TEST(ReadOnly, OfOneDatabaseLeavesTheOthers) {
  const struct {
    std::uint32_t part;
    const char* refused;
  } rows[] = {{kLogPart, "presence"}, {kSubscriptionsPart, "subscription"},
              {kScimPart, "scim"},    {kAuthorityPart, ""},
              {kHistoryPart, ""},     {kSnapshotsPart, ""}};
  ServerOnFaultyDisk server;
  for (const auto& row : rows) {
    SCOPED_TRACE(row.part);
    server.stop(SIGTERM);
    server.faults().fail(kAllChanges, EROFS, -1, row.part);
    server.start();
    for (const auto& [name, write] : server.writes()) {
      // Provisioning writes to the log as well.
      const bool is_refused = name == row.refused || (name == "scim" && row.part == kLogPart);
      EXPECT_EQ(write() == 503, is_refused) << name;
    }
    server.expect_reads("one database is read-only");
    server.faults().recover();
    for (const auto& [name, write] : server.writes())
      EXPECT_TRUE(eventually([&] { return write() != 503; }, kRecovery)) << name;
  }
}

// The error is the system's: a folder that cannot be read is a data folder nevertheless.
TEST(ReadOnly, NamesTheErrorIfItCannotBeRead) {
  const struct {
    int error;
    const char* text;
  } rows[] = {{EACCES, "Permission denied"}, {EIO, "Input/output error"}};
  ServerOnFaultyDisk server;
  for (const auto& row : rows) {
    for (const std::uint32_t part : {kOtherPart, kLogPart, kSubscriptionsPart, kAuthorityPart, kScimPart}) {
      SCOPED_TRACE(std::string(row.text) + " in part " + std::to_string(part));
      server.stop(SIGTERM);
      server.faults().fail(kAllChanges | kOpenToReadCall, row.error, -1, part);
      std::string said;
      try {
        server.start();
      } catch (const std::runtime_error& error) {
        said = error.what();
      }
      EXPECT_THAT(said, HasSubstr(row.text));
      EXPECT_THAT(said, Not(HasSubstr("not a data folder")));
      EXPECT_THAT(said, Not(HasSubstr("in use by another process")));
      EXPECT_THAT(said, Not(HasSubstr("Restore the data folder from a copy")));
      server.faults().recover();
      server.start();
    }
  }
}

}  // namespace
}  // namespace porchlight
