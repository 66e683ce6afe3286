// Tests of $batch: every row of spec protocol §10.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "graph/wire/batch_request.h"
#include "support/graph/test_server.h"

namespace porchlight::graph {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using namespace std::chrono_literals;

const std::string kAnaUrl = "/users/" + to_string(kAna) + "/presence";
const std::string kBusy =
    R"({"sessionId":"s","availability":"Busy","activity":"InACall","expirationDuration":"PT1H"})";

// The JSON of one request of a batch; `more` is further members, each with a comma in front.
std::string step(std::string_view id, std::string_view method, std::string_view url,
                 std::string_view more = "") {
  return fmt::format(R"({{"id":"{}","method":"{}","url":"{}"{}}})", id, method, url, more);
}

// The members of a request with a JSON body.
std::string posting(std::string_view body, std::string_view more = "") {
  return fmt::format(R"(,"headers":{{"Content-Type":"application/json"}},"body":{}{})", body, more);
}

std::string batch(const std::vector<std::string>& steps) {
  std::string body = R"({"requests":[)";
  for (const std::string& one : steps) body += (body.back() == '[' ? "" : ",") + one;
  return body + "]}";
}

// Runs batches as an application that may read and write all presences.
class BatchTest : public ::testing::Test {
 protected:
  Answer run(const std::vector<std::string>& steps) {
    return server.post("/v1.0/$batch", token, batch(steps));
  }
  TestServer server;
  std::string token = server.writer();
};

TEST_F(BatchTest, ReadSeesTheWriteBeforeIt) {
  const Answer answer =
      run({step("1", "GET", kAnaUrl), step("2", "POST", kAnaUrl + "/setPresence", posting(kBusy)),
           step("3", "get", kAnaUrl.substr(1))});
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(answer.at("/responses/0/id"), "1");
  EXPECT_EQ(answer.at("/responses/0/body/availability"), "Offline");
  EXPECT_EQ(answer.at("/responses/1/status"), "200");
  EXPECT_THAT(answer.body, HasSubstr(R"({"id":"2","status":200,"headers":{)"));
  EXPECT_EQ(answer.at("/responses/2/body/activity"), "InACall");
  EXPECT_EQ(answer.at("/responses/2/headers/OData-Version"), "4.0");
  EXPECT_THAT(answer.at("/responses/2/headers/Content-Type"), HasSubstr("application/json"));
  EXPECT_EQ(answer.at("/responses/1/headers/Cache-Control"), "no-cache");
  EXPECT_NE(answer.at("/responses/0/headers/request-id"), answer.at("/responses/2/headers/request-id"));
}

TEST_F(BatchTest, ActionAnswersWithoutBody) {
  const Answer answer = run({step("2", "POST", kAnaUrl + "/setPresence", posting(kBusy))});
  EXPECT_THAT(answer.body, Not(HasSubstr(R"("body")")));
}

TEST_F(BatchTest, AcceptsOneToTwentyRequests) {
  std::vector<std::string> steps;
  for (int i = 0; i < 20; ++i) steps.push_back(step(std::to_string(i), "GET", kAnaUrl));
  EXPECT_EQ(run(steps).status, 200);
  steps.push_back(step("20", "GET", kAnaUrl));
  const Answer refused = run(steps);
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(refused.code(), "MaximumValueExceeded");
  EXPECT_EQ(refused.message(), "Number of batch request steps exceeds the maximum value of 20.");
  const Answer empty = run({});
  EXPECT_EQ(empty.status, 400);
  EXPECT_EQ(empty.message(), "Invalid batch payload format.");
}

// Published clients count their requests and send the numbers (spec protocol §10 id).
TEST_F(BatchTest, IdsAreTextsOrNumbers) {
  struct Row {
    std::string id, answered;  // `answered` empty: the batch is refused
  };
  const Row rows[] = {
      {"1", "1"},     {"0", "0"},      {"-3", "-3"},        {"20", "20"},        {"4294967296", "4294967296"},
      {"1.5", "1.5"}, {R"("1")", "1"}, {R"("a b")", "a b"}, {R"("1.0")", "1.0"}, {R"("")", ""},
      {"true", ""},   {"null", ""},    {"[]", ""},          {"{}", ""},          {"[1]", ""},
      {"-", ""},      {"01", ""},
  };
  for (const Row& row : rows) {
    const Answer answer = server.post("/v1.0/$batch", token,
                                      batch({R"({"id":)" + row.id + R"(,"method":"GET","url":")" + kAnaUrl +
                                             R"(","headers":{},"body":null})"}));
    EXPECT_EQ(answer.status, row.answered.empty() ? 400 : 200) << row.id;
    if (answer.status != 200) continue;
    EXPECT_THAT(answer.body, HasSubstr("{\"id\":\"" + row.answered + "\",")) << row.id;
  }
  const std::string numbered = R"({"id":1,"method":"GET","url":")" + kAnaUrl + "\"}",
                    after = R"({"id":2,"dependsOn":[1],"method":"GET","url":")" + kAnaUrl + "\"}";
  EXPECT_THAT(run({after, numbered}).body, HasSubstr(R"({"id":"2","status":200)")) << "in dependsOn too";
  EXPECT_EQ(run({numbered, step("1", "GET", kAnaUrl)}).message(),
            "Request Id 1 has to be unique in a batch.");
  EXPECT_EQ(run({step("b", "GET", kAnaUrl), step("B", "GET", kAnaUrl)}).message(),
            "Request Id B has to be unique in a batch.");
}

