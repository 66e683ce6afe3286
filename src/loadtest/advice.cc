#include "loadtest/advice.h"

#include <fmt/format.h>

namespace porchlight::loadtest {

std::string advice_for_change(int status) {
  switch (status) {
    case 401:
      return "the server does not accept the token (401): it has expired, or another server issued it";
    case 403:
      return "the token may not set the presence of users (403): it needs the application role "
             "Presence.ReadWrite.All";
    case 404:
      return "one of the users is not in the token's tenant (404)";
    case 429:
      return "the server's request limits stopped the load test (429): start it with --throttle off";
    default:
      return fmt::format("the server answered a presence change with status {}", status);
  }
}

std::string advice_for_stream(int status, std::size_t streams) {
  switch (status) {
    case 401:
      return advice_for_change(status);
    case 403:
      return "the token may not open streams (403): it needs Presence.Read.All or Presence.ReadWrite.All";
    case 404:
      return "the server has no /porchlight/v1/stream, or one of the users is not in the token's tenant "
             "(404)";
    case 429:
      return fmt::format(
          "the server does not admit this many streams (429): start it with --throttle off; if [streams] of "
          "its "
          "configuration allows fewer (1000 by default), set `per_application = {0}` (and `per_user = {0}` "
          "if the "
          "token is a user's)",
          streams);
    default:
      return fmt::format("the server answered the request for a stream with status {}", status);
  }
}

}  // namespace porchlight::loadtest
