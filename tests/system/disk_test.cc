// On a full disk writes are refused, reads continue and nothing is lost; when there is space again, writes work without
// a restart.
#include <gtest/gtest.h>
#include <sys/mount.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <optional>
#include <thread>

#include "process.h"
#include "support/http_client.h"
#include "support/stream_client.h"
#include "webhook/receiver.h"

namespace porchlight {
namespace {

// A small file system; only root may mount one. Without root the tests are skipped, except where all must run: with
// PORCHLIGHT_ALL_TESTS in the environment, as .ci/run sets it, they fail.
class SmallDisk {
 public:
  explicit SmallDisk(const std::filesystem::path& at) : at_(at) {
    std::filesystem::create_directory(at_);
    mounted_ = ::mount("tmpfs", at_.c_str(), "tmpfs", 0, "size=48m") == 0;
    if (!mounted_ && std::getenv("PORCHLIGHT_ALL_TESTS"))
      ADD_FAILURE() << "a small file system cannot be mounted: run as root";
  }
  ~SmallDisk() {
    if (mounted_) ::umount2(at_.c_str(), MNT_DETACH);
  }
  bool mounted() const { return mounted_; }
  // Fills the file system, or frees the space again.
  void fill() {
    std::ofstream file(at_ / "ballast", std::ios::binary | std::ios::app);
    const std::string block(64 * 1024, 'x');
    while (file.write(block.data(), static_cast<std::streamsize>(block.size())).flush()) {
    }
  }
  void clear() { std::filesystem::remove(at_ / "ballast"); }

 private:
  std::filesystem::path at_;
  bool mounted_ = false;
};

constexpr auto kPatience = std::chrono::seconds(60);  // reached only if the test fails

std::string session(std::string_view availability, std::string_view activity, std::string_view life) {
  return std::string(R"({"sessionId":"s","availability":")")
      .append(availability)
      .append(R"(","activity":")")
      .append(activity)
      .append(R"(","expirationDuration":")")
      .append(life)
      .append("\"}");
}

// Repeats a request until the answer is not 503. Returns the last answer.
template <typename Ask>
Answer until_taken(Ask&& ask) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  Answer answer = ask();
  while (answer.status == 503 && std::chrono::steady_clock::now() < deadline) answer = ask();
  return answer;
}

// Whether the request is refused on the full disk. The server deletes old files, so there may be free space again at
// any moment, which is then filled as well.
template <typename Ask>
bool is_refused(SmallDisk& disk, Ask&& is_taken) {
  for (int turn = 0; turn < 10; ++turn) {
    disk.fill();
    if (!is_taken()) return true;
  }
  return false;
}

TEST(Disk, RefusesWritesWhileFull) {
  TempFolder folder;
  SmallDisk disk(folder / "disk");
  if (!disk.mounted()) GTEST_SKIP() << "needs root, to mount a small file system";
  const TestTenant tenant(folder / "disk/data");
  const std::string presence = "/v1.0/users/" + tenant.user + "/presence";
  const std::string busy =
      R"({"sessionId":"s","availability":"Busy","activity":"InACall","expirationDuration":"PT4H"})";
  const std::string away =
      R"({"sessionId":"s","availability":"Away","activity":"Away","expirationDuration":"PT4H"})";
  {
    ServerProcess server(tenant.data, {"--throttle", "off"});
    HttpClient wire(server.port());
    ASSERT_EQ(wire.post(presence + "/setPresence", tenant.token, busy).status, 200);
    disk.fill();
    Answer refused;
    for (int i = 0; i < 2000 && refused.status != 503; ++i) {
      refused = wire.post(presence + "/setPresence", tenant.token, busy);
    }
    ASSERT_EQ(refused.status, 503);
    EXPECT_EQ(refused.code(), "ServiceUnavailable");
    EXPECT_NE(refused.header("retry-after"), "");
    EXPECT_EQ(wire.get(presence, tenant.token).state(), "Busy/InACall") << "reads continue";
    EXPECT_EQ(wire.get("/readyz", "").status, 503);
    EXPECT_EQ(wire.get("/healthz", "").status, 200);

    disk.clear();
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    int status = 503;
    while (status == 503 && std::chrono::steady_clock::now() < deadline) {
      status = wire.post(presence + "/setPresence", tenant.token, away).status;
    }
    EXPECT_EQ(status, 200) << "writes work again without a restart";
    server.stop(SIGKILL);
  }
  ServerProcess again(tenant.data);
  EXPECT_EQ(HttpClient(again.port()).get(presence, tenant.token).state(), "Away/Away");
}

// Subscriptions with a manual clock: changes by time need no writes.
class SubscriptionsOnAFullDisk : public testing::Test {
 protected:
  void SetUp() override {
    if (!disk_.mounted()) GTEST_SKIP() << "needs root, to mount a small file system";
    tenant_.emplace(folder_ / "disk/data");
    std::ofstream(folder_ / "porchlight.toml")
        << "[subscriptions]\napplication_permission = true\nstate_in_plain_items = true\nper_owner = 10\n"
        << "[webhooks]\nallow_ranges = [\"127.0.0.0/8\", \"::1/128\"]\nports = [" << receiver_.port()
        << "]\nca_file = \"" << receiver_.ca_file().string() << "\"\n";
    const std::vector<std::string> app = {"app",    "add", "--data", tenant_->data,
                                          "--name", "Ear", "--role", "Porchlight.Admin Presence.Read.All"};
    ASSERT_EQ(run(app).exit_code, 0);
    token_ = line_of({"token", "--data", tenant_->data, "--app", "Ear", "--expires", "2000d"});
    start();
  }

