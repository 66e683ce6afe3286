// `porchlight loadtest streams` against a server: both scenarios with few streams.
#include <gmock/gmock.h>

#include <fstream>

#include "process.h"
#include "support/http_client.h"

namespace porchlight {
namespace {

using testing::HasSubstr;

std::string url_of(const ServerProcess& server) {
  return "http://127.0.0.1:" + std::to_string(server.port());
}

std::string member(const std::string& json, std::string_view pointer) {
  return Answer{.status = 0, .headers = {}, .body = json}.at(pointer);
}

class LoadTest : public testing::Test {
 protected:
  Finished loadtest(const ServerProcess& server, std::vector<std::string> more) {
    std::vector<std::string> arguments = {"loadtest", "streams",    "--server", url_of(server),
                                          "--data",   tenant_.data, "--app",    tenant_.app};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run(arguments);
  }

  TempFolder folder_;
  TestTenant tenant_{folder_ / "data"};
};

TEST_F(LoadTest, DeliversEachChangeAndReconnectsAll) {
  ASSERT_EQ(
      run({"user", "add", "--data", tenant_.data, "--upn", "ben@contoso.example", "--name", "Ben"}).exit_code,
      0);
  ServerProcess server(tenant_.data, {"--throttle", "off"});
  const Finished reports = loadtest(server, {"--streams", "40", "--people", "2", "--changes", "3", "--json"});
  ASSERT_EQ(reports.exit_code, 0) << reports.err;
  const std::string watched = reports.out.substr(0, reports.out.find('\n'));
  const std::string reconnect = reports.out.substr(watched.size() + 1);
  EXPECT_EQ(member(watched, "/storm"), "watched");
  EXPECT_EQ(member(watched, "/people"), "2");
  EXPECT_EQ(member(watched, "/changes"), "6");
  EXPECT_EQ(member(watched, "/told"), "120") << "three changes to each stream, none twice";
  EXPECT_EQ(member(watched, "/behind"), "0");
  EXPECT_NE(member(watched, "/server/residentBytes"), "(absent)");
  EXPECT_EQ(member(reconnect, "/storm"), "reconnect");
  EXPECT_EQ(member(reconnect, "/behind"), "0");
  EXPECT_EQ(member(reconnect, "/lost"), "0");
  EXPECT_NE(member(reconnect, "/resumed"), "0");
  HttpClient wire(server.port());
  EXPECT_EQ(wire.get("/v1.0/users/" + tenant_.user + "/presence", tenant_.token).state(), "Offline/Offline")
      << "the load test's session has ended";
}

TEST_F(LoadTest, ReadsATokenFromAFile) {
  ServerProcess server(tenant_.data, {"--throttle", "off"});
  const Finished report =
      run({"loadtest", "streams", "--server", url_of(server), "--token-file", "-", "--user", tenant_.user,
           "--streams", "3", "--changes", "1", "--storm", "watched"},
          tenant_.token + "\n");
  EXPECT_EQ(report.exit_code, 0) << report.err;
  EXPECT_THAT(report.out, HasSubstr("watched: 3 streams, 1 people"));
  EXPECT_THAT(report.out, HasSubstr("[held] every stream has the newest state"));
}

TEST_F(LoadTest, NamesTheSettingIfThereAreTooManyStreams) {
  const std::filesystem::path config = folder_ / "porchlight.toml";
  std::ofstream(config) << "[streams]\nper_application = 5\n";
  ServerProcess server(tenant_.data, {"--throttle", "off", "--config", config});
  const Finished refused = loadtest(server, {"--streams", "6"});
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.err, HasSubstr("`per_application = 6`"));
  EXPECT_EQ(loadtest(server, {"--streams", "5", "--changes", "1"}).exit_code, 0);
}

TEST_F(LoadTest, ReportsUsersWhoDoNotShowTheState) {
  ServerProcess server(tenant_.data, {"--throttle", "off"});
  HttpClient wire(server.port());
  const std::string path = "/v1.0/users/" + tenant_.user + "/presence/";
  ASSERT_EQ(wire.post(path + "setUserPreferredPresence", tenant_.token,
                      R"({"availability":"Away","activity":"Away"})")
                .status,
            200);
  const Finished refused = loadtest(server, {"--streams", "2"});
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.err, HasSubstr("preferred presence"));
}

TEST_F(LoadTest, RefusesWrongOptions) {
  const std::vector<std::vector<std::string>> usage = {
      {"loadtest"},
      {"loadtest", "streams", "--server", "http://10.0.0.1:80", "--data", "x", "--app", "a"},
      {"loadtest", "streams", "--server", "https://127.0.0.1:8443", "--data", "x", "--app", "a"},
      {"loadtest", "streams", "--data", "x", "--app", "a", "--streams", "0"},
      {"loadtest", "streams", "--data", "x", "--app", "a", "--streams", "100001"},
      {"loadtest", "streams", "--data", "x", "--app", "a", "--changes", "101"},
      {"loadtest", "streams", "--data", "x", "--app", "a", "--longest", "5m"},
      {"loadtest", "streams", "--data", "x", "--app", "a", "--storm", "tea"},
  };
  for (const auto& arguments : usage)
    EXPECT_EQ(run(arguments).exit_code, 2) << testing::PrintToString(arguments);
  EXPECT_THAT(run({"loadtest", "streams"}).err, HasSubstr("--token-file and --user"));
  EXPECT_THAT(run({"loadtest", "streams", "--data", tenant_.data}).err, HasSubstr("--app"));
  EXPECT_THAT(run({"loadtest", "streams", "--help"}).out, HasSubstr("per_application = 100000"));
  std::uint16_t gone = 0;
  {
    ServerProcess server(tenant_.data);
    gone = server.port();
  }
  const Finished nobody = run({"loadtest", "streams", "--data", tenant_.data, "--app", tenant_.app,
                               "--server", "http://127.0.0.1:" + std::to_string(gone)});
  EXPECT_EQ(nobody.exit_code, 1);
  EXPECT_THAT(nobody.err, HasSubstr("127.0.0.1:" + std::to_string(gone) +
                                    " accepts no connections: name the server's address with --server"));
}

}  // namespace
}  // namespace porchlight
