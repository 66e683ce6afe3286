// One session for each user of a data folder, by the writer of a server and without HTTP, then a snapshot. The folder
// must not be open.
//
//     bench_sign_in DATA_DIR      prints "sessions_per_second VALUE"
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <semaphore>
#include <stdexcept>

#include "base/clock.h"
#include "base/random.h"
#include "log/embedded_log.h"
#include "state/snapshot.h"
#include "state/writer.h"

namespace porchlight::bench {
namespace {

// Commands that wait at a time: as many as clients of a busy server have.
constexpr std::ptrdiff_t kWaitingMax = 65'536;
constexpr std::size_t kPeoplePerPage = 10'000;

class SignIn {
 public:
  explicit SignIn(const std::filesystem::path& data)
      : snapshots_(data / "snapshots"),
        engine_(
            log::EmbeddedEngine::open({.dir = (data / "log").string(), .shards = state::kShards}).value()) {
    if (const auto restored = state::restore(view_, snapshots_, engine_->logs()); !restored)
      throw std::runtime_error(restored.error());
  }

  // Returns the number of sessions.
  std::size_t run() {
    std::size_t count = 0;
    {
      state::Writer writer(view_, engine_->logs());
      for (const directory::Tenant& tenant : view_.tenants()) count += sign_in(writer, tenant.id);
    }
    if (failed_) throw std::runtime_error("a session was not written");
    const auto written = state::write_snapshot_and_trim(view_, snapshots_, engine_->logs());
    if (!written) throw std::runtime_error(written.error());
    return count;
  }

 private:
  std::size_t sign_in(state::Writer& writer, const Guid& tenant) {
    std::size_t count = 0;
    std::optional<Guid> after;
    while (true) {
      const std::vector<Guid> page = view_.list_users(tenant, after, kPeoplePerPage);
      if (page.empty()) return count;
      for (const Guid& user : page) submit(writer, {tenant, user});
      count += page.size();
      after = page.back();
    }
  }

  void submit(state::Writer& writer, const state::UserKey& key) {
    const presence::SetSession session{
        {app_, random_.serial_guid()}, presence::kAvailable, std::chrono::hours(4)};
    waiting_.acquire();
    writer.submit(key, random_.serial_guid(), session, clock_.wall(), [this](const state::Outcome& outcome) {
      if (!outcome) failed_ = true;
      waiting_.release();
    });
  }

  const std::filesystem::path snapshots_;
  const std::unique_ptr<log::EmbeddedEngine> engine_;
  const Guid app_ = guid_from_name("app");
  SystemClock clock_;
  Random random_;
  state::View view_;
  std::atomic<bool> failed_ = false;
  std::counting_semaphore<kWaitingMax> waiting_{kWaitingMax};
};

}  // namespace
}  // namespace porchlight::bench

int main(int argc, char** argv) {
  if (argc != 2) {
    fmt::print(stderr, "usage: bench_sign_in DATA_DIR\n");
    return 2;
  }
  try {
    porchlight::bench::SignIn sign_in(argv[1]);
    const auto begin = std::chrono::steady_clock::now();
    const std::size_t count = sign_in.run();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    fmt::print("sessions_per_second {:.0f}\n", static_cast<double>(count) / took.count());
  } catch (const std::exception& error) {
    fmt::print(stderr, "bench_sign_in: {}\n", error.what());
    return 1;
  }
}
