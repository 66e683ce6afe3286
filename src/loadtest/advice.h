// What the operator can do if the server refuses a request of the load test. Pure functions.
#pragma once

#include <string>

namespace porchlight::loadtest {

// Why a presence change was answered with `status`, and what to do, as a sentence.
std::string advice_for_change(int status);
// The same for opening one of `streams` streams.
std::string advice_for_stream(int status, std::size_t streams);

}  // namespace porchlight::loadtest
