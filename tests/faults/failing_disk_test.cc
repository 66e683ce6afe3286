// The server on a disk whose calls fail once, for a while or for good: it does not abort, reads and streams continue,
// writes get 503 with Retry-After, work again soon after the disk does, and nothing acknowledged is lost.
#include <gtest/gtest.h>

#include <cerrno>
#include <csignal>

#include "faults/server_on_faulty_disk.h"

namespace porchlight {
namespace {

constexpr NamedCode kCalls[] = {
    {kWriteCall, "write"},   {kSyncCall, "fsync"},         {kOpenToWriteCall, "open"},
    {kRenameCall, "rename"}, {kTruncateCall, "ftruncate"}, {kMakeFolderCall, "mkdir"},
    {kRemoveCall, "unlink"}, {kAllocateCall, "fallocate"}, {kOpenToReadCall, "open to read"},
    {kAllChanges, "all"}};

// Expects that every kind of write works soon.
void expect_recovery(ServerOnFaultyDisk& server, const std::string& when) {
  ASSERT_TRUE(server.is_running()) << when << ": " << server.log();
  for (const auto& [name, write] : server.writes())
    EXPECT_TRUE(eventually([&] { return write() != 503; }, kRecovery))
        << when << ": " << name << " writes stay refused";
  EXPECT_TRUE(eventually([&] { return server.readiness().status == 200; }, kRecovery)) << when;
  server.expect_reads(when);
}

// Every call with every error: once, then for as long as the test likes, with a failed write beforehand, so that the
// databases are opened again meanwhile.
TEST(FailingDisk, EveryCallWithEveryError) {
  ServerOnFaultyDisk server;
  ASSERT_EQ(server.write_presence(), 200);
  ASSERT_EQ(server.provision(), 201);
  for (const NamedCode& error : kDiskErrors) {
    for (const NamedCode& call : kCalls) {
      const std::string what = std::string(call.name) + " fails with " + error.name;
      SCOPED_TRACE(what);
      server.faults().fail(static_cast<std::uint32_t>(call.value), error.value, 1);
      for (const auto& [name, write] : server.writes()) write();
      server.faults().recover();
      ASSERT_NO_FATAL_FAILURE(expect_recovery(server, what + " once"));

      server.faults().fail(static_cast<std::uint32_t>(call.value), error.value);
      server.faults().fail(kWriteCall, error.value, 3, kAllParts, 1);
      for (int turn = 0; turn < 3; ++turn)
        for (const auto& [name, write] : server.writes()) write();
      ASSERT_TRUE(server.is_running()) << server.log();
      server.expect_reads(what + " for a while", call.value != kOpenToReadCall);
      server.expect_stream(what + " for a while");
      server.faults().recover();
      ASSERT_NO_FATAL_FAILURE(expect_recovery(server, what + " for a while"));
    }
  }
  server.stop(SIGKILL);
  server.start();
  server.expect_reads("after kill -9");
}

// Until the retries have failed several times: at each retry the databases are opened, as far as the disk lets them.
TEST(FailingDisk, RefusesWritesThroughManyRetries) {
  ServerOnFaultyDisk server;
  ASSERT_EQ(server.write_presence(), 200);
  ASSERT_EQ(server.provision(), 201);
  for (const NamedCode& error : kDiskErrors) {
    SCOPED_TRACE(error.name);
    server.faults().fail(kWriteCall | kSyncCall, error.value);
    for (const auto& [name, write] : server.writes())
      EXPECT_TRUE(eventually([&] { return write() == 503; }, kRecovery)) << name;
    EXPECT_EQ(server.readiness().status, 503);
    EXPECT_EQ(server.client().get("/healthz", "").status, 200);
    const auto failed = [&] { return server.faults()->rules[0].failed.load(); };
    for (const std::uint64_t before = failed(); failed() < before + 40;) {
      for (const auto& [name, write] : server.writes()) EXPECT_EQ(write(), 503) << name;
      ASSERT_TRUE(server.is_running()) << server.log();
    }
    server.expect_reads("between retries");
    server.faults().recover();
    ASSERT_NO_FATAL_FAILURE(expect_recovery(server, error.name));
  }
}

// The disk fails and never recovers: the server stops in order, or is killed, and the next start on a sound disk finds
// everything.
TEST(FailingDisk, KeepsEverythingAcknowledgedIfItFailsForGood) {
  ServerOnFaultyDisk server;
  for (const NamedCode& error : kDiskErrors) {
    for (const int signal : {SIGTERM, SIGKILL}) {
      const std::string when = std::string(error.name) + " until signal " + std::to_string(signal);
      SCOPED_TRACE(when);
      for (int i = 0; i < 4; ++i)
        for (const auto& [name, write] : server.writes()) ASSERT_NE(write(), 503) << name;
      server.faults().fail(kAllChanges, error.value);
      for (const auto& [name, write] : server.writes()) EXPECT_EQ(write(), 503) << name;
      server.expect_reads(when);
      const auto code = server.stop(signal);
      EXPECT_EQ(code.has_value(), signal == SIGTERM) << "aborted: " << server.log();
      server.faults().recover();
      server.start();
      server.expect_reads(when);
    }
  }
}

// Each database alone: the others go on.
TEST(FailingDisk, OfOneDatabaseLeavesTheOthers) {
  const struct {
    std::uint32_t part;
    const char* refused;
  } rows[] = {{kLogPart, "presence"}, {kSubscriptionsPart, "subscription"},
              {kScimPart, "scim"},    {kHistoryPart, ""},
              {kSnapshotsPart, ""},   {kAuthorityPart, ""}};
  ServerOnFaultyDisk server;
  for (const auto& row : rows) {
    SCOPED_TRACE(row.part);
    server.faults().fail(kAllChanges, EIO, -1, row.part);
    for (int turn = 0; turn < 3; ++turn) {
      for (const auto& [name, write] : server.writes()) {
        const int status = write();
        // Provisioning writes to the log as well.
        const bool refused = name == row.refused || (name == "scim" && row.part == kLogPart);
        EXPECT_EQ(status == 503, refused) << name << ": " << status;
      }
    }
    server.expect_reads("one database fails");
    server.faults().recover();
    ASSERT_NO_FATAL_FAILURE(expect_recovery(server, "one database failed"));
  }
}

// With a database of revocations, and before there is one.
TEST(FailingDisk, ARevocationThatCannotBeWrittenHasNoEffect) {
  for (const bool has_database : {false, true}) {
    SCOPED_TRACE(has_database);
    ServerOnFaultyDisk server;
    const auto revoke = [&](const std::string& app) {
      return run({"token", "revoke", "--data", server.data(), "--app", app});
    };
    const auto read = [&] {
      return server.client()
          .get("/v1.0/users/" + server.tenant().user + "/presence", server.tenant().token)
          .status;
    };
    const std::string stranger = "99999999-0000-4000-8000-000000000009";
    ASSERT_TRUE(!has_database || revoke(stranger).exit_code == 0);
    server.faults().fail(kAllChanges, EIO, -1, kRevocationsPart);
    const Finished refused = revoke(server.tenant().app);
    EXPECT_EQ(refused.exit_code, 1);
    EXPECT_NE(refused.err.find("the revocation cannot be written now"), std::string::npos) << refused.err;
    EXPECT_EQ(read(), 200);
    EXPECT_NE(server.write_presence(), 503);
    server.faults().recover();
    EXPECT_TRUE(eventually([&] { return revoke(server.tenant().app).exit_code == 0; }, kRecovery));
    EXPECT_EQ(read(), 401);
    ASSERT_TRUE(server.is_running()) << server.log();
  }
}

}  // namespace
}  // namespace porchlight
