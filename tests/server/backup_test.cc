// Backup and restore as an operator types them, with and without a running server; and that every store of a data
// folder is known to a backup.
#include <gmock/gmock.h>
#include <sys/file.h>

#include <set>
#include <thread>

#include "commands.h"
#include "http/tls.h"
#include "identity/minter.h"
#include "node/data_image.h"
#include "node/node.h"
#include "node/stores.h"
#include "server/server.h"
#include "small_client.h"
#include "support/fake_provider.h"

namespace porchlight::server {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class Backups : public Commands {
 protected:
  // Starts a server on this folder.
  std::unique_ptr<Child> started(const std::string& data, const std::vector<std::string>& options = {}) {
    std::vector<std::string> args = {"serve", "--data", data, "--listen", "127.0.0.1:0", "--threads", "1"};
    args.insert(args.end(), options.begin(), options.end());
    auto server = std::make_unique<Child>(args);
    const std::string line = server->line();
    EXPECT_THAT(line, StartsWith("listening on ")) << server->rest_of_err();
    url_ = line.substr(line.rfind(' ') + 1);
    return server;
  }
  static std::string log_of(Child& server) {
    server.signal(SIGTERM);
    std::string log = server.rest_of_err();
    EXPECT_EQ(server.wait(), 0) << log;
    return log;
  }
  std::string users_of(const std::string& data) {
    return run_program({"user", "list", "--json", "--data", data}).out;
  }
  std::string backup(const std::string& name, const std::vector<std::string>& options = {}) {
    std::vector<std::string> args = {"backup", "--to", temp_ / name};
    args.insert(args.end(), options.begin(), options.end());
    EXPECT_THAT(done(args), StartsWith("backed up "));
    return temp_ / name;
  }
  std::string restored(const std::string& from, const std::string& name) {
    const Ran ran = run_program({"restore", "--from", from, "--data", temp_ / name});
    EXPECT_EQ(ran.code, 0) << ran.err;
    EXPECT_THAT(ran.out, HasSubstr("sends no notifications until `porchlight serve --adopt`"));
    return temp_ / name;
  }
  std::optional<Time> recorded() { return node::last_backup(*node::DataFolder::open(data_)); }

