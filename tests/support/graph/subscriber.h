// Helpers of a subscriber: the bodies of subscriptions, and the items of a posted notification.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/time_text.h"
#include "support/graph/test_server.h"

namespace porchlight::graph {

// The body of a create; `more`: further members, with a comma in front.
inline std::string subscription_to(const std::string& resource, Time expires_at, const std::string& more = "",
                                   const std::string& url = "https://receiver.example/hook") {
  std::string expiry;
  append_date_time(expiry, expires_at);
  return R"({"changeType":"updated","notificationUrl":")" + url + R"(","resource":")" + resource +
         R"(","expirationDateTime":")" + expiry + "\"" + more + "}";
}

// The resource that names these people.
inline std::string presences_of(const std::vector<Guid>& people) {
  std::string list;
  for (const Guid& id : people) list += (list.empty() ? "'" : ",'") + to_string(id) + "'";
  return "communications/presences?$filter=id in (" + list + ")";
}

// The items of a posted body, each as an Answer, so that `at` finds their members.
inline std::vector<Answer> items_of(const webhook::Post& post) {
  std::vector<Answer> items;
  simdjson::dom::parser parser;
  const simdjson::dom::element root = parser.parse(post.body);
  for (const simdjson::dom::element item : root["value"].get_array()) {
    items.emplace_back();
    items.back().body = simdjson::minify(item);
  }
  return items;
}

inline std::vector<Answer> items_of(const std::vector<webhook::Post>& posts) {
  std::vector<Answer> all;
  for (const webhook::Post& post : posts)
    for (Answer& item : items_of(post)) all.push_back(std::move(item));
  return all;
}

}  // namespace porchlight::graph
