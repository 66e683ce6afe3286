// The web interface: its pages, and what they must know before a user has signed in.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "http/message.h"
#include "node/config.h"
#include "state/view.h"
#include "web/site.h"

namespace porchlight::server {

// Immutable after construction: any thread.
class WebHandler {
 public:
  // `view` and `clock` must outlive the handler.
  WebHandler(const node::Config& config, const state::View& view, const Clock& clock, std::string version);

  // Whether the request is answered here: `/` of a browser, a page or a file of the interface, and
  // `/porchlight/v1/web`.
  bool owns(const http::Request& request) const;
  // Answers such a request.
  void answer(const http::Request& request, http::Response& response) const;

 private:
  void answer_front(const http::Request& request, http::Response& response) const;
  void answer_facts(const http::Request& request, http::Response& response) const;

  const web::Site site_;
  const state::View& view_;
  const Clock& clock_;
  const std::string version_;
  const bool has_authority_;
};

}  // namespace porchlight::server
