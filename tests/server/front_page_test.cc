// The page at `/`: who gets it, and what it may do in a browser.
#include "server/front_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "graph/wire/request_headers.h"

namespace porchlight::server {
namespace {

using http::Method;

TEST(FrontPage, IsForBrowsersOnly) {
  constexpr std::string_view kBrowser =
      "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8";
  struct Row {
    Method method;
    std::string_view path, accept;
    bool wants;
  };
  const Row rows[] = {
      {Method::kGet, "/", kBrowser, true},
      {Method::kHead, "/", kBrowser, true},
      {Method::kGet, "/", "text/html", true},
      {Method::kGet, "/", "Text/HTML;charset=utf-8", true},
      {Method::kGet, "/", "application/json;q=0.5, text/html", true},
      {Method::kGet, "/", "application/json, text/html", true},
      {Method::kGet, "/", "", false},
      {Method::kGet, "/", "*/*", false},
      {Method::kGet, "/", "text/*", false},
      {Method::kGet, "/", "application/json", false},
      {Method::kGet, "/", "application/json, text/plain, */*", false},
      {Method::kGet, "/", "application/json, text/html;q=0.9", false},
      {Method::kGet, "/", "text/html;q=0", false},
      {Method::kPost, "/", kBrowser, false},
      {Method::kDelete, "/", kBrowser, false},
      {Method::kOptions, "/", kBrowser, false},
      {Method::kGet, "//", kBrowser, false},
      {Method::kGet, "/v1.0/", kBrowser, false},
      {Method::kGet, "/index.html", kBrowser, false},
  };
  for (const Row& row : rows) {
    const http::HeaderField fields[] = {{"Accept", row.accept}};
    http::Request request;
    request.method = row.method;
    request.path = row.path;
    if (!row.accept.empty()) request.headers = fields;
    EXPECT_EQ(wants_front_page(request), row.wants) << row.path << " " << row.accept;
  }
}

TEST(FrontPage, RunsAndLoadsNothing) {
  http::Response response;
  write_front_page({}, response);
  EXPECT_EQ(response.status, 200);
  for (const std::string_view field :
       {"Content-Type: text/html; charset=utf-8\r\n", "Vary: Accept\r\n",
        "X-Content-Type-Options: nosniff\r\n",
        "Content-Security-Policy: default-src 'none'; style-src 'sha256-", "frame-ancestors 'none'"})
    EXPECT_THAT(response.lines(), testing::HasSubstr(std::string(field)));
  EXPECT_THAT(response.lines(), testing::Not(testing::HasSubstr("Strict-Transport-Security")));
  for (const std::string_view never : {"<script", "<img", "<link", "<iframe", "src=", "http:", "onload"})
    EXPECT_THAT(response.body, testing::Not(testing::HasSubstr(std::string(never))));
  for (const std::string_view next : {"/v1.0/", "/v1.0/$metadata", "/porchlight/v1/openapi.json", "/readyz"})
    EXPECT_THAT(response.body, testing::HasSubstr("href=\"" + std::string(next) + "\""));
  EXPECT_LT(response.body.size(), 4096u);
}

TEST(FrontPage, TellsBrowsersToStayWithTls) {
  http::Response response;
  http::Request request;
  request.listener_kind = http::ListenerKind::kTls;
  write_front_page(request, response);
  EXPECT_THAT(response.lines(), testing::HasSubstr("Strict-Transport-Security: max-age=31536000\r\n"));
}

}  // namespace
}  // namespace porchlight::server