  void start() {
    wire_.reset();
    server_.reset();
    server_ = std::make_unique<ServerProcess>(
        tenant_->data,
        std::vector<std::string>{"--throttle", "off", "--clock", "manual", "--clock-start",
                                 "2030-01-07T09:00:00Z", "--config", (folder_ / "porchlight.toml").string()});
    wire_ = std::make_unique<HttpClient>(server_->port());
  }

  std::string presence() const { return "/v1.0/users/" + tenant_->user + "/presence"; }
  // Each for the user and an unknown id: an application may have only one subscription to the same resource.
  Answer create() {
    const std::string nobody = "00000000-0000-4000-8000-00000000000" + std::to_string(++made_);
    const std::string both = "communications/presences?$filter=id in (" + tenant_->user + "," + nobody + ")";
    return wire_->post("/v1.0/subscriptions", token_,
                       R"({"changeType":"updated","notificationUrl":"https://localhost:)" +
                           std::to_string(receiver_.port()) + R"(/subscriber?n=)" + std::to_string(made_) +
                           R"(","expirationDateTime":"2030-01-07T09:50:00Z","resource":")" + both + R"("})");
  }
  Answer renew(const std::string& id) {
    return wire_->send("PATCH", "/v1.0/subscriptions/" + id, token_, {"Content-Type: application/json"},
                       R"({"expirationDateTime":"2030-01-07T09:59:00Z"})");
  }
  Answer drop(const std::string& id) { return wire_->send("DELETE", "/v1.0/subscriptions/" + id, token_); }
  Answer find(const std::string& id) { return wire_->get("/v1.0/subscriptions/" + id, token_); }
  void advance(const std::string& step) {
    ASSERT_EQ(wire_->post("/porchlight/v1/clock", token_, R"({"advance":")" + step + "\"}").status, 200);
  }
  // Whether the receiver got this state after `before` requests.
  bool receives(const std::string& activity, std::size_t before) {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (std::chrono::steady_clock::now() < deadline) {
      const auto requests = receiver_.requests();
      for (std::size_t i = before; i < requests.size(); ++i)
        if (requests[i].body.find("\"" + activity + "\"") != std::string::npos) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return false;
  }

  TempFolder folder_;
  SmallDisk disk_{folder_ / "disk"};
  webhook::Receiver receiver_{folder_ / "receiver", {}};
  std::optional<TestTenant> tenant_;
  std::string token_;
  std::unique_ptr<ServerProcess> server_;
  std::unique_ptr<HttpClient> wire_;
  int made_ = 0;
};

