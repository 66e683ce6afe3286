// Calls of the disk that do not return: while one is held nothing that depends on it is acknowledged or sent, and after
// kill -9 at that point the state is the one before.
#include <gtest/gtest.h>

#include <csignal>

#include "faults/server_on_faulty_disk.h"

namespace porchlight {
namespace {

// Round trips of reads that a server answers meanwhile: one that acknowledges too early has done it by then.
constexpr int kReadsMeanwhile = 50;

class HeldDisk : public testing::Test {
 protected:
  // Holds the calls, and waits until `begin` has led to one.
  void hold(std::uint32_t calls, std::uint32_t parts, const std::function<void()>& begin) {
    server_.faults()->held_parts = parts;
    server_.faults()->held_calls = calls;
    begin();
    ASSERT_TRUE(eventually([&] { return server_.faults()->waiting > 0; }, kPatience));
    for (int i = 0; i < kReadsMeanwhile; ++i) ASSERT_EQ(server_.client().get("/healthz", "").status, 200);
  }
  void kill_and_start() {
    server_.stop(SIGKILL);
    server_.faults().recover();
    server_.faults()->waiting = 0;
    server_.start();
  }

  ServerOnFaultyDisk server_;
};

TEST_F(HeldDisk, NothingIsAcknowledgedBeforeItIsDurable) {
  const struct {
    const char* what;
    std::uint32_t part;
    std::uint32_t call;
  } rows[] = {
      {"presence", kLogPart, kWriteCall},
      {"presence", kLogPart, kSyncCall},
      {"subscription", kSubscriptionsPart, kWriteCall},
      {"subscription", kSubscriptionsPart, kSyncCall},
      {"scim", kScimPart, kWriteCall},
      {"scim", kScimPart, kSyncCall},
      {"scim", kLogPart, kWriteCall},
      {"scim", kLogPart, kSyncCall},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(std::string(row.what) + ", part " + std::to_string(row.part) + ", call " +
                 std::to_string(row.call));
    for (const auto& [name, write] : server_.writes()) ASSERT_NE(write(), 503);
    HttpClient writer(server_.port());
    ASSERT_NO_FATAL_FAILURE(hold(row.call, row.part, [&] { server_.ask(row.what, writer); }));
    EXPECT_FALSE(writer.has_answer()) << "acknowledged while the disk has not answered";
    kill_and_start();
    server_.expect_reads("after kill -9 in the call");
  }
}

// The mark before a post (notify/publisher_thread.cc).
TEST_F(HeldDisk, NoNotificationLeavesBeforeItsMark) {
  for (const std::uint32_t call : {kWriteCall, kSyncCall}) {
    SCOPED_TRACE(call);
    ASSERT_EQ(server_.write_presence(), 200);
    ASSERT_TRUE(eventually([&] { return server_.is_notified(); }, kPatience));
    const std::size_t before = server_.requests();
    ASSERT_NO_FATAL_FAILURE(
        hold(call, kSubscriptionsPart, [&] { ASSERT_EQ(server_.write_presence(), 200); }));
    EXPECT_EQ(server_.requests(), before) << "sent before the disk knows";
    kill_and_start();
    EXPECT_TRUE(eventually([&] { return server_.is_notified(); }, kPatience));
  }
}

}  // namespace
}  // namespace porchlight
