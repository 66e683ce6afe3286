#include "web/site.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace porchlight::web {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr Asset kFiles[] = {
    {"/board/", "text/html; charset=utf-8", "W/\"page\"", "<!doctype html>", "PACKED"},
    {"/board/wall", "text/html; charset=utf-8", "W/\"wall\"", "<!doctype html>wall", ""},
    {"/console/", "text/html; charset=utf-8", "W/\"console\"", "<!doctype html>console", "",
     "'sha256-cGFnZQ=='"},
    {"/web/board-a1.js", "text/javascript; charset=utf-8", "W/\"script\"", "export {}", ""},
};

// The response to GET, or `method`, of the path with these fields.
http::Response ask(const Site& site, std::string_view path, std::vector<http::HeaderField> fields = {},
                   http::Method method = http::Method::kGet) {
  http::Request request;
  request.method = method;
  request.set_target(path);
  request.headers = fields;
  http::Response response;
  EXPECT_TRUE(site.owns(request.path)) << path;
  site.answer(request, response);
  return response;
}

TEST(Site, OwnsItsPathsAndPagesWithoutTheirSlash) {
  const Site site({}, kFiles);
  for (const std::string_view path :
       {"/board/", "/board", "/board/wall", "/console/", "/console", "/web/board-a1.js"})
    EXPECT_TRUE(site.owns(path)) << path;
  for (const std::string_view path :
       {"/", "", "/boar", "/boards", "/board/x", "/board/wall/", "/web/", "/web/board-a1.j", "/web/../board/",
        "/v1.0/me/presence", "/consolex", "/docs/", "/contoso/board/", "/board//", "/BOARD/"})
    EXPECT_FALSE(site.owns(path)) << path;
}

TEST(Site, ServesNothingWithoutFiles) {
  const Site site({}, {});
  EXPECT_FALSE(site.has_pages());
  EXPECT_FALSE(site.owns("/board/"));
}

TEST(Site, RedirectsAPageWithoutItsSlash) {
  const http::Response response = ask(Site({}, kFiles), "/board");
  EXPECT_EQ(response.status, 308);
  EXPECT_THAT(response.lines(), HasSubstr("Location: /board/\r\n"));
}

TEST(Site, SendsTheCompressedBodyToThoseWhoAcceptIt) {
  const Site site({}, kFiles);
  struct Row {
    std::string_view accepts, path, body;
  };
  for (const Row& row :
       {Row{"gzip", "/board/", "PACKED"}, Row{"br, gzip;q=0.5", "/board/", "PACKED"},
        Row{"gzip;q=0", "/board/", "<!doctype html>"}, Row{"br", "/board/", "<!doctype html>"},
        Row{"gzip", "/web/board-a1.js", "export {}"}}) {
    const http::Response response = ask(site, row.path, {{"Accept-Encoding", row.accepts}});
    EXPECT_EQ(response.body, row.body) << row.accepts;
    const bool is_packed = row.body == "PACKED";
    EXPECT_EQ(response.lines().contains("Content-Encoding: gzip\r\n"), is_packed) << row.accepts;
  }
}

TEST(Site, AnswersARepeatedRequestWithoutBody) {
  const Site site({}, kFiles);
  for (const std::string_view tags : {"W/\"page\"", "\"page\"", "\"x\", W/\"page\"", "*"}) {
    const http::Response response = ask(site, "/board/", {{"If-None-Match", tags}});
    EXPECT_EQ(response.status, 304) << tags;
    EXPECT_EQ(response.body, "");
    EXPECT_THAT(response.lines(), HasSubstr("ETag: W/\"page\"\r\n"));
  }
  EXPECT_EQ(ask(site, "/board/", {{"If-None-Match", "W/\"older\""}}).status, 200);
}

TEST(Site, LetsBrowsersKeepFilesAndAskForPagesAgain) {
  const Site site({}, kFiles);
  EXPECT_THAT(ask(site, "/web/board-a1.js").lines(),
              HasSubstr("Cache-Control: public, max-age=31536000, immutable\r\n"));
  EXPECT_THAT(ask(site, "/board/").lines(), HasSubstr("Cache-Control: no-cache\r\n"));
}

TEST(Site, RestrictsPages) {
  const http::Response page = ask(Site({}, kFiles), "/console/");
  for (const std::string_view part :
       {"default-src 'none'", "script-src 'self' 'sha256-cGFnZQ=='; ", "style-src 'self'",
        "require-trusted-types-for 'script'", "frame-ancestors 'none'", "base-uri 'none'", "nosniff",
        "Referrer-Policy: no-referrer", "Cross-Origin-Opener-Policy: same-origin"})
    EXPECT_THAT(page.lines(), HasSubstr(part));
  EXPECT_THAT(page.lines(), Not(HasSubstr("unsafe")));
}

TEST(Site, OpensTheBoardToNamedOriginsAlone) {
  const std::vector<std::string> wikis = {"https://wiki.example", "https://intranet.example:8443"};
  const Site site(wikis, kFiles);
  const std::string_view opened = "frame-ancestors https://wiki.example https://intranet.example:8443;";
  EXPECT_THAT(ask(site, "/board/").lines(), HasSubstr(opened));
  EXPECT_THAT(ask(site, "/board/wall").lines(), HasSubstr(opened));
  EXPECT_THAT(ask(site, "/console/").lines(), HasSubstr("frame-ancestors 'none';"));
}

TEST(Site, RefusesOtherMethods) {
  for (const http::Method method : {http::Method::kPost, http::Method::kPut, http::Method::kDelete,
                                    http::Method::kOptions, http::Method::kOther}) {
    const http::Response response = ask(Site({}, kFiles), "/board/", {}, method);
    EXPECT_EQ(response.status, 405);
    EXPECT_EQ(response.body, "");
    EXPECT_THAT(response.lines(), HasSubstr("Allow: GET, HEAD\r\n"));
  }
}

// The files of this build.
TEST(Site, IsInOrderAndComplete) {
  const std::span<const Asset> files = assets();
  EXPECT_TRUE(std::ranges::is_sorted(files, {}, &Asset::path));
  if (files.empty()) return;  // built without the web interface
  const Site site({});
  for (const std::string_view page : {"/board/", "/board/wall", "/console/", "/docs/"})
    EXPECT_THAT(ask(site, page).body, HasSubstr("<noscript>"));
  for (const Asset& file : files) {
    EXPECT_FALSE(file.plain.empty()) << file.path;
    EXPECT_THAT(file.gzip.substr(0, 2), testing::AnyOf("\x1f\x8b", "")) << file.path;
    if (!file.type.starts_with("text/html")) continue;
    EXPECT_THAT(file.script, StartsWith("'sha256-")) << file.path;
    EXPECT_THAT(file.plain, HasSubstr("<script>")) << file.path;
    for (const std::string_view inlined : {"<style", "style=", "onclick"})
      EXPECT_THAT(file.plain, Not(HasSubstr(inlined))) << file.path;
  }
}

}  // namespace
}  // namespace porchlight::web
