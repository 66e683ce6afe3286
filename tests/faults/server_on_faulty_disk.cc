#include "faults/server_on_faulty_disk.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <exception>
#include <fstream>
#include <iostream>
#include <sstream>
#include <thread>

namespace porchlight {
namespace {

constexpr const char* kPairs[][2] = {
    {"Busy", "InACall"}, {"Busy", "InAConferenceCall"}, {"Away", "Away"}, {"DoNotDisturb", "Presenting"}};

}  // namespace

MappedFaults::MappedFaults(const std::filesystem::path& file) {
  const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  EXPECT_EQ(::ftruncate(fd, sizeof(DiskFaults)), 0);
  faults_ = static_cast<DiskFaults*>(
      ::mmap(nullptr, sizeof(DiskFaults), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
  ::close(fd);
}

MappedFaults::~MappedFaults() { ::munmap(faults_, sizeof(DiskFaults)); }

void MappedFaults::fail(std::uint32_t calls, int error, std::int64_t times, std::uint32_t parts, int rule) {
  FaultRule& to = faults_->rules[rule];
  to.left = 0;
  to.calls = calls;
  to.parts = parts;
  to.error = error;
  to.failed = 0;
  to.left = times;
}

void MappedFaults::recover() {
  for (FaultRule& rule : faults_->rules) rule.left = 0;
  faults_->held_calls = 0;
}

std::vector<std::string> disk_faults_environment(const std::filesystem::path& file,
                                                 const std::filesystem::path& below) {
  return {std::string("LD_PRELOAD=") + PORCHLIGHT_DISK_FAULTS,
          std::string(kFaultsFileVariable) + "=" + file.string(),
          std::string(kFaultsBelowVariable) + "=" + below.string()};
}

bool eventually(const std::function<bool()>& attempt, std::chrono::seconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  do {
    if (attempt()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  } while (std::chrono::steady_clock::now() < deadline);
  return false;
}

ServerOnFaultyDisk::ServerOnFaultyDisk() {
  tenant_.emplace(data());
  std::ofstream(folder_ / "porchlight.toml")
      << "[subscriptions]\napplication_permission = true\nstate_in_plain_items = true\n"
      << "[webhooks]\nallow_ranges = [\"127.0.0.0/8\", \"::1/128\"]\nports = [" << receiver_.port()
      << "]\nca_file = \"" << receiver_.ca_file().string() << "\"\n";
  EXPECT_EQ(
      run({"app", "add", "--data", tenant_->data, "--name", "Ear", "--role", "Presence.Read.All"}).exit_code,
      0);
  subscriber_token_ = line_of({"token", "--data", tenant_->data, "--app", "Ear", "--expires", "2000d"});
  EXPECT_EQ(run({"app", "add", "--data", tenant_->data, "--name", "Past", "--role",
                 "Presence.Read.All Porchlight.History.Read.All"})
                .exit_code,
            0);
  historian_token_ = line_of({"token", "--data", tenant_->data, "--app", "Past", "--expires", "2000d"});
  const Finished made = run({"tenant", "scim-token", "Contoso", "--data", tenant_->data, "--json"});
  scim_token_ = Answer{.status = 0, .headers = {}, .body = made.out}.at("/token");
  start();
  expiration_.acknowledged = "2030-01-07T09:46:00.0000000Z";
  const Answer subscribed = client_->post(
      "/v1.0/subscriptions", subscriber_token_,
      R"({"changeType":"updated","notificationUrl":"https://localhost:)" + std::to_string(receiver_.port()) +
          R"(/subscriber","expirationDateTime":")" + expiration_.acknowledged +
          R"(","resource":"communications/presences/)" + tenant_->user + R"("})");
  EXPECT_EQ(subscribed.status, 201) << subscribed.body;
  subscription_ = subscribed.at("/id");
}

ServerOnFaultyDisk::~ServerOnFaultyDisk() {
  constexpr std::size_t kShown = 4000;
  if (!testing::Test::HasFailure() && std::uncaught_exceptions() == 0) return;
  const std::string text = log();
  std::cerr << text.substr(text.size() - std::min(text.size(), kShown));
}

void ServerOnFaultyDisk::start() {
  client_.reset();
  stream_.reset();
  server_.reset();
  server_ = std::make_unique<ServerProcess>(
      data(),
      std::vector<std::string>{"--throttle", "off", "--authority", "on", "--clock", "manual", "--clock-start",
                               "2030-01-07T09:00:00Z", "--config", (folder_ / "porchlight.toml").string()},
      disk_faults_environment(folder_ / "faults", data()));
  client_ = std::make_unique<HttpClient>(server_->port());
}

std::string ServerOnFaultyDisk::log() const {
  std::ifstream file(server_->log_file());
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

int ServerOnFaultyDisk::settle(const Answer& answer, int success, Known& known, const std::string& value) {
  if (answer.status == success) {
    known = {value, {}};
  } else {
    known.in_doubt.insert(value);
    EXPECT_EQ(answer.status, 503) << answer.body;
    EXPECT_NE(answer.header("retry-after"), "");
  }
  return answer.status;
}

ServerOnFaultyDisk::Write ServerOnFaultyDisk::next_write(const std::string& kind) {
  ++writes_;
  if (kind == "presence") {
    const auto& [availability, activity] = kPairs[writes_ % std::size(kPairs)];
    return {"POST",
            "/v1.0/users/" + tenant_->user + "/presence/setPresence",
            tenant_->token,
            "application/json",
            std::string(R"({"sessionId":"s","availability":")") + availability + R"(","activity":")" +
                activity + R"(","expirationDuration":"PT4H"})",
            std::string(availability) + "/" + activity,
            200,
            &presence_};
  }
  if (kind == "subscription") {
    // Within the hour that a subscription may last; a time before 45 minutes would be moved to it.
    const std::string time = "2030-01-07T09:" + std::to_string(46 + writes_ % 13) + ":" +
                             std::to_string(10 + writes_ % 47) + ".0000000Z";
    return {"PATCH",
            "/v1.0/subscriptions/" + subscription_,
            subscriber_token_,
            "application/json",
            R"({"expirationDateTime":")" + time + "\"}",
            time,
            200,
            &expiration_};
  }
  const std::string name = "p" + std::to_string(writes_) + "@contoso.example";
  return {"POST",
          "/scim/v2/Users",
          scim_token_,
          "application/scim+json",
          R"({"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":")" + name + "\"}",
          name,
          201,
          nullptr};
}

