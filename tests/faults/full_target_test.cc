// Commands that copy a data folder to a disk that is full or fails, beside a running server: they end with an error
// that names the fault, leave nothing half done, and the server does not notice.
#include <gmock/gmock.h>

#include <cstring>

#include "faults/server_on_faulty_disk.h"

namespace porchlight {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

constexpr NamedCode kCallsOfCopies[] = {{kWriteCall, "write"},
                                        {kSyncCall, "fsync"},
                                        {kOpenToWriteCall, "open"},
                                        {kMakeFolderCall, "mkdir"},
                                        {kRenameCall, "rename"}};
constexpr NamedCode kTargetErrors[] = {{ENOSPC, "ENOSPC"}, {EIO, "EIO"}};
// In the order of a copy: its first call, one in the middle, and any.
constexpr NamedCode kFailingParts[] = {{kLogPart, "log"}, {kHistoryPart, "history"}, {kAllParts, "any"}};

class FullTarget : public testing::Test {
 protected:
  // Runs a command that makes `copy`, while the calls in its folder fail as `faults_` says.
  Finished run_with_faults(const std::vector<std::string>& arguments, const fs::path& copy) {
    return run(arguments, {}, disk_faults_environment(folder_ / "faults", copy.string() + ".partial"));
  }

  // Whether the command fails before it begins to copy: it cannot make the folder.
  static bool is_in_the_way_of_all(const NamedCode& call, const NamedCode& part) {
    return call.value == kMakeFolderCall && part.value == kAllParts;
  }

  // Runs the command with each fault of the disk that reaches it, and then with none.
  void expect_all_or_nothing(const std::vector<std::string>& arguments, const fs::path& copy,
                             const std::string& outcome) {
    int reached = 0;
    for (const NamedCode& error : kTargetErrors) {
      for (const NamedCode& call : kCallsOfCopies) {
        for (const NamedCode& part : kFailingParts) {
          SCOPED_TRACE(std::string(call.name) + " in " + part.name + " fails with " + error.name);
          faults_.fail(static_cast<std::uint32_t>(call.value), error.value, -1,
                       static_cast<std::uint32_t>(part.value));
          const Finished finished = run_with_faults(arguments, copy);
          if (faults_->rules[0].failed == 0) {
            ASSERT_EQ(finished.exit_code, 0) << finished.err;
            fs::remove_all(copy);
            continue;
          }
          ++reached;
          EXPECT_EQ(finished.exit_code, 1);
          if (!is_in_the_way_of_all(call, part)) {
            EXPECT_THAT(finished.err, HasSubstr(outcome));
          }
          EXPECT_THAT(finished.err, HasSubstr(copy.string()));
          EXPECT_THAT(finished.err, HasSubstr(std::strerror(error.value)));
          EXPECT_FALSE(fs::exists(copy));
          EXPECT_FALSE(fs::exists(copy.string() + ".partial"));
          ASSERT_NO_FATAL_FAILURE(expect_served());
        }
      }
    }
    EXPECT_GE(reached, 2 * 9) << "nearly all faults are in the way of a copy";
    faults_.recover();
    const Finished finished = run_with_faults(arguments, copy);
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
  }

  // Writes and reads work, and the server has removed what it made for the command.
  void expect_served() {
    ASSERT_EQ(client_
                  .post("/v1.0/users/" + tenant_.user + "/presence/setPresence", tenant_.token,
                        R"({"sessionId":")" + tenant_.app +
                            R"(","availability":"Busy","activity":"InACall","expirationDuration":"PT1H"})")
                  .status,
              200);
    EXPECT_EQ(client_.get("/v1.0/users/" + tenant_.user + "/presence", tenant_.token).at("/availability"),
              "Busy");
    EXPECT_FALSE(fs::exists(tenant_.data + "/backup.tmp"));
  }

  const TempFolder folder_;
  MappedFaults faults_{folder_ / "faults"};
  const TestTenant tenant_{folder_ / "data"};
  const ServerProcess server_{tenant_.data, {"--throttle", "off"}};
  HttpClient client_{server_.port()};
};

TEST_F(FullTarget, OfABackup) {
  const fs::path copy = folder_ / "copy";
  expect_all_or_nothing({"backup", "--data", tenant_.data, "--to", copy.string()}, copy,
                        "the backup is not complete: ");
  const Finished verified = run({"backup", "verify", copy.string()});
  EXPECT_EQ(verified.exit_code, 0) << verified.err;
}

TEST_F(FullTarget, OfARestore) {
  const fs::path backup = folder_ / "backup", copy = folder_ / "copy";
  ASSERT_EQ(run({"backup", "--data", tenant_.data, "--to", backup.string()}).exit_code, 0);
  expect_all_or_nothing({"restore", "--from", backup.string(), "--data", copy.string()}, copy,
                        "nothing was restored: ");
  const ServerProcess restored(copy, {"--throttle", "off"});
  EXPECT_EQ(
      HttpClient(restored.port()).get("/v1.0/users/" + tenant_.user + "/presence", tenant_.token).status,
      200);
}

}  // namespace
}  // namespace porchlight