// A write without body and Content-Type refuses the whole batch (spec protocol §10).
TEST_F(BatchTest, EmptyWritesRefuseTheBatch) {
  const std::string clear = kAnaUrl + "/clearUserPreferredPresence";
  struct Row {
    std::string_view method, more;
    bool refused;
  };
  const Row rows[] = {
      {"POST", "", true},
      {"POST", R"(,"headers":{})", true},
      {"POST", R"(,"headers":{},"body":null)", true},
      {"POST", R"(,"headers":null,"body":null)", true},
      {"POST", R"(,"headers":{"Accept":"application/json"})", true},
      {"post", "", true},
      {"PATCH", "", true},
      {"PUT", "", true},
      {"POST", R"(,"headers":{"Content-Type":"application/json"})", false},
      {"POST", R"(,"headers":{"content-type":"application/json"},"body":null)", false},
      {"POST", R"(,"headers":{"Content-Type":"application/json"},"body":{})", false},
      {"POST", R"(,"body":{})", false},
      {"GET", R"(,"headers":{},"body":null)", false},
      {"DELETE", "", false},
      {"HEAD", "", false},
  };
  for (const Row& row : rows) {
    const Answer answer = run({step("x", "GET", kAnaUrl), step("7", row.method, clear, row.more)});
    EXPECT_EQ(answer.status, row.refused ? 400 : 200) << row.method << row.more;
    if (!row.refused) continue;
    EXPECT_EQ(answer.code(), "BadRequest");
    EXPECT_EQ(answer.message(), "Write request id : 7 does not contain Content-Type header or body.");
  }
  JsonReader reader;
  for (const Row& row : rows)
    EXPECT_TRUE(parse_batch(reader, batch({step("7", row.method, clear, row.more)}), EmptyWrites::kAllowed));
}

TEST_F(BatchTest, MalformedBatchIsRejectedAsAWhole) {
  const std::string good = step("1", "GET", kAnaUrl);
  for (const std::string& body :
       {std::string("[]"), std::string("{"), std::string("{}"), std::string(R"({"requests":{}})"),
        batch({"1"}), batch({R"({"method":"GET","url":"/me"})"}), batch({R"({"id":"1","url":"/me"})"}),
        batch({R"({"id":"1","method":"GET"})"}), batch({R"({"id":true,"method":"GET","url":"/me"})"}),
        batch({R"({"id":[1],"method":"GET","url":"/me"})"}),
        batch({R"({"id":null,"method":"GET","url":"/me"})"}),
        batch({step("a", "GET", kAnaUrl), step("A", "GET", kAnaUrl)}),
        batch({good, step("2", "GET", kAnaUrl, R"(,"dependsOn":["3"])")}),
        batch({step("1", "GET", kAnaUrl, R"(,"dependsOn":["2"])"),
               step("2", "GET", kAnaUrl, R"(,"dependsOn":["1"])")}),
        batch({step("1", "GET", kAnaUrl, R"(,"dependsOn":["1"])")}),
        batch({step("1", "GET", kAnaUrl, R"(,"headers":[])")}),
        batch({step("1", "GET", kAnaUrl, R"(,"headers":{"Accept":1})")})}) {
    const Answer answer = server.post("/v1.0/$batch", token, body);
    EXPECT_EQ(answer.status, 400) << body;
    EXPECT_EQ(answer.code(), "BadRequest") << body;
  }
}

TEST_F(BatchTest, DependentOfAFailedRequestFails) {
  const std::string depends = R"(,"dependsOn":["x"])";
  const Answer answer =
      run({step("first", "GET", kAnaUrl, depends), step("x", "GET", "/users/nobody/presence"),
           step("later", "GET", kAnaUrl, R"(,"dependsOn":["FIRST"])"), step("free", "GET", kAnaUrl)});
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_THAT(answer.body, HasSubstr(R"({"id":"x","status":404)"));
  EXPECT_THAT(answer.body, HasSubstr(R"({"id":"first","status":424)"));
  EXPECT_THAT(answer.body, HasSubstr(R"({"id":"later","status":424)"));
  EXPECT_THAT(answer.body, HasSubstr(R"({"id":"free","status":200)"));
  EXPECT_THAT(answer.body, HasSubstr(R"("code":"FailedDependency")"));
}

