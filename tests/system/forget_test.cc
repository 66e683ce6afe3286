// What is older than the retention is gone from every file of the data folder within an hour, on a server to which
// nothing else is written.
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <fstream>
#include <iterator>
#include <memory>
#include <thread>

#include "base/guid.h"
#include "process.h"
#include "support/http_client.h"

namespace porchlight {
namespace {

constexpr auto kForgotten = std::chrono::seconds(60);  // reached only if the test fails

// The files of the folder that contain the bytes, one per line.
std::string files_with(const std::filesystem::path& folder, std::string_view bytes) {
  std::string found;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string content{std::istreambuf_iterator<char>(file), {}};
    if (content.find(bytes) != std::string::npos) found += entry.path().string() + '\n';
  }
  return found;
}

std::string raw(const std::string& guid) {
  const Guid parsed = parse_guid(guid).value();
  return {reinterpret_cast<const char*>(parsed.bytes.data()), parsed.bytes.size()};
}

class Forgetting : public testing::Test {
 protected:
  Forgetting() { start(); }

  void start() {
    wire_.reset();
    server_.reset();
    std::ofstream(folder_ / "porchlight.toml")
        << "[log]\nretention = \"2d\"\n[history]\nretention = \"2d\"\n";
    server_ = std::make_unique<ServerProcess>(
        tenant_.data,
        std::vector<std::string>{"--throttle", "off", "--clock", "manual", "--clock-start",
                                 "2030-01-07T09:00:00Z", "--config", (folder_ / "porchlight.toml").string()});
    wire_ = std::make_unique<HttpClient>(server_->port());
  }

  std::string presence() const { return "/v1.0/users/" + tenant_.user + "/presence"; }
  void set_session(const std::string& session) {
    ASSERT_EQ(wire_
                  ->post(presence() + "/setPresence", tenant_.token,
                         R"({"sessionId":")" + session +
                             R"(","availability":"Busy","activity":"InACall","expirationDuration":"PT1H"})")
                  .status,
              200);
  }
  void set_message(const std::string& text) {
    ASSERT_EQ(
        wire_
            ->post(
                presence() + "/setStatusMessage", tenant_.token,
                R"({"statusMessage":{"message":{"content":")" + text +
                    R"(","contentType":"text"},"expiryDateTime":{"dateTime":"2030-01-07T10:00:00","timeZone":"UTC"}}})")
            .status,
        200);
  }
  void advance(const std::string& step) {
    const Answer moved = wire_->post("/porchlight/v1/clock", admin_, R"({"advance":")" + step + "\"}");
    ASSERT_EQ(moved.status, 200) << moved.body;
  }
  // Waits until no file contains the bytes. Returns those that do at the end.
  std::string files_left_with(const std::string& bytes) {
    const auto deadline = std::chrono::steady_clock::now() + kForgotten;
    std::string found = files_with(tenant_.data, bytes);
    while (!found.empty() && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      found = files_with(tenant_.data, bytes);
    }
    return found;
  }

  TempFolder folder_;
  const TestTenant tenant_{folder_ / "data"};
  const std::string admin_ = line_of({"token", "--data", tenant_.data, "--app", tenant_.app, "--role",
                                      "Porchlight.Admin", "--expires", "2000d"});
  std::unique_ptr<ServerProcess> server_;
  std::unique_ptr<HttpClient> wire_;
};

// An abandoned session and a message that has expired: no event follows that would remove them.
TEST_F(Forgetting, ReachesWhatAUserLeftBehind) {
  const std::string session = "c2f7a1d4-58e3-4b96-a07c-1d9e4f6b8a35", text = "Kq7vX2mZp9RtLw4Hs8Bn";
  set_session(session);
  set_message(text);
  ASSERT_NE(files_with(tenant_.data, raw(session)), "");
  ASSERT_NE(files_with(tenant_.data, text), "");
  EXPECT_EQ(wire_->get(presence(), tenant_.token).state(), "Busy/InACall");
  advance("PT3H");
  const std::string before = wire_->get(presence(), tenant_.token).at("/sequenceNumber");
  advance("P2DT1H");
  EXPECT_EQ(files_left_with(raw(session)), "");
  EXPECT_EQ(files_left_with(text), "");
  EXPECT_EQ(wire_->get(presence(), tenant_.token).at("/sequenceNumber"), before);
  // The state that was read from these files is the same.
  server_->stop(SIGKILL);
  start();
  advance("P2DT4H");
  EXPECT_EQ(wire_->get(presence(), tenant_.token).at("/sequenceNumber"), before);
  EXPECT_EQ(files_left_with(raw(session)), "");
  const std::string next = "0f1e2d3c-4b5a-4697-8877-665544332211";
  set_session(next);
  EXPECT_NE(files_with(tenant_.data, raw(next)), "");
}

// Within the retention nothing is lost. The history goes back to when the old session was in force until that expired.
TEST_F(Forgetting, KeepsWhatIsYounger) {
  const std::string old = "c2f7a1d4-58e3-4b96-a07c-1d9e4f6b8a35",
                    young = "d3a8b2e5-69f4-4ca7-b18d-2eaf507c9b46";
  set_session(old);
  advance("P1DT12H");
  set_session(young);
  advance("PT14H");
  EXPECT_EQ(files_left_with(raw(old)), "");
  EXPECT_NE(files_with(tenant_.data, raw(young)), "");
  const Finished exported = run({"log", "export", "--data", tenant_.data});
  EXPECT_EQ(exported.exit_code, 0) << exported.err;
  EXPECT_EQ(exported.out.find(old), std::string::npos);
  EXPECT_NE(exported.out.find(young), std::string::npos);
}

TEST_F(Forgetting, ReachesRemovedUsers) {
  const std::string session = "c2f7a1d4-58e3-4b96-a07c-1d9e4f6b8a35";
  set_session(session);
  ASSERT_EQ(run({"user", "remove", "--data", tenant_.data, "--user", tenant_.user}).exit_code, 0);
  advance("P2DT1H");
  EXPECT_EQ(files_left_with(raw(session)), "");
}

}  // namespace
}  // namespace porchlight
