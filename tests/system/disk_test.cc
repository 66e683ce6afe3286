// A full disk refuses writes, leaves reads alone, loses nothing, and heals by itself when there is room.
#include <gtest/gtest.h>
#include <sys/mount.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

#include "process.h"
#include "support/wire.h"

namespace porchlight {
namespace {

// A small file system of its own; only root may mount one.
class SmallDisk {
 public:
  explicit SmallDisk(const std::filesystem::path& at) : at_(at) {
    std::filesystem::create_directory(at_);
    mounted_ = ::mount("tmpfs", at_.c_str(), "tmpfs", 0, "size=48m") == 0;
  }
  ~SmallDisk() {
    if (mounted_) ::umount2(at_.c_str(), MNT_DETACH);
  }
  bool mounted() const { return mounted_; }
  // Takes all the room that is left, or gives it back.
  void fill() {
    std::ofstream file(at_ / "ballast", std::ios::binary);
    const std::string block(64 * 1024, 'x');
    while (file.write(block.data(), static_cast<std::streamsize>(block.size())).flush()) {
    }
  }
  void clear() { std::filesystem::remove(at_ / "ballast"); }

 private:
  std::filesystem::path at_;
  bool mounted_ = false;
};

TEST(Disk, FullAndFreeAgain) {
  TempFolder folder;
  SmallDisk disk(folder / "disk");
  if (!disk.mounted()) GTEST_SKIP() << "needs root, to mount a small file system";
  const Household house(folder / "disk/data");
  const std::string presence = "/v1.0/users/" + house.user + "/presence";
  const std::string busy =
      R"({"sessionId":"s","availability":"Busy","activity":"InACall","expirationDuration":"PT4H"})";
  const std::string away =
      R"({"sessionId":"s","availability":"Away","activity":"Away","expirationDuration":"PT4H"})";
  {
    ServerProcess server(house.data, {"--throttle", "off"});
    Wire wire(server.port());
    ASSERT_EQ(wire.post(presence + "/setPresence", house.token, busy).status, 200);
    disk.fill();
    Answer refused;
    for (int i = 0; i < 2000 && refused.status != 503; ++i) {
      refused = wire.post(presence + "/setPresence", house.token, busy);
    }
    ASSERT_EQ(refused.status, 503);
    EXPECT_EQ(refused.code(), "ServiceUnavailable");
    EXPECT_NE(refused.header("retry-after"), "");
    EXPECT_EQ(wire.get(presence, house.token).state(), "Busy/InACall") << "reads go on";
    EXPECT_EQ(wire.get("/readyz", "").status, 503);
    EXPECT_EQ(wire.get("/healthz", "").status, 200);

    disk.clear();
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    int status = 503;
    while (status == 503 && std::chrono::steady_clock::now() < deadline) {
      status = wire.post(presence + "/setPresence", house.token, away).status;
    }
    EXPECT_EQ(status, 200) << "it heals without a restart";
    server.stop(SIGKILL);
  }
  ServerProcess again(house.data);
  EXPECT_EQ(Wire(again.port()).get(presence, house.token).state(), "Away/Away");
}

}  // namespace
}  // namespace porchlight
