// The web interface: its pages, and what they must know before a user has signed in.
#pragma once

#include <string>
#include <string_view>

#include "http/handler.h"
#include "node/config.h"
#include "node/node.h"
#include "server/demo_entry.h"
#include "web/site.h"

namespace porchlight::server {

// Immutable after construction: any thread.
class WebHandler {
 public:
  // The node must outlive the handler. `is_demo`: whether the server plays the demo.
  WebHandler(const node::Config& config, const node::Node& node, std::string version, bool is_demo);

  // Whether the request is answered here: `/` of a browser, a page or a file of the interface, and what begins with
  // `/porchlight/v1/web`.
  bool owns(const http::Request& request) const;
  // Whether the body of such a request is read.
  http::Admission admission(const http::Request& head) const;
  // Answers such a request.
  void answer(const http::Request& request, http::Response& response) const;

 private:
  void answer_front(const http::Request& request, http::Response& response) const;
  void answer_facts(const http::Request& request, http::Response& response) const;

  const web::Site site_;
  const node::Node& node_;
  const std::string version_;
  const bool has_authority_;
  const bool is_demo_;
  const DemoEntry demo_entry_;
};

}  // namespace porchlight::server
