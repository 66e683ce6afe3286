// `POST /porchlight/v1/web/demo`: signs a user of the demo in to the web interface without a password. Only under
// `serve --demo`.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "admin/web_applications.h"
#include "base/guid.h"
#include "http/handler.h"
#include "node/config.h"
#include "node/node.h"

namespace porchlight::server {

inline constexpr std::size_t kDemoEntryBytesMax = 1024;  // of a body
inline constexpr Duration kDemoTokenLife = std::chrono::hours(1);

// What the body asks for: `{"user":"guid","application":"board"|"console"}`.
struct DemoEntryRequest {
  Guid user;
  admin::WebApplication application;
};
// The error is a sentence for the client.
std::expected<DemoEntryRequest, std::string_view> parse_demo_entry(std::string_view body);

// Why the folder must not be served with --demo, as a sentence: a listener that other machines reach, or no demo.
// nullopt if it may.
std::optional<std::string> demo_fault(const node::Config& config, const state::View& view);

// Any thread.
class DemoEntry {
 public:
  // `is_on`: whether the server plays the demo. If not, the path is not found. The node must outlive this.
  DemoEntry(const node::Node& node, bool is_on) : node_(node), is_on_(is_on) {}

  static bool owns(const http::Request& request) { return request.path == "/porchlight/v1/web/demo"; }
  // A longer body is answered with 413.
  static http::Admission admission() {
    return http::Admission::up_to(kDemoEntryBytesMax, http::kBodyTooLarge);
  }
  // Answers a request for that path: an access token of the application on behalf of the user, with what the
  // application is granted. The page of another origin cannot read it.
  void answer(const http::Request& request, http::Response& response) const;

 private:
  const node::Node& node_;
  const bool is_on_;
};

}  // namespace porchlight::server
