// The built server on a disk whose calls fail when the test says so (support/disk_faults.h), with writes of each kind:
// presence, subscriptions, SCIM. What was acknowledged is remembered and can be compared after a restart.
#pragma once

#include <cerrno>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "support/disk_faults.h"
#include "support/http_client.h"
#include "support/stream_client.h"
#include "system/process.h"
#include "webhook/receiver.h"

namespace porchlight {

// An errno or a DiskCall, with its name for failures of tests.
struct NamedCode {
  int value;
  const char* name;
};
// What failing, full and read-only disks report.
inline constexpr NamedCode kDiskErrors[] = {
    {EIO, "EIO"}, {EROFS, "EROFS"}, {EDQUOT, "EDQUOT"}, {ENOSPC, "ENOSPC"}, {EACCES, "EACCES"}};

// The time in which writes must work again after the disk does (docs/architecture.md).
inline constexpr auto kRecovery = std::chrono::seconds(10);
// How long a test waits for what must happen: reached only if it fails.
inline constexpr auto kPatience = std::chrono::seconds(60);

// A DiskFaults in a file, for the server to map.
class MappedFaults {
 public:
  explicit MappedFaults(const std::filesystem::path& file);
  ~MappedFaults();
  MappedFaults(const MappedFaults&) = delete;
  DiskFaults* operator->() { return faults_; }

  // Calls of these kinds fail with `error`: `times` of them, or all if negative. `rule`: 0 or 1.
  void fail(std::uint32_t calls, int error, std::int64_t times = -1, std::uint32_t parts = kAllParts,
            int rule = 0);
  // No call fails or waits any more.
  void recover();

 private:
  DiskFaults* faults_;
};

// The environment of a program whose calls below the folder fail as the MappedFaults of the file says.
std::vector<std::string> disk_faults_environment(const std::filesystem::path& file,
                                                 const std::filesystem::path& below);

class ServerOnFaultyDisk {
 public:
  // Makes a tenant and starts the server on a sound disk.
  ServerOnFaultyDisk();
  // Prints the end of the server's log if the test has failed.
  ~ServerOnFaultyDisk();

  // Starts the server again; it is killed first if it runs.
  void start();
  // Whether it has not aborted.
  bool is_running() { return server_->is_running(); }
  // Sends the signal and waits for the end. Returns the exit code; nullopt if a signal ended it.
  std::optional<int> stop(int signal) { return server_->stop(signal); }
  // The lines of its log.
  std::string log() const;

  // A write of each kind. Returns the status, and remembers what was acknowledged or may have been done. Fails the test
  // if the answer is neither success nor 503 with Retry-After.
  int write_presence();
  int renew_subscription();
  int provision();
  // All kinds, by name.
  std::map<std::string, std::function<int()>> writes();

  // Sends a write of this kind without waiting for the answer; its effect is in doubt.
  void ask(const std::string& kind, HttpClient& client);
  // Requests that the receiver of notifications has got, and whether the last one reports the acknowledged presence.
  std::size_t requests() const { return receiver_.requests().size(); }
  bool is_notified() const;

  // Expects the last acknowledged state in all reads: presence, the subscription, the users of SCIM. The last are read
  // from the disk: a disk that cannot be read may refuse them.
  void expect_reads(const std::string& when, bool is_readable = true);
  // A read of the past, from the history.
  Answer read_past();
  // Expects that a stream that is open stays open, and that another can be opened.
  void expect_stream(const std::string& when);
  // The status and body of /readyz.
  Answer readiness() { return client_->get("/readyz", ""); }
  HttpClient& client() { return *client_; }
  std::uint16_t port() const { return server_->port(); }
  const TestTenant& tenant() const { return *tenant_; }
  std::filesystem::path data() const { return folder_ / "data"; }

  MappedFaults& faults() { return faults_; }

 private:
  // What a value may be: the acknowledged one, and those whose write failed since.
  struct Known {
    std::string acknowledged;
    std::set<std::string> in_doubt;
    bool allows(const std::string& seen) const { return seen == acknowledged || in_doubt.contains(seen); }
  };
  // A write, its status if it succeeds, and the value that it sets.
  struct Write {
    std::string method, target, token, media_type, body, value;
    int success;
    Known* known;  // null: a new SCIM user, whose name is `value`
  };
  Write next_write(const std::string& kind);
  int make(const Write& write);
  int settle(const Answer& answer, int success, Known& known, const std::string& value);

  TempFolder folder_;
  MappedFaults faults_{folder_ / "faults"};
  webhook::Receiver receiver_{folder_ / "receiver", {}};
  std::optional<TestTenant> tenant_;
  std::string scim_token_, subscriber_token_, historian_token_, subscription_;
  std::unique_ptr<ServerProcess> server_;
  std::unique_ptr<HttpClient> client_;
  std::optional<StreamClient> stream_;
  Known presence_{"Offline/Offline", {}}, expiration_;
  std::set<std::string> provisioned_;  // user names that were acknowledged
  int writes_ = 0;
};

// Repeats `attempt` until it returns true; false after `patience`, which is reached only if the test fails.
bool eventually(const std::function<bool()>& attempt, std::chrono::seconds patience);

}  // namespace porchlight
