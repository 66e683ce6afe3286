// The files of the web interface, which are part of the program. The build makes the table (scripts/web); without
// PORCHLIGHT_WEB it is empty.
#pragma once

#include <span>
#include <string_view>

namespace porchlight::web {

// A file as it is served. All views are static.
struct Asset {
  std::string_view path;  // "/board/", "/web/board-D1s4Xa.js"
  std::string_view type;  // the value of Content-Type
  std::string_view etag;  // weak, since the compressed body has the same: W/"…"
  std::string_view plain;
  std::string_view gzip;  // the same, compressed; empty if that is no shorter
  // The inline script of a page, as script-src names it: 'sha256-…'. Empty if it has none.
  std::string_view script = {};
};

// All files, ordered by path.
std::span<const Asset> assets();

}  // namespace porchlight::web
