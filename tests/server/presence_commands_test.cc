// porchlight presence, with a running server and without.
#include <thread>

#include "commands.h"
#include "small_client.h"

namespace porchlight::server {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class PresenceCommands : public Commands {
 protected:
  void SetUp() override {
    Commands::SetUp();
    done({"init"});
    done({"tenant", "add", "--name", "Contoso"});
    done({"user", "add", "--upn", "ana@contoso.com", "--name", "Ana"});
    done({"app", "add", "--name", "Phones", "--scope", "Presence.Read"});
  }
  std::string on_ana(const std::string& verb, const std::vector<std::string>& options = {}) {
    return done(args(verb, options));
  }
  void refused_on_ana(const std::string& verb, const std::vector<std::string>& options,
                      const std::string& why) {
    refused(args(verb, options), why);
  }
  static std::vector<std::string> args(const std::string& verb, const std::vector<std::string>& options) {
    std::vector<std::string> all = {"presence", verb, "ana@contoso.com"};
    all.insert(all.end(), options.begin(), options.end());
    return all;
  }

  const std::vector<std::string> call_ = {"--app",          "Phones", "--session",  "desk",
                                          "--availability", "Busy",   "--activity", "InACall"};
};

TEST_F(PresenceCommands, SetAndClearThePresenceOfAUser) {
  const auto server = serve();
  const std::string url = server->line().substr(std::string("listening on ").size());
  std::string token = done({"token", "--app", "Phones", "--user", "ana@contoso.com"});
  token.pop_back();
  const auto presence = [&] { return ask(url, "GET", "/v1.0/me/presence", token); };
  EXPECT_THAT(on_ana("session-set", call_), HasSubstr("ana@contoso.com"));
  EXPECT_THAT(presence(), HasSubstr(R"("availability":"Busy","activity":"InACall")"));
  on_ana("preferred-set",
         {"--availability", "DoNotDisturb", "--activity", "DoNotDisturb", "--expires", "8h"});
  on_ana("message-set", {"--message", "On leave", "--expires", "3d"});
  EXPECT_THAT(presence(), AllOf(HasSubstr(R"("availability":"DoNotDisturb")"), HasSubstr("On leave")));
  on_ana("preferred-clear");
  on_ana("message-clear");
  EXPECT_THAT(presence(), AllOf(HasSubstr("InACall"), Not(HasSubstr("On leave"))));
  EXPECT_THAT(on_ana("sessions"),
              AllOf(HasSubstr("AVAILABILITY"), HasSubstr("Busy          InACall"), HasSubstr("Z\n")));
  on_ana("session-clear", {"--app", "Phones", "--session", "desk"});
  EXPECT_THAT(presence(), HasSubstr(R"("availability":"Offline")"));
  EXPECT_EQ(on_ana("sessions", {"--json"}), "[]\n");
  EXPECT_THAT(on_ana("end-streams"), HasSubstr("ana@contoso.com"));
  EXPECT_THAT(done({"audit"}), AllOf(HasSubstr("presence.preferred-set"), HasSubstr("streams.end"),
                                     Not(HasSubstr("On leave"))));
}

// Of the clients command: what it lists of a server is in tests/server/administration_test.cc.
TEST_F(PresenceCommands, ListAndEndWhatClientsHave) {
  refused({"clients", "connections"}, "no server runs");
  const auto server = serve();
  const std::string url = server->line().substr(std::string("listening on ").size());
  std::string token =
      done({"token", "--app", "Phones", "--user", "ana@contoso.com", "--scope", "Presence.Read"});
  token.pop_back();
  std::string stream;
  std::thread streaming([&] { stream = ask(url, "GET", "/porchlight/v1/stream?me", token); });
  std::string listed;
  do listed = done({"clients", "connections", "--json"});
  while (listed == "[]\n");
  EXPECT_THAT(done({"clients", "connections"}), AllOf(HasSubstr("KIND"), HasSubstr("ana@contoso.com")));
  EXPECT_THAT(done({"clients", "disconnect", member(listed, "id")}), HasSubstr(member(listed, "id")));
  streaming.join();
  EXPECT_THAT(stream, HasSubstr("notAllowed"));
  EXPECT_EQ(done({"clients", "subscriptions", "--json"}), "[]\n");
  for (const char* verb : {"unsubscribe", "test"})
    refused({"clients", verb, "x"}, "there is no such subscription");
  EXPECT_EQ(run({"clients", "disconnect"}).code, 2);
}

TEST_F(PresenceCommands, WorkWithoutAServer) {
  on_ana("session-set", call_);
  EXPECT_THAT(on_ana("sessions"), HasSubstr("InACall"));
  on_ana("message-set", {"--message", "On leave"});
  EXPECT_THAT(done({"log", "export"}), HasSubstr("messageSet"));
}

TEST_F(PresenceCommands, SayWhatIsWrong) {
  const std::string too_long(281, 'x');
  refused_on_ana("preferred-set", {"--availability", "Busy", "--activity", "Nonsense"}, "Allowed are");
  refused_on_ana("session-set",
                 {"--app", "Faxes", "--session", "x", "--availability", "Busy", "--activity", "Busy"},
                 "no application \"Faxes\"");
  refused_on_ana("session-clear", {"--app", "Phones", "--session", "desk"}, "no presence session");
  refused_on_ana("message-set", {"--message", too_long}, "the message is too long");
  refused({"presence", "sessions", "ben@contoso.com"}, "no user \"ben@contoso.com\"");
  const std::vector<std::vector<std::string>> wrong_usage = {
      args("preferred-set", {"--availability", "Busy"}),
      args("message-set", {}),
      args("message-set", {"--message", "x", "--expires", "soon"}),
      args("session-clear", {"--session", "desk"}),
      {"presence", "sessions"},
  };
  for (const auto& row : wrong_usage) EXPECT_EQ(run(row).code, 2) << testing::PrintToString(row);
}

}  // namespace
}  // namespace porchlight::server
