// Backups that an administrator of the operator's tenant starts over the API, into the folder of the configuration.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <fstream>
#include <thread>

#include "backup/backup.h"
#include "backup/source.h"
#include "node/backup_lock.h"
#include "node/data_image.h"
#include "server/server.h"
#include "small_client.h"
#include "support/temp_folder.h"

namespace porchlight::server {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class BackupKeeperTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(node::DataFolder::create(temp_ / "data"));
    fs::create_directory(temp_ / "backups");
    start(temp_ / "backups");
    command(R"({"command":"tenant.add","name":"Contoso"})");
    command(R"({"command":"tenant.set","tenant":"Contoso","operator":true})");
    command(R"({"command":"app.add","tenant":"Contoso","name":"Console"})");
    command(R"({"command":"user.add","tenant":"Contoso","upn":"ana@contoso.com","name":"Ana"})");
    command(R"({"command":"admin.grant","tenant":"Contoso","user":"ana@contoso.com"})");
    ana_ = member(command(R"({"command":"token","tenant":"Contoso","app":"Console","user":"ana@contoso.com",)"
                          R"("scopes":["Porchlight.Admin"]})"),
                  "token");
  }
  void start(const fs::path& folder) {
    server_.reset();
    node::Config config;
    config.listen = {"127.0.0.1:0"};
    config.threads = 1;
    config.backup_folder = folder;
    auto server = Server::start(config, data(), std::nullopt);
    ASSERT_TRUE(server) << server.error();
    server_ = *std::move(server);
  }
  node::DataFolder data() { return *node::DataFolder::open(temp_ / "data"); }
  std::string command(const std::string& body) {
    return ask_socket(temp_ / "data" / "admin.sock", "POST", "/admin", body);
  }
  std::string admin(const std::string& method, const std::string& path) {
    return ask(server_->urls().front(), method, "/porchlight/v1/admin/" + path, ana_,
               method == "POST" ? "{}" : "");
  }
  // The list once the backup that was started has ended.
  std::string list_after_end() {
    std::string list = admin("GET", "backups");
    while (!list.contains(R"("ended")")) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
      list = admin("GET", "backups");
    }
    return list;
  }

  TempFolder temp_;
  std::unique_ptr<Server> server_;
  std::string ana_;
};

TEST_F(BackupKeeperTest, MakesABackupOfTheRunningServer) {
  EXPECT_THAT(admin("GET", "backups"),
              AllOf(HasSubstr(R"("value":[])"), Not(HasSubstr(R"("run":)")), Not(HasSubstr("lastBackup"))));
  const std::string begun = admin("POST", "backups"), name = member(begun, "name");
  ASSERT_THAT(begun, StartsWith("HTTP/1.1 202 "));
  EXPECT_THAT(list_after_end(),
              AllOf(HasSubstr(fmt::format(R"("value":[{{"name":"{}","time":)", name)),
                    HasSubstr(R"("keys":true)"), HasSubstr(R"("lastBackup":)"), Not(HasSubstr("fault"))));
  const auto source = backup::FolderSource::open(temp_ / "backups" / name);
  ASSERT_TRUE(source) << source.error();
  std::uint64_t bytes = 0;
  const auto manifest = backup::read_backup(**source, nullptr, [&](std::uint64_t more) {
    bytes += more;
    return true;
  });
  ASSERT_TRUE(manifest) << manifest.error();
  EXPECT_TRUE(manifest->has_keys);
  EXPECT_EQ(node::last_backup(data()), manifest->time);
  EXPECT_FALSE(fs::exists(temp_ / "data" / "backup.tmp"));
  EXPECT_EQ(fs::status(temp_ / "backups" / name).permissions(), fs::perms::owner_all);
  EXPECT_THAT(admin("GET", "audit"),
              AllOf(HasSubstr(R"("action":"backup.start")"), HasSubstr("ana@contoso.com")));
}

TEST_F(BackupKeeperTest, OneAtATime) {
  {
    const auto held = node::BackupLock::take(data());
    ASSERT_TRUE(held);
    EXPECT_THAT(admin("POST", "backups"),
                AllOf(StartsWith("HTTP/1.1 429 "), HasSubstr("Retry-After: "), HasSubstr("another backup")));
    EXPECT_TRUE(fs::is_empty(temp_ / "backups"));
  }
  EXPECT_THAT(admin("POST", "backups"), StartsWith("HTTP/1.1 202 "));
  EXPECT_THAT(list_after_end(), Not(HasSubstr("fault")));
  EXPECT_TRUE(node::BackupLock::take(data())) << "it was released";
}

TEST_F(BackupKeeperTest, NeedsAFolderOfItsOwn) {
  std::ofstream(temp_ / "file") << "x";
  const std::pair<fs::path, const char*> rows[] = {
      {"", "the setting backup.folder names no folder"},
      {temp_ / "missing", "No such file or directory"},
      {temp_ / "file", "is no folder"},
      {temp_ / "data", "must not be in the data folder"},
      {temp_ / "data" / "log", "must not be in the data folder"},
  };
  for (const auto& [folder, why] : rows) {
    start(folder);
    EXPECT_THAT(admin("POST", "backups"), AllOf(StartsWith("HTTP/1.1 400 "), HasSubstr(why))) << folder;
    EXPECT_THAT(admin("GET", "backups"), AllOf(StartsWith("HTTP/1.1 200 "), HasSubstr(R"("value":[])")));
    EXPECT_TRUE(node::BackupLock::take(data())) << folder;
    EXPECT_FALSE(fs::exists(temp_ / "data" / "backup.tmp"));
  }
}

// Of an interrupted one, and of other programs.
TEST_F(BackupKeeperTest, ListsCompleteBackupsAlone) {
  fs::create_directories(temp_ / "backups" / "2030-01-07T090000.partial");
  fs::create_directories(temp_ / "backups" / "other");
  std::ofstream(temp_ / "backups" / "other" / "manifest.json") << R"({"format":"other"})";
  std::ofstream(temp_ / "backups" / "file") << "x";
  EXPECT_THAT(admin("GET", "backups"), HasSubstr(R"("value":[])"));
}

TEST_F(BackupKeeperTest, IsForTheOperatorAlone) {
  command(R"({"command":"tenant.set","tenant":"Contoso","operator":false})");
  EXPECT_THAT(admin("POST", "backups"), StartsWith("HTTP/1.1 403 "));
  EXPECT_THAT(admin("GET", "backups"),
              AllOf(StartsWith("HTTP/1.1 403 "), Not(HasSubstr((temp_ / "backups").string()))));
  EXPECT_TRUE(fs::is_empty(temp_ / "backups"));
}

// The stop neither waits for the copy nor leaves a part of it.
TEST_F(BackupKeeperTest, EndsWithTheServer) {
  EXPECT_THAT(admin("POST", "backups"), StartsWith("HTTP/1.1 202 "));
  server_.reset();
  EXPECT_FALSE(fs::exists(temp_ / "data" / "backup.tmp"));
  for (const auto& entry : fs::directory_iterator(temp_ / "backups"))
    EXPECT_FALSE(entry.path().string().ends_with(".partial")) << entry;
}

}  // namespace
}  // namespace porchlight::server
