// Tests of parsing action bodies: parameters, missing members and wrong types.
#include "graph/wire/action_body.h"

#include <gtest/gtest.h>

namespace porchlight::graph {
namespace {

constexpr RequiredMembers kSetPresence = {.session_id = true, .pair = true};

Result<ActionBody> parse(std::string_view body, RequiredMembers required = kSetPresence) {
  JsonReader reader;
  return parse_action_body(reader, body, required);
}

TEST(ActionBody, ReadsParametersInAnyLetterCase) {
  const auto body = parse(
      R"({"@odata.type":"x","SESSIONID":"s","availability":"Busy","Activity":"InACall","expirationDuration":"PT1H","other":[1]})");
  ASSERT_TRUE(body);
  EXPECT_EQ(body->session_id, "s");
  EXPECT_EQ(body->availability, "Busy");
  EXPECT_EQ(body->activity, "InACall");
  EXPECT_EQ(body->duration, std::chrono::hours(1));
}

TEST(ActionBody, AbsentAndNullDurationsAreTheDefault) {
  for (const std::string_view tail :
       {"", R"(,"expirationDuration":null)", R"(,"expirationDutaion":"PT1H")"}) {
    const auto body =
        parse(R"({"sessionId":"s","availability":"Away","activity":"Away")" + std::string(tail) + "}");
    ASSERT_TRUE(body) << tail;
    EXPECT_EQ(body->duration, std::nullopt);
  }
}

TEST(ActionBody, MayBeEmptyIfNoMemberIsRequired) {
  for (const std::string_view body : {"", "{}", "null", R"({"a":1})"}) EXPECT_TRUE(parse(body, {})) << body;
}

TEST(ActionBody, ReportsMissingAndMistypedMembers) {
  struct Row {
    std::string_view body, code, message;
  };
  constexpr std::string_view kNotJson =
      "Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid "
      "JSON "
      "format.";
  const Row rows[] = {
      {"", "InvalidArgument", "[SessionId]: The SessionId field is required."},
      {"{}", "InvalidArgument", "[SessionId]: The SessionId field is required."},
      {R"({"sessionId":null})", "InvalidArgument", "[SessionId]: The SessionId field is required."},
      {R"({"sessionId":""})", "InvalidArgument", "[SessionId]: The SessionId field is required."},
      {R"({"sessionId":"s"})", "InvalidArgument", "[Availability]: The Availability field is required."},
      {R"({"sessionId":"s","availability":"Busy"})", "InvalidArgument",
       "[Activity]: The Activity field is required."},
      {R"({"sessionId":1})", "BadRequest", "[sessionId]: The value must be a string."},
      {R"({"sessionId":"s","availability":["Busy"]})", "BadRequest",
       "[availability]: The value must be a string."},
      {R"({"sessionId":"s","availability":"Busy","activity":"InACall","expirationDuration":5})", "BadRequest",
       "[expirationDuration]: The value must be a string."},
      {R"({"sessionId":"s","availability":"Busy","activity":"InACall","expirationDuration":"5m"})",
       "BadRequest", "[expirationDuration]: The value must be an ISO 8601 duration, such as PT1H."},
      {R"({"sessionId":"s","availability":"Busy","activity":"InACall","expirationDuration":""})",
       "BadRequest", "[expirationDuration]: The value must be an ISO 8601 duration, such as PT1H."},
      {"[]", "BadRequest", "[body]: The value must be a JSON object."},
      {"{", "BadRequest", kNotJson},
      {"{}x", "BadRequest", kNotJson},
      {R"({"sessionId":"a","SessionID":"b"})", "BadRequest", kNotJson},
      {"{\"sessionId\":\"\xFF\"}", "BadRequest", kNotJson},
  };
  for (const Row& row : rows) {
    const auto body = parse(row.body);
    ASSERT_FALSE(body) << row.body;
    EXPECT_EQ(body.error().status, 400);
    EXPECT_EQ(body.error().code, row.code) << row.body;
    EXPECT_EQ(body.error().message.text(), row.message) << row.body;
  }
}

TEST(ActionBody, MalformedJsonNamesThePosition) {
  const auto body = parse(R"({"sessionId": nope})");
  ASSERT_FALSE(body);
  EXPECT_EQ(body.error().target, "byte 14");
  EXPECT_FALSE(body.error().detail.empty());
}

TEST(Advance, AcceptsZeroTo366Days) {
  JsonReader reader;
  EXPECT_EQ(parse_advance(reader, R"({"advance":"PT0S"})"), Duration(0));
  EXPECT_EQ(parse_advance(reader, R"({"advance":"P366D"})"), kAdvanceMax);
  for (const std::string_view body : {"", "{}", R"({"advance":"-PT1S"})", R"({"advance":"P366DT0.001S"})",
                                      R"({"advance":"soon"})", R"({"advance":5})"}) {
    EXPECT_FALSE(parse_advance(reader, body)) << body;
  }
}

TEST(SessionId, ComparesGuidsInAnyLetterCase) {
  EXPECT_EQ(session_guid("0D1CAC51-9D23-40EA-BE64-D00B0275E1B0"),
            session_guid("0d1cac51-9d23-40ea-be64-d00b0275e1b0"));
  EXPECT_EQ(session_guid("desk"), session_guid("desk"));
  EXPECT_NE(session_guid("desk"), session_guid("Desk")) << "other text compares exactly";
}

}  // namespace
}  // namespace porchlight::graph
