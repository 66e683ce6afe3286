// The Graph dialect as an HTTP handler: one per serving loop. Route -> token -> budget -> permission -> core
// -> answer.
#pragma once

#include <memory>

#include "graph/call/services.h"
#include "http/handler.h"

namespace porchlight::graph {

// A longer body returns 413, before it is read if its length is declared (spec security §5).
inline constexpr std::size_t kBodyBytesMax = 1024 * 1024;
inline constexpr std::size_t kBatchBytesMax = 4 * 1024 * 1024;

class GraphHandler final : public http::Handler {
 public:
  explicit GraphHandler(const Services& services);
  explicit GraphHandler(Services&&) = delete;  // it is referred to
  ~GraphHandler() override;
  void on_loop_iteration() override;
  bool admit(const http::Request& head, std::int64_t body_bytes, http::Response& response) override;
  http::HandleResult handle(const http::Request& request, http::Response& response,
                            http::Exchange exchange) override;
  void refuse(int status, std::string_view reason, http::Response& response) override;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace porchlight::graph
