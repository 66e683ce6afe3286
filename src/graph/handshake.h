// Whether a URL wants what would be posted to it (spec notifications §5).
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "graph/error.h"
#include "webhook/poster.h"

namespace porchlight::graph {

inline constexpr Duration kHandshakeTimeout = std::chrono::seconds(10);

// A property of a subscription, and the URL in it.
struct AskedUrl {
  std::string_view property;
  std::string url;
};

// Asks each of them, also where two are the same. `done` is called once, when all have answered, on the
// poster's thread: the error is of the first that does not want it.
void shake_hands(webhook::Poster& poster, std::vector<AskedUrl> urls,
                 std::move_only_function<void(Result<void>)> done);

// The URL of the question, and what it is to be answered with. Pure, as is the judgement.
std::string handshake_url(std::string_view url, std::string_view token);
Result<void> judge_handshake(std::string_view property, std::string_view token, const webhook::Reply& reply);

}  // namespace porchlight::graph