int ServerOnFaultyDisk::make(const Write& write) {
  const Answer answer = client_->send(write.method, write.target, write.token,
                                      {"Content-Type: " + write.media_type}, write.body);
  Known created;
  const int status = settle(answer, write.success, write.known ? *write.known : created, write.value);
  if (!write.known && status == write.success) provisioned_.insert(write.value);
  return status;
}

int ServerOnFaultyDisk::write_presence() { return make(next_write("presence")); }
int ServerOnFaultyDisk::renew_subscription() { return make(next_write("subscription")); }
int ServerOnFaultyDisk::provision() { return make(next_write("scim")); }

void ServerOnFaultyDisk::ask(const std::string& kind, HttpClient& client) {
  const Write write = next_write(kind);
  if (write.known) write.known->in_doubt.insert(write.value);
  client.ask(write.method, write.target, write.token, {"Content-Type: " + write.media_type}, write.body);
}

bool ServerOnFaultyDisk::is_notified() const {
  const auto all = receiver_.requests();
  const std::string activity = presence_.acknowledged.substr(presence_.acknowledged.find('/') + 1);
  return !all.empty() && all.back().body.find("\"" + activity + "\"") != std::string::npos;
}

std::map<std::string, std::function<int()>> ServerOnFaultyDisk::writes() {
  return {{"presence", [this] { return write_presence(); }},
          {"subscription", [this] { return renew_subscription(); }},
          {"scim", [this] { return provision(); }}};
}

Answer ServerOnFaultyDisk::read_past() {
  return client_->get("/v1.0/users/" + tenant_->user + "/presence?asOf=2030-01-07T09:00:00Z",
                      historian_token_);
}

void ServerOnFaultyDisk::expect_reads(const std::string& when, bool is_readable) {
  const Answer presence = client_->get("/v1.0/users/" + tenant_->user + "/presence", tenant_->token);
  EXPECT_EQ(presence.status, 200) << when;
  EXPECT_TRUE(presence_.allows(presence.state()))
      << when << ": " << presence.state() << " instead of " << presence_.acknowledged;
  const Answer subscription = client_->get("/v1.0/subscriptions/" + subscription_, subscriber_token_);
  EXPECT_EQ(subscription.status, 200) << when;
  EXPECT_TRUE(expiration_.allows(subscription.at("/expirationDateTime")))
      << when << ": " << subscription.at("/expirationDateTime") << " instead of " << expiration_.acknowledged;
  if (provisioned_.empty() || !is_readable) return;
  const std::string& newest = *provisioned_.rbegin();
  const Answer found =
      client_->get("/scim/v2/Users?filter=userName%20eq%20%22" + newest + "%22", scim_token_);
  EXPECT_EQ(found.at("/totalResults"), "1") << when << ": " << newest << ": " << found.body;
}

void ServerOnFaultyDisk::expect_stream(const std::string& when) {
  const auto open = [&](std::optional<StreamClient>& stream) {
    stream.emplace(server_->port(), "/porchlight/v1/stream?users=" + tenant_->user,
                   std::vector{"Authorization: Bearer " + tenant_->token});
    EXPECT_TRUE(stream->next("ready")) << when;
  };
  if (!stream_) open(stream_);
  std::optional<StreamClient> another;
  open(another);
  EXPECT_FALSE(stream_->has_ended()) << when;
}

}  // namespace porchlight