TEST_F(SubscriptionsOnAFullDisk, AreRefusedKeptAndAcceptedAgain) {
  const std::string kept = create().at("/id"), dropped = create().at("/id");
  ASSERT_EQ(
      wire_->post(presence() + "/setPresence", tenant_->token, session("Busy", "InACall", "PT5M")).status,
      200);
  ASSERT_TRUE(receives("InACall", 0));
  StreamClient stream(server_->port(), "/porchlight/v1/stream?users=" + tenant_->user,
                      {"Authorization: Bearer " + token_});
  ASSERT_TRUE(stream.next("ready"));

  const std::function<Answer()> asks[] = {[&] { return create(); }, [&] { return renew(kept); },
                                          [&] { return drop(dropped); }};
  for (const auto& ask : asks) {
    disk_.fill();
    const Answer refused = ask();
    EXPECT_EQ(refused.status, 503) << refused.body;
    EXPECT_EQ(refused.code(), "ServiceUnavailable");
    EXPECT_NE(refused.header("retry-after"), "");
  }
  EXPECT_EQ(find(kept).at("/expirationDateTime"), "2030-01-07T09:50:00.0000000Z") << "reads continue";
  EXPECT_EQ(find(dropped).status, 200);
  const std::size_t before = receiver_.requests().size();
  advance("PT10M");
  EXPECT_NE(stream.next("presence")->data.find("Offline"), std::string::npos) << "streams continue";

  disk_.clear();
  EXPECT_EQ(until_taken([&] { return renew(kept); }).status, 200);
  EXPECT_EQ(until_taken([&] { return drop(dropped); }).status, 204);
  const Answer another = until_taken([&] { return create(); });
  EXPECT_EQ(another.status, 201) << another.body;
  advance("PT10S");
  EXPECT_TRUE(receives("Offline", before)) << "what could not be marked as sent is sent";

  server_->stop(SIGKILL);
  start();
  EXPECT_EQ(find(kept).at("/expirationDateTime"), "2030-01-07T09:59:00.0000000Z");
  EXPECT_EQ(find(another.at("/id")).status, 200);
  EXPECT_EQ(find(dropped).status, 404);
}

TEST(Disk, AcceptsProvisioningAndRegistrationsAgain) {
  TempFolder folder;
  SmallDisk disk(folder / "disk");
  if (!disk.mounted()) GTEST_SKIP() << "needs root, to mount a small file system";
  const TestTenant tenant(folder / "disk/data");
  const ServerProcess server(tenant.data, {"--throttle", "off", "--authority", "on"});
  HttpClient wire(server.port());
  const Finished made = run({"tenant", "scim-token", "Contoso", "--data", tenant.data, "--json"});
  const std::string scim = Answer{.status = 0, .headers = {}, .body = made.out}.at("/token");
  const auto provision = [&](const std::string& name) {
    return wire.send("POST", "/scim/v2/Users", scim, {"Content-Type: application/scim+json"},
                     R"({"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":")" + name +
                         "@contoso.example\"}");
  };
  const auto add_secret = [&] {
    return run({"app", "secret-add", "--app", tenant.app, "--data", tenant.data}).exit_code;
  };
  ASSERT_EQ(provision("ben").status, 201);
  ASSERT_EQ(add_secret(), 0);

  int made_meanwhile = 0;
  EXPECT_TRUE(
      is_refused(disk, [&] { return provision("cleo" + std::to_string(++made_meanwhile)).status != 503; }));
  EXPECT_TRUE(is_refused(disk, [&] { return add_secret() == 0; }));
  EXPECT_EQ(wire.get("/scim/v2/Users?count=1", scim).status, 200) << "reads continue";

  disk.clear();
  EXPECT_EQ(until_taken([&] { return provision("dan"); }).status, 201);
  EXPECT_EQ(add_secret(), 0);
}

}  // namespace
}  // namespace porchlight
