// The pages that people see: plain HTML that works without scripts, for readers of all kinds. Every text in
// them is escaped here. A form without an address goes back to the page's own.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace porchlight::authority {

// `csrf_token`: what a form carries to be believed (sessions.h). `notice`: what was wrong with the last try; empty:
// nothing.
std::string sign_in_page(std::string_view app, std::string_view name_hint, std::string_view csrf_token,
                         std::string_view notice);
// `wants`: what the application asks for, a sentence each.
std::string consent_page(std::string_view app, std::string_view person, std::span<const std::string> wants,
                         std::string_view csrf_token);
std::string user_code_page(std::string_view notice);
std::string message_page(std::string_view title, std::string_view text);
// What is posted to the application when the person goes on.
std::string post_page(std::string_view uri, std::span<const std::pair<std::string, std::string>> fields);

// The Content-Security-Policy of a page whose forms lead here, and to `origin` if it is not empty.
std::string page_policy(std::string_view origin);

}  // namespace porchlight::authority
