// `porchlight drill storm` against a real server: the whole way of a storm, with few streams.
#include <gmock/gmock.h>

#include <fstream>

#include "process.h"
#include "support/wire.h"

namespace porchlight {
namespace {

using testing::HasSubstr;

std::string url_of(const ServerProcess& server) {
  return "http://127.0.0.1:" + std::to_string(server.port());
}

std::string member(const std::string& json, std::string_view pointer) {
  return Answer{.status = 0, .headers = {}, .body = json}.at(pointer);
}

class Drill : public testing::Test {
 protected:
  Finished storm(const ServerProcess& server, std::vector<std::string> more) {
    std::vector<std::string> arguments = {"drill",  "storm",     "--server", url_of(server),
                                          "--data", house_.data, "--app",    house_.app};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run(arguments);
  }

  TempFolder folder_;
  Household house_{folder_ / "data"};
};

TEST_F(Drill, TellsAllOfEachChangeAndEveryoneComesBack) {
  ASSERT_EQ(
      run({"user", "add", "--data", house_.data, "--upn", "ben@contoso.example", "--name", "Ben"}).exit_code,
      0);
  ServerProcess server(house_.data, {"--throttle", "off"});
  const Finished bills = storm(server, {"--streams", "40", "--people", "2", "--changes", "3", "--json"});
  ASSERT_EQ(bills.exit_code, 0) << bills.err;
  const std::string watched = bills.out.substr(0, bills.out.find('\n'));
  const std::string reconnect = bills.out.substr(watched.size() + 1);
  EXPECT_EQ(member(watched, "/storm"), "watched");
  EXPECT_EQ(member(watched, "/people"), "2");
  EXPECT_EQ(member(watched, "/changes"), "6");
  EXPECT_EQ(member(watched, "/told"), "120") << "each stream of three changes, none twice";
  EXPECT_EQ(member(watched, "/behind"), "0");
  EXPECT_NE(member(watched, "/server/residentBytes"), "(absent)");
  EXPECT_EQ(member(reconnect, "/storm"), "reconnect");
  EXPECT_EQ(member(reconnect, "/behind"), "0");
  EXPECT_EQ(member(reconnect, "/lost"), "0");
  EXPECT_NE(member(reconnect, "/resumed"), "0");
  Wire wire(server.port());
  EXPECT_EQ(wire.get("/v1.0/users/" + house_.user + "/presence", house_.token).state(), "Offline/Offline")
      << "the drill's session has ended";
}

TEST_F(Drill, TakesATokenFromAFile) {
  ServerProcess server(house_.data, {"--throttle", "off"});
  const Finished bill = run({"drill", "storm", "--server", url_of(server), "--token-file", "-", "--user",
                             house_.user, "--streams", "3", "--changes", "1", "--storm", "watched"},
                            house_.token + "\n");
  EXPECT_EQ(bill.exit_code, 0) << bill.err;
  EXPECT_THAT(bill.out, HasSubstr("watched: 3 streams, 1 people"));
  EXPECT_THAT(bill.out, HasSubstr("[held] every stream knows the newest state"));
}

TEST_F(Drill, SaysWhatToSetWhereThereIsNoRoom) {
  const std::filesystem::path config = folder_ / "porchlight.toml";
  std::ofstream(config) << "[streams]\nper_application = 5\n";
  ServerProcess server(house_.data, {"--throttle", "off", "--config", config});
  const Finished refused = storm(server, {"--streams", "6"});
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.err, HasSubstr("`per_application = 6`"));
  EXPECT_EQ(storm(server, {"--streams", "5", "--changes", "1"}).exit_code, 0);
}

TEST_F(Drill, SaysWhereThePersonDoesNotShowWhatItSets) {
  ServerProcess server(house_.data, {"--throttle", "off"});
  Wire wire(server.port());
  const std::string path = "/v1.0/users/" + house_.user + "/presence/";
  ASSERT_EQ(wire.post(path + "setUserPreferredPresence", house_.token,
                      R"({"availability":"Away","activity":"Away"})")
                .status,
            200);
  const Finished refused = storm(server, {"--streams", "2"});
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.err, HasSubstr("prefer another presence"));
}

TEST_F(Drill, RefusesWhatMakesNoSense) {
  const std::vector<std::vector<std::string>> usage = {
      {"drill"},
      {"drill", "storm", "--server", "http://10.0.0.1:80", "--data", "x", "--app", "a"},
      {"drill", "storm", "--server", "https://127.0.0.1:8443", "--data", "x", "--app", "a"},
      {"drill", "storm", "--data", "x", "--app", "a", "--streams", "0"},
      {"drill", "storm", "--data", "x", "--app", "a", "--streams", "100001"},
      {"drill", "storm", "--data", "x", "--app", "a", "--changes", "101"},
      {"drill", "storm", "--data", "x", "--app", "a", "--longest", "5m"},
      {"drill", "storm", "--data", "x", "--app", "a", "--storm", "tea"},
  };
  for (const auto& arguments : usage)
    EXPECT_EQ(run(arguments).exit_code, 2) << testing::PrintToString(arguments);
  EXPECT_THAT(run({"drill", "storm"}).err, HasSubstr("--token-file and --user"));
  EXPECT_THAT(run({"drill", "storm", "--data", house_.data}).err, HasSubstr("--app"));
  EXPECT_THAT(run({"drill", "storm", "--help"}).out, HasSubstr("per_application = 100000"));
  std::uint16_t gone = 0;
  {
    ServerProcess server(house_.data);
    gone = server.port();
  }
  const Finished nobody = run({"drill", "storm", "--data", house_.data, "--app", house_.app, "--server",
                               "http://127.0.0.1:" + std::to_string(gone)});
  EXPECT_EQ(nobody.exit_code, 1);
  EXPECT_THAT(nobody.err, HasSubstr("takes no connections"));
}

}  // namespace
}  // namespace porchlight
