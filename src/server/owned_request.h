// A copy of a request, which is answered later on another thread: the original refers to the connection's buffer.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "http/handler.h"

namespace porchlight::server {

// Neither copied nor moved: request() refers to its members.
class OwnedRequest {
 public:
  OwnedRequest(const http::Request& given, http::Exchange its_exchange)
      : exchange(std::move(its_exchange)),
        path_(given.path),
        query_(given.query),
        host_(given.host),
        body_(given.body),
        peer_(given.peer) {
    fields_.reserve(given.headers.size());
    for (const http::HeaderField& header : given.headers)
      fields_.emplace_back(std::string(header.name), std::string(header.value));
    for (const auto& [name, value] : fields_) headers_.push_back({name, value});
    request_.method = given.method;
    request_.path = path_;
    request_.query = query_;
    request_.host = host_;
    request_.headers = headers_;
    request_.body = body_;
    request_.peer = peer_;
    request_.listener_kind = given.listener_kind;
  }
  OwnedRequest(const OwnedRequest&) = delete;

  // Valid as long as this object.
  const http::Request& request() const { return request_; }
  // Answers the request.
  const http::Exchange exchange;

 private:
  const std::string path_, query_, host_, body_, peer_;
  std::vector<std::pair<std::string, std::string>> fields_;
  std::vector<http::HeaderField> headers_;
  http::Request request_;
};

}  // namespace porchlight::server
