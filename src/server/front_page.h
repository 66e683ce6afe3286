// The page at `/` for browsers: what this server is, and where to go next. API clients get the Graph API's answer.
#pragma once

#include "http/message.h"

namespace porchlight::server {

// Whether the request is a browser's for `/`: GET or HEAD, with an Accept that names text/html.
bool wants_front_page(const http::Request& request);

// Writes the page: HTML without scripts and external resources.
void write_front_page(const http::Request& request, http::Response& response);

}  // namespace porchlight::server