TEST_F(BatchTest, DependencyMayStandLaterInTheBatch) {
  const Answer answer = run({step("read", "GET", kAnaUrl, R"(,"dependsOn":["write"])"),
                             step("write", "POST", kAnaUrl + "/setPresence", posting(kBusy))});
  EXPECT_EQ(answer.at("/responses/0/id"), "write");
  EXPECT_EQ(answer.at("/responses/1/body/activity"), "InACall");
}

TEST_F(BatchTest, UrlsAreRelativeToTheVersionOfTheBatch) {
  const Answer answer =
      run({step("same", "GET", "/v1.0" + kAnaUrl), step("other", "GET", "/beta" + kAnaUrl),
           step("full", "GET", "https://graph.microsoft.com/v1.0" + kAnaUrl),
           step("nested", "POST", "/$batch", posting("{}")), step("unknown", "GET", "/nothing")});
  EXPECT_THAT(answer.body, HasSubstr(R"({"id":"same","status":200)"));
  for (const char* id : {"other", "full", "nested", "unknown"})
    EXPECT_THAT(answer.body, HasSubstr(fmt::format(R"({{"id":"{}","status":400)", id)));
  EXPECT_THAT(server.post("/beta/$batch", token, batch({step("1", "GET", "/beta" + kAnaUrl)})).body,
              HasSubstr("/beta/$metadata#users("));
}

TEST_F(BatchTest, EachRequestIsAuthorized) {
  token = server.reader();
  const Answer answer =
      run({step("1", "GET", kAnaUrl), step("2", "POST", kAnaUrl + "/setPresence", posting(kBusy)),
           step("3", "GET", "/me/presence", R"(,"headers":{"Authorization":"Bearer nonsense"})"),
           step("4", "DELETE", kAnaUrl), step("5", "POST", kAnaUrl + "/setPresence", R"(,"body":{})")});
  EXPECT_EQ(answer.at("/responses/0/status"), "200");
  EXPECT_EQ(answer.at("/responses/1/status"), "403");
  EXPECT_EQ(answer.at("/responses/2/status"), "400") << "an inner Authorization is ignored";
  EXPECT_EQ(answer.at("/responses/3/status"), "405");
  EXPECT_EQ(answer.at("/responses/4/status"), "400") << "a body needs a content type";
}

TEST_F(BatchTest, NeedsAToken) {
  EXPECT_EQ(server.post("/v1.0/$batch", "", batch({step("1", "GET", kAnaUrl)})).status, 401);
}

TEST_F(BatchTest, UsersOfAnotherTenantAreNotFound) {
  token = server.token({.tenant = kFabrikam, .roles = {"Presence.ReadWrite.All"}});
  const Answer answer =
      run({step("1", "GET", kAnaUrl), step("2", "POST", kAnaUrl + "/setPresence", posting(kBusy))});
  EXPECT_EQ(answer.at("/responses/0/status"), "404");
  EXPECT_EQ(answer.at("/responses/1/status"), "404");
}

TEST(BatchThrottle, EachRequestIsCountedAndThrottled) {
  TestServer server({{3, 30s}, {0, 30s}, {0, 10s}});
  std::vector<std::string> steps;
  for (int i = 0; i < 5; ++i) steps.push_back(step(std::to_string(i), "GET", kAnaUrl));
  const Answer answer = server.post("/v1.0/$batch", server.reader(), batch(steps));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.at("/responses/2/status"), "200");
  EXPECT_EQ(answer.at("/responses/3/status"), "429");
  EXPECT_FALSE(answer.at("/responses/3/headers/Retry-After").empty());
  EXPECT_EQ(answer.at("/responses/3/body/error/code"), "TooManyRequests");
}

TEST_F(BatchTest, LogFailureFailsOnlyTheWrite) {
  server.break_log(true);
  const Answer answer =
      run({step("1", "POST", kAnaUrl + "/setPresence", posting(kBusy)), step("2", "GET", kAnaUrl)});
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.at("/responses/0/status"), "503");
  EXPECT_EQ(answer.at("/responses/1/body/availability"), "Offline");
}

// Adds so many users with long names that the sockets do not hold all pages of twenty steps.
void add_long_names(TestServer& server, int count) {
  std::vector<state::DirectoryCommand> commands;
  for (int i = 0; i < count; ++i) {
    const std::string name = fmt::format("{:03}", i) + std::string(250, 'x');
    commands.push_back(
        {kContoso, guid_from_name(name), directory::UserPut{fmt::format("u{}@x.example", i), name}});
  }
  server.change(std::move(commands));
}

