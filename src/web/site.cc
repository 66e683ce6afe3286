// Files whose names contain a hash of their content never change, so browsers keep them; pages are asked for again each
// time, and mostly answered with 304.
#include "web/site.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "http/compression.h"

namespace porchlight::web {
namespace {

constexpr std::string_view kBoard = "/board/";
constexpr std::string_view kFilesOfPages = "/web/";
// How all paths of the site begin.
constexpr std::string_view kBeginnings[] = {"/board", "/console", "/docs", kFilesOfPages};
constexpr std::string_view kNoFrame = "'none'";
constexpr std::string_view kKept = "public, max-age=31536000, immutable";
constexpr std::string_view kAskedAgain = "no-cache";

// Scripts and styles come from this server alone, and no text becomes HTML but by Svelte's own templates. `script`: the
// inline script of the page.
std::string policy(std::string_view frame_ancestors, std::string_view script) {
  return fmt::format(
      "default-src 'none'; script-src 'self' {}; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
      "font-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'self'; "
      "frame-ancestors {}; "
      "require-trusted-types-for 'script'; trusted-types svelte-trusted-html porchlight-worker",
      script, frame_ancestors);
}

bool is_page(const Asset& asset) { return asset.type.starts_with("text/html"); }

// Whether one of the entity tags of If-None-Match is the asset's. Weak comparison (RFC 9110 §13.1.2).
bool has_current(const http::Request& request, std::string_view etag) {
  const std::string_view tags = request.header("if-none-match");
  return tags == "*" || tags.contains(etag.substr(http::kWeakTag.size()));
}

void redirect(std::string_view path, http::Response& response) {
  response.status = 308;
  response.add("Location", fmt::format("{}/", path));
  response.add("Cache-Control", kAskedAgain);
}

}  // namespace

Site::Site(std::span<const std::string> frame_ancestors, std::span<const Asset> files)
    : files_(files),
      frame_ancestors_(frame_ancestors.empty() ? std::string(kNoFrame)
                                               : fmt::format("{}", fmt::join(frame_ancestors, " "))) {}

const Asset* Site::find(std::string_view path) const {
  const auto at = std::ranges::lower_bound(files_, path, {}, &Asset::path);
  return at != files_.end() && at->path == path ? &*at : nullptr;
}

bool Site::owns(std::string_view path) const {
  // Each request of the API passes here.
  if (std::ranges::none_of(kBeginnings,
                           [&](std::string_view beginning) { return path.starts_with(beginning); }))
    return false;
  if (find(path) != nullptr) return true;
  return !path.ends_with('/') && find(std::string(path) + '/') != nullptr;
}

void Site::answer(const http::Request& request, http::Response& response) const {
  if (request.method != http::Method::kGet && request.method != http::Method::kHead) {
    response.status = 405;
    response.add("Allow", "GET, HEAD");
    return;
  }
  if (const Asset* asset = find(request.path)) return send(*asset, request, response);
  redirect(request.path, response);
}

void Site::send(const Asset& asset, const http::Request& request, http::Response& response) const {
  response.add("Cache-Control", asset.path.starts_with(kFilesOfPages) ? kKept : kAskedAgain);
  response.add("ETag", asset.etag);
  response.add("X-Content-Type-Options", "nosniff");
  if (is_page(asset)) {
    const bool is_board = asset.path.starts_with(kBoard);
    response.add("Content-Security-Policy", policy(is_board ? frame_ancestors_ : kNoFrame, asset.script));
    response.add("Referrer-Policy", "no-referrer");
    response.add("Cross-Origin-Opener-Policy", "same-origin");
    response.add("Permissions-Policy", "");
    if (request.is_https) response.add("Strict-Transport-Security", "max-age=31536000");
  }
  if (has_current(request, asset.etag)) {
    response.status = 304;
    return;
  }
  response.add("Content-Type", asset.type);
  const bool is_gzip =
      !asset.gzip.empty() && http::negotiate_coding(request.headers) != http::ContentCoding::kIdentity;
  if (is_gzip) response.add("Content-Encoding", "gzip");
  response.body.assign(is_gzip ? asset.gzip : asset.plain);
}

}  // namespace porchlight::web
