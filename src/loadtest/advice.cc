#include "loadtest/advice.h"

#include <fmt/format.h>

namespace porchlight::loadtest {

std::string advice_for_change(int status) {
  switch (status) {
    case 401:
      return "the server does not take the token: it is over, or another server's (401)";
    case 403:
      return "the token may not set people's presence (403): it needs the application role "
             "Presence.ReadWrite.All";
    case 404:
      return "one of the people is nobody of the token's tenant (404)";
    case 429:
      return "the server's budgets stopped the load test (429): serve it with --throttle off";
    default:
      return fmt::format("the server answered {} to a change", status);
  }
}

std::string advice_for_stream(int status, std::size_t streams) {
  switch (status) {
    case 401:
      return advice_for_change(status);
    case 403:
      return "the token may not follow people (403): it needs Presence.Read.All or Presence.ReadWrite.All";
    case 404:
      return "there is no /porchlight/v1/stream, or one of the people is nobody (404)";
    case 429:
      return fmt::format(
          "the server refuses so many streams (429): serve it with --throttle off, and with `per_application "
          "= {0}` "
          "in [streams] of its configuration (`per_user = {0}` as well where the token is a person's)",
          streams);
    default:
      return fmt::format("the server answered {} to a stream", status);
  }
}

}  // namespace porchlight::loadtest
