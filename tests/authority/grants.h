// What tests of the token endpoint share: fields that each grant takes, and what an answer comes to.
#pragma once

#include <string>

#include "authority/test_server.h"

namespace porchlight::authority::testing {

// The code of a refusal, and Entra's number: "invalid_client 7000215"; "200" where it is none. Every refusal
// that is looked at here must be in Entra's envelope, whole and without contradiction.
std::string outcome(const Answer& answer);

Fields refresh_fields(const std::string& token);
// A refresh token of Ana's, on the phone.
std::string refresh_token(TestServer& server);

// What a device asks with, and the code that it shows.
struct DeviceAsk {
  Fields fields;
  std::string user_code;
};
DeviceAsk start_device(TestServer& server);

// A token of Ana's for the application in the middle; and what that one asks with, on her behalf.
std::string token_for_api(TestServer& server);
Fields behalf_fields(const TestServer& server, const std::string& token);

Fields password_fields();

// The robot's fields with an assertion in the secret's place.
Fields assertion_fields(const TestServer& server, const std::string& assertion);

}  // namespace porchlight::authority::testing
