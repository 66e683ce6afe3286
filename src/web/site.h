// The pages of the web interface: the board, the wall display, the console and the reference of the API. Knows requests
// and responses, and nothing of presence: the pages are clients of the API like any other.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "http/message.h"
#include "web/asset.h"

namespace porchlight::web {

// Immutable after construction: any thread.
class Site {
 public:
  // `frame_ancestors`: origins whose pages may show the board in a frame; empty: none may. `files` must outlive the
  // site, and is ordered by path.
  explicit Site(std::span<const std::string> frame_ancestors, std::span<const Asset> files = assets());

  // Whether the build has the web interface.
  bool has_pages() const { return !files_.empty(); }
  // Whether this path is answered here: a page, a file of one, or a page without its last slash.
  bool owns(std::string_view path) const;
  // Answers GET and HEAD, others with 405. The request's path is one that the site owns.
  void answer(const http::Request& request, http::Response& response) const;

 private:
  const Asset* find(std::string_view path) const;
  void send(const Asset& asset, const http::Request& request, http::Response& response) const;

  std::span<const Asset> files_;
  std::string frame_ancestors_;  // of the pages that may be shown in a frame of another origin
};

}  // namespace porchlight::web
