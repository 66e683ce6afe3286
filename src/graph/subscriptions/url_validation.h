// Asks the receiver at a URL whether it accepts notifications (spec notifications §5).
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "graph/wire/error.h"
#include "webhook/webhook_client.h"

namespace porchlight::graph {

// Time for a receiver to answer.
inline constexpr Duration kUrlValidationTimeout = std::chrono::seconds(10);

// A URL and the property of the subscription that has it, which an error names.
struct UrlToValidate {
  std::string_view property;
  std::string url;
};

// Asks one URL. Calls `done` once, on the webhook client's thread, with the reply and whether it is the right one.
void validate_url(webhook::WebhookClient& webhook_client, const UrlToValidate& url,
                  std::move_only_function<void(const webhook::Reply&, Result<void>)> done);

// Asks each URL, also if two are equal. Calls `done` once, when all have answered or failed, on the webhook client's
// thread. The error is that of the first URL in the order given that failed.
void validate_urls(webhook::WebhookClient& webhook_client, std::vector<UrlToValidate> urls,
                   std::move_only_function<void(Result<void>)> done);

// The URL of the validation request. `token`: plain text, which is percent-encoded. Pure.
std::string validation_request_url(std::string_view url, std::string_view token);
// Checks the reply: status 200, and the decoded token as its body under any content type. Pure.
Result<void> check_validation_reply(std::string_view property, std::string_view token,
                                    const webhook::Reply& reply);

}  // namespace porchlight::graph
