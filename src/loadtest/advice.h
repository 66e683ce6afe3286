// What to do where the server does not take a load test. Pure.
#pragma once

#include <string>

namespace porchlight::loadtest {

// Why the server answered a change of somebody's presence so, and what to do.
std::string advice_for_change(int status);
// The same where one of so many streams was refused.
std::string advice_for_stream(int status, std::size_t streams);

}  // namespace porchlight::loadtest
