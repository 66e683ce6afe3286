// Helpers for tests of the token endpoint: the fields of each grant, and the outcome of a response.
#pragma once

#include <string>

#include "authority/test_server.h"

namespace porchlight::authority::testing {

// The outcome of a response: error code and Entra's number, such as "invalid_client 7000215", or "200". Also checks
// that the error has all members of Entra's form, and that they agree.
std::string outcome(const Answer& answer);

Fields refresh_fields(const std::string& token);
// A refresh token of Ana for the client kPhone.
std::string refresh_token(TestServer& server);

// The fields of a device's poll, and its user code.
struct DeviceAsk {
  Fields fields;
  std::string user_code;
};
DeviceAsk start_device(TestServer& server);

// An access token of Ana for the middle-tier application, and the fields of its on-behalf-of request.
std::string token_for_api(TestServer& server);
Fields behalf_fields(const TestServer& server, const std::string& token);

Fields password_fields();

// The fields of client kRobot with an assertion instead of the secret.
Fields assertion_fields(const TestServer& server, const std::string& assertion);

}  // namespace porchlight::authority::testing
