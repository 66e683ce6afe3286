// Whether a URL wants what would be posted to it (spec notifications §5).
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "graph/wire/error.h"
#include "webhook/webhook_client.h"

namespace porchlight::graph {

inline constexpr Duration kUrlValidationTimeout = std::chrono::seconds(10);

// A property of a subscription, and the URL in it.
struct UrlToValidate {
  std::string_view property;
  std::string url;
};

// Asks each of them, also where two are the same. `done` is called once, when all have answered, on the
// poster's thread: the error is of the first that does not want it.
void validate_urls(webhook::WebhookClient& webhook_client, std::vector<UrlToValidate> urls,
                   std::move_only_function<void(Result<void>)> done);

// The URL of the question, and what it is to be answered with. Pure, as is the judgement.
std::string validation_request_url(std::string_view url, std::string_view token);
Result<void> check_validation_reply(std::string_view property, std::string_view token,
                                    const webhook::Reply& reply);

}  // namespace porchlight::graph