  std::string url_;
};

TEST_F(Backups, ARestoredFolderIsTheSameAndACopy) {
  done({"init", "--demo"});
  const std::string users = users_of(data_);
  EXPECT_EQ(recorded(), std::nullopt);
  const std::string stopped = backup("stopped");
  const auto first = recorded();
  ASSERT_TRUE(first);
  std::string running;
  {
    const auto server = started(data_);
    running = backup("running");
    EXPECT_THAT(log_of(*server), AllOf(HasSubstr("a backup is complete"), Not(HasSubstr("RocksDB"))));
  }
  EXPECT_GT(recorded(), first);
  EXPECT_FALSE(fs::exists(data_ + "/backup.tmp"));
  for (const std::string& from : {stopped, running}) {
    const Ran verified = run_program({"backup", "verify", from});
    EXPECT_EQ(verified.code, 0) << verified.err;
    EXPECT_THAT(verified.out, AllOf(StartsWith("a whole backup of 20"), HasSubstr("by version")));
    const std::string data = restored(from, fs::path(from).filename().string() + " restored");
    EXPECT_EQ(users_of(data), users);
    const auto server = started(data);
    EXPECT_THAT(ask(url_, "GET", "/readyz?verbose"),
                HasSubstr("notifications: off: this data folder is a copy"));
    EXPECT_THAT(log_of(*server), HasSubstr("start it once with --adopt"));
    const auto adopted = started(data, {"--adopt"});
    EXPECT_THAT(ask(url_, "GET", "/readyz?verbose"), HasSubstr("notifications: sent"));
  }
}

// The restored server accepts the tokens of the original, and a token that was revoked stays so.
TEST_F(Backups, CredentialsAndRevocationsAreRestored) {
  done({"init", "--demo"});
  const auto token = [&](const char* app) {
    const std::string out = done({"token", "--app", app, "--user", "ana@contoso.com"});
    return out.substr(0, out.find('\n'));
  };
  const std::string reader = token("Demo reader"), client = token("Demo client");
  const auto server = started(data_);
  done({"token", "revoke", "--app", "Demo reader"});
  const std::string from = backup("backup");
  const auto copy = started(restored(from, "restored"));
  EXPECT_THAT(ask(url_, "GET", "/v1.0/me/presence", reader), StartsWith("HTTP/1.1 401 "));
  EXPECT_THAT(ask(url_, "GET", "/v1.0/me/presence", client), StartsWith("HTTP/1.1 403 ")) << "it is known";
}

TEST_F(Backups, WithoutKeysNewOnesAreMade) {
  done({"init", "--demo"});
  const std::string old_token = done({"token", "--app", "Demo writer"});
  const std::string from = backup("backup", {"--without-keys"});
  EXPECT_FALSE(fs::exists(from + "/keys"));
  EXPECT_FALSE(fs::exists(from + "/tls"));
  EXPECT_THAT(run_program({"backup", "verify", from}).out, HasSubstr(", without keys"));
  const Ran ran = run_program({"restore", "--from", from, "--data", temp_ / "restored"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("new keys were made"));
  const auto server = started(temp_ / "restored");
  EXPECT_THAT(ask(url_, "GET", "/v1.0/users", old_token.substr(0, old_token.find('\n'))),
              StartsWith("HTTP/1.1 401 "));
}

TEST_F(Backups, WrongUsageIsRefused) {
  for (const std::vector<std::string>& args :
       std::vector<std::vector<std::string>>{{"backup"},
                                             {"backup", "--data", "x"},
                                             {"backup", "--to", "x"},
                                             {"backup", "verify"},
                                             {"restore", "--data", "x"},
                                             {"restore", "--from", "x"}}) {
    EXPECT_EQ(run_program(args).code, 2) << testing::PrintToString(args);
  }
}

TEST_F(Backups, NothingIsOverwrittenOrHalfDone) {
  done({"init", "--demo"});
  const std::string from = backup("backup");
  refused({"backup", "--to", from}, "backup: exists already");
  refused({"restore", "--from", from}, "data: exists already");
  refused({"backup", "--to", temp_ / "none" / "backup"}, "No such file or directory");
  std::ofstream(from + "/keys/signing.pem") << "x";
  const Ran damaged = run_program({"restore", "--from", from, "--data", temp_ / "restored"});
  EXPECT_EQ(damaged.code, 1);
  EXPECT_THAT(damaged.err,
              AllOf(HasSubstr("nothing was restored: "), HasSubstr("keys/signing.pem has 1 bytes")));
  const Ran foreign = run_program({"restore", "--from", program(), "--data", temp_ / "restored"});
  EXPECT_EQ(foreign.code, 1);
  EXPECT_THAT(foreign.err, HasSubstr("not a tar archive"));
  EXPECT_FALSE(fs::exists(temp_ / "restored"));
  EXPECT_FALSE(fs::exists(temp_ / "restored.partial"));
}

TEST_F(Backups, OnlyOneIsMadeAtATime) {
  done({"init"});
  const int fd = ::open(data_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  ASSERT_EQ(::flock(fd, LOCK_EX), 0);
  refused({"backup", "--to", temp_ / "backup"}, "another backup of this data folder is being made");
  ::close(fd);
  backup("backup");
}

// What another process has open, without a server that could make the image.
TEST_F(Backups, AFolderInUseIsRefused) {
  done({"init"});
  const auto folder = node::DataFolder::open(data_);
  const SystemClock clock;
  const auto node = node::Node::open(*folder, {}, clock, node::Purpose::kCommand);
  ASSERT_TRUE(node);
  refused({"backup", "--to", temp_ / "backup"}, "in use by another process");
  EXPECT_FALSE(fs::exists(temp_ / "backup.partial"));
  EXPECT_FALSE(fs::exists(data_ + "/backup.tmp"));
}

// A server with all that it can have.
class AllStores : public Backups {
 protected:
  void SetUp() override {
    Backups::SetUp();
    const auto files = http::ensure_self_signed(temp_ / "provider", {"localhost"});
    ASSERT_TRUE(files);
    provider_ = std::make_unique<FakeProvider>(files->certificate, files->key);
    provider_->answer("/config", FakeProvider::ok(R"({"issuer":")" + provider_->url("/realm") +
                                                  R"(","jwks_uri":")" + provider_->url("/keys") + "\"}"));
    provider_->answer("/keys", FakeProvider::ok(identity::SigningKey::generate().jwks()));
    node::TrustedIssuer& issuer = config_.issuers.emplace_back();
    issuer.iss = provider_->url("/realm");
    issuer.tenant = secure_random_guid();
    issuer.discovery_url = provider_->url("/config");
    issuer.ca_file = files->ca;
    issuer.claims = identity::open_id_claims();
    config_.listen = {"127.0.0.1:0"};
    config_.tls_listen = {"127.0.0.1:0"};
    config_.authority = true;
    config_.threads = 1;
    config_.level = "off";
    done({"init", "--demo"});
    auto server = Server::start(config_, *node::DataFolder::open(data_), std::nullopt);
    ASSERT_TRUE(server) << server.error();
    server_ = *std::move(server);
    done({"tenant", "scim-token", "Contoso"});
    done({"token", "revoke", "--app", "Demo writer"});
    // The keys of the issuer are fetched in the background.
    while (!fs::exists(data_ + "/issuers")) std::this_thread::yield();
  }

  std::unique_ptr<FakeProvider> provider_;
  node::Config config_;
  std::unique_ptr<Server> server_;
};

TEST_F(AllStores, AreEachListedAndBackedUp) {
  const std::string from = backup("backup");
  std::set<std::string> seen;
  for (const auto& entry : fs::directory_iterator(data_)) {
    const std::string name = entry.path().filename().string();
    const auto store = std::ranges::find(node::all_stores(), name, &node::Store::name);
    ASSERT_NE(store, node::all_stores().end())
        << name << " is in a data folder, and src/node/stores.cc does not say what a backup does with it";
    EXPECT_EQ(entry.is_directory(), store->kind != node::StoreKind::kFile) << name;
    EXPECT_EQ(fs::exists(entry.path() / "CURRENT"), store->kind == node::StoreKind::kDatabase) << name;
    if (store->care == node::StoreCare::kLeftOut) continue;
    seen.insert(name);
    const bool has_content = !entry.is_directory() || !fs::is_empty(entry.path());
    EXPECT_EQ(fs::exists(fs::path(from) / name), has_content) << name;
  }
  for (const node::Store& store : node::all_stores()) {
    if (store.care == node::StoreCare::kLeftOut) continue;
    EXPECT_TRUE(seen.contains(std::string(store.name))) << store.name << ": the server of this test has none";
  }
}

// As AreEachListedAndBackedUp, while no process has them open.
TEST_F(AllStores, AreBackedUpWithoutAServer) {
  ASSERT_TRUE(server_->stop());
  const std::string from = backup("backup");
  for (const node::Store& store : node::all_stores()) {
    if (store.care == node::StoreCare::kLeftOut || store.name == "snapshots") continue;
    EXPECT_TRUE(fs::exists(fs::path(from) / store.name)) << store.name;
  }
  restored(from, "restored");
}

}  // namespace
}  // namespace porchlight::server