TEST_F(BatchTest, ALargeResponseIsSentInParts) {
  add_long_names(server, 200);
  const std::string users = server.token({.roles = {"User.Read.All", "Presence.ReadWrite.All"}});
  const auto run_pages = [&](std::size_t count) {
    std::vector<std::string> steps;
    for (std::size_t i = 0; i < count; ++i) steps.push_back(step(std::to_string(10 + i), "GET", "/users"));
    return server.post("/v1.0/$batch", users, batch(steps));
  };
  const std::size_t one = run_pages(1).body.size() - std::string_view(R"({"responses":[]})").size();
  // As many pages as there is room for, with one beyond the bound, and one page more.
  const std::size_t most = 256 * 1024 / (one + 1) + 1;
  ASSERT_LT(most, 20u);
  const Answer whole = run_pages(most);
  EXPECT_EQ(whole.header("transfer-encoding"), "");
  const Answer parts = run_pages(most + 1);
  EXPECT_EQ(parts.header("transfer-encoding"), "chunked");
  EXPECT_EQ(parts.body.size(), whole.body.size() + one + 1);
  for (std::size_t i = 0; i <= most; ++i)
    EXPECT_EQ(parts.at(fmt::format("/responses/{}/id", i)), std::to_string(10 + i));
}

TEST_F(BatchTest, StepsWaitForTheReaderOfALargeResponse) {
  add_long_names(server, 999);
  const std::string writer = server.token({.roles = {"User.Read.All", "Presence.ReadWrite.All"}});
  std::vector<std::string> steps;
  for (int i = 0; i < 19; ++i) steps.push_back(step(std::to_string(i), "GET", "/users?$top=999"));
  steps.push_back(step("last", "POST", kAnaUrl + "/setPresence", posting(kBusy)));
  const auto slow = server.connect();
  slow->ask("POST", "/v1.0/$batch", writer, {"Content-Type: application/json"}, batch(steps));
  for (int i = 0; i < 50; ++i) EXPECT_EQ(server.get(kAnaPath, writer).at("/availability"), "Offline");
  const Answer answer = slow->read_answer();
  EXPECT_EQ(answer.at("/responses/19/status"), "200");
  EXPECT_EQ(server.get(kAnaPath, writer).at("/availability"), "Busy");
}

// While the reader takes its time, the token ends, and time passes: later steps run as requests of that moment.
TEST_F(BatchTest, StepsAfterAWaitForTheReaderAreOfTheirMoment) {
  add_long_names(server, 999);
  std::vector<std::string> steps;
  for (int i = 0; i < 19; ++i) steps.push_back(step(std::to_string(i), "GET", "/users?$top=999"));
  steps.push_back(step("last", "POST", kAnaUrl + "/setPresence", posting(kBusy)));
  const auto begin = [&](const Guid& app) {
    auto slow = server.connect();
    slow->ask("POST", "/v1.0/$batch",
              server.token({.app = app, .roles = {"User.Read.All", "Presence.ReadWrite.All"}}),
              {"Content-Type: application/json"}, batch(steps));
    for (int i = 0; i < 50; ++i)
      EXPECT_EQ(server.get(kAnaPath, server.reader()).at("/availability"), "Offline");
    return slow;
  };
  const auto revoked = begin(kAppB);
  server.revoke(kAppB);
  EXPECT_EQ(revoked->read_answer().at("/responses/19/status"), "401");
  EXPECT_EQ(server.get(kAnaPath, server.reader()).at("/availability"), "Offline");
  const auto late = begin(kAppA);
  server.advance(10h);
  EXPECT_EQ(late->read_answer().at("/responses/19/status"), "200");
  EXPECT_EQ(server.get(kAnaPath, server.reader()).at("/availability"), "Busy");
}

TEST_F(BatchTest, MayBeLargerThanOtherBodies) {
  const std::string padding = R"({"requests":[{"id":"1","method":"GET","url":")" + kAnaUrl + R"("}],"x":[)";
  std::string body = padding;
  for (int i = 0; i < 40; ++i) body += fmt::format(R"({}"{}")", i ? "," : "", std::string(60 * 1024, 'y'));
  EXPECT_EQ(server.post("/v1.0/$batch", token, body + "]}").status, 200);
  // Content-Length alone causes the 413; the server does not wait for the body.
  const std::string length = "Content-Length: " + std::to_string(body.size() + 2);
  EXPECT_EQ(
      server
          .send("POST", "/v1.0" + kAnaUrl + "/setPresence", token, {"Content-Type: application/json", length})
          .status,
      413);
}

}  // namespace
}  // namespace porchlight::graph
