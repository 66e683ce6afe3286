#include "authority/grants.h"

#include <gtest/gtest.h>

#include "base/guid.h"

namespace porchlight::authority::testing {
namespace {

bool is_guid(const std::string& text) { return parse_guid(text).has_value(); }

void expect_envelope(const Answer& answer, const std::string& number) {
  EXPECT_GE(answer.status, 400) << answer.body;
  EXPECT_FALSE(answer.authenticated);
  const std::string said = answer.json("error_description"), trace = answer.json("trace_id"),
                    correlation = answer.json("correlation_id"), moment = answer.json("timestamp");
  EXPECT_TRUE(said.starts_with("AADSTS" + number + ": ")) << answer.body;
  EXPECT_TRUE(
      said.ends_with(" Trace ID: " + trace + " Correlation ID: " + correlation + " Timestamp: " + moment))
      << answer.body;
  EXPECT_TRUE(is_guid(trace) && is_guid(correlation)) << answer.body;
  EXPECT_EQ(answer.field("x-ms-request-id"), trace);
  EXPECT_EQ(answer.field("client-request-id"), correlation);
  EXPECT_EQ(moment.size(), std::string_view("2030-03-17 17:46:40Z").size());
  EXPECT_EQ(answer.field("Content-Type"), "application/json; charset=utf-8");
  EXPECT_EQ(answer.field("Cache-Control"), "no-store");
  for (const char* name : {"access_token", "refresh_token", "id_token"}) EXPECT_EQ(answer.json(name), "");
}

}  // namespace

std::string outcome(const Answer& answer) {
  if (answer.status == 200) return "200";
  std::string number = answer.json("error_codes");
  number = number.substr(1, number.size() - 2);
  expect_envelope(answer, number);
  return answer.json("error") + " " + number;
}

Fields refresh_fields(const std::string& token) {
  return {{"grant_type", "refresh_token"}, {"client_id", to_string(kPhone)}, {"refresh_token", token}};
}

std::string refresh_token(TestServer& server) {
  return server.post("token", server.redeem_fields()).json("refresh_token");
}

DeviceAsk start_device(TestServer& server) {
  const Answer started =
      server.post("devicecode", {{"client_id", to_string(kPhone)}, {"scope", "Presence.Read"}});
  return {{{"grant_type", "urn:ietf:params:oauth:grant-type:device_code"},
           {"client_id", to_string(kPhone)},
           {"device_code", started.json("device_code")}},
          started.json("user_code")};
}

std::string token_for_api(TestServer& server) {
  const Answer answer =
      server.post("token", server.redeem_fields(kPhone, "api://" + to_string(kApi) + "/access"));
  EXPECT_EQ(outcome(answer), "200") << answer.body;
  return answer.json("access_token");
}

Fields behalf_fields(const TestServer& server, const std::string& token) {
  return {{"grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"},
          {"client_id", to_string(kApi)},
          {"client_secret", server.robot_secret},
          {"assertion", token},
          {"requested_token_use", "on_behalf_of"},
          {"scope", "Presence.Read"}};
}

Fields password_fields() {
  return {{"grant_type", "password"},
          {"client_id", to_string(kPhone)},
          {"username", std::string(kAnaUpn)},
          {"password", std::string(kPasswordText)},
          {"scope", "Presence.Read"}};
}

Fields assertion_fields(const TestServer& server, const std::string& assertion) {
  Fields fields = server.robot_credentials();
  fields.erase("client_secret");
  fields["client_assertion_type"] = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
  fields["client_assertion"] = assertion;
  return fields;
}

}  // namespace porchlight::authority::testing
