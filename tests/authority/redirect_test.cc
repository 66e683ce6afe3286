#include "authority/redirect.h"

#include <gtest/gtest.h>

namespace porchlight::authority {
namespace {

TEST(Redirect, AcceptsValidUris) {
  for (const char* uri :
       {"https://app.contoso.com/signed-in", "https://app.contoso.com:8443/a?b=c", "https://app.contoso.com",
        "http://localhost", "http://localhost:3000/x", "http://127.0.0.1/x", "http://[::1]:80/x",
        "msal44444444-4444://auth", "com.contoso.app:/signed-in", "urn:ietf:wg:oauth:2.0:oob"})
    EXPECT_EQ(redirect_fault(uri), std::nullopt) << uri;
}

TEST(Redirect, RefusesInvalidUris) {
  for (const char* uri : {"",
                          "app.contoso.com",
                          "/signed-in",
                          "//app.contoso.com/",
                          "http://app.contoso.com/",
                          "http://localhost.evil/",
                          "http://127.0.0.2/",
                          "https:///x",
                          "https://user@app.contoso.com/",
                          "https://a:b@app.contoso.com/",
                          "https://app.contoso.com/#top",
                          "https://*.contoso.com/",
                          "https://app.contoso.com/a b",
                          "https://app.contoso.com/\r\nX: y",
                          "https://app.contoso.com/\"",
                          "https://app.contoso.com/<",
                          "https://app.contoso.com/a;b",
                          "https://app.contoso.com/a,b",
                          "https://app.contoso.com\\@evil/",
                          "https://app.contoso.com:99999/",
                          "https://app.contoso.com:/",
                          "https://app.contoso.com:65536/",
                          "http://localhost:",
                          "http://localhost:0",
                          "http://[::1]:0/",
                          "javascript:alert(1)",
                          "JavaScript:alert(1)",
                          "data:text/html,x",
                          "vbscript:x",
                          "file:///etc/passwd",
                          "HTTP://localhost/",
                          "HTTPS://app.contoso.com/",
                          "1http://x",
                          "https://app.contoso.com/\xC3\xA9"})
    EXPECT_NE(redirect_fault(uri), std::nullopt) << uri;
  const std::string longest = "https://app.contoso.com/" + std::string(kRedirectBytesMax - 24, 'x');
  EXPECT_EQ(redirect_fault(longest), std::nullopt);
  EXPECT_NE(redirect_fault(longest + 'x'), std::nullopt);
}

TEST(Redirect, MatchesExactlyExceptTheLoopbackPort) {
  struct Row {
    std::string_view registered, given;
    bool matches;
  };
  const Row rows[] = {
      {"https://app.contoso.com/a", "https://app.contoso.com/a", true},
      {"https://app.contoso.com/a", "https://app.contoso.com/a/", false},
      {"https://app.contoso.com/a", "https://app.contoso.com/A", false},
      {"https://app.contoso.com/a", "https://APP.contoso.com/a", false},
      {"https://app.contoso.com/a", "https://app.contoso.com:443/a", false},
      {"https://app.contoso.com/a", "https://app.contoso.com/a?x=1", false},
      {"https://app.contoso.com/a", "https://app.contoso.com/a/../b", false},
      {"https://app.contoso.com/a", "https://app.contoso.com.evil/a", false},
      {"https://localhost/a", "https://localhost:1234/a", false},
      {"http://localhost/a", "http://localhost:1234/a", true},
      {"http://localhost:3000/a", "http://localhost:1234/a", true},
      {"http://localhost:3000/a", "http://localhost/a", true},
      {"http://localhost", "http://localhost:1234", true},
      {"http://localhost", "http://localhost:1234/", false},
      {"http://localhost/a", "http://localhost:1234/b", false},
      {"http://localhost/a", "http://localhost:1234/a?x=1", false},
      {"http://localhost/a", "http://127.0.0.1:1234/a", false},
      {"http://127.0.0.1/a", "http://127.0.0.1:1234/a", true},
      {"http://[::1]/a", "http://[::1]:1234/a", true},
      {"http://localhost/a", "http://localhost:1234@evil/a", false},
      {"http://localhost/a", "http://localhost:evil/a", false},
      {"http://localhost/a", "http://localhost:99999/a", false},
      {"http://localhost/a", "https://localhost:1234/a", false},
      {"http://localhost/a", "http://localhost.evil:1234/a", false},
      {"http://localhost/a", "http://localhost:1234/a#x", false},
      {"msal://auth", "msal://auth:1", false},
  };
  for (const Row& row : rows)
    EXPECT_EQ(redirect_matches(row.registered, row.given), row.matches) << row.registered << " " << row.given;
}

TEST(Redirect, MatchesARegisteredPathAtTheServersAddress) {
  struct Row {
    std::string_view given, base;
    bool matches;
  };
  const Row rows[] = {
      {"https://presence.example/board/", "https://presence.example", true},
      {"http://127.0.0.1:8080/board/", "http://127.0.0.1:8080", true},
      {"http://127.0.0.1:8081/board/", "http://127.0.0.1:8080", false},
      {"https://presence.example/board", "https://presence.example", false},
      {"https://presence.example/board/x", "https://presence.example", false},
      {"https://other.example/board/", "https://presence.example", false},
      {"http://presence.example/board/", "http://presence.example", false},  // neither https nor loopback
      {"/board/", "https://presence.example", false},
      {"/board/", "", false},
  };
  for (const Row& row : rows)
    EXPECT_EQ(redirect_matches("/board/", row.given, row.base), row.matches) << row.given << " " << row.base;
}

TEST(Redirect, ReturnsTheOrigin) {
  EXPECT_EQ(redirect_origin("https://app.contoso.com:8443/a?b"), "https://app.contoso.com:8443");
  EXPECT_EQ(redirect_origin("http://[::1]:80/a"), "http:");  // a policy cannot name an IPv6 address
  EXPECT_EQ(redirect_origin("https://[2001:db8::1]/a"), "https:");
  EXPECT_EQ(redirect_origin("com.contoso.app:/a"), "com.contoso.app:");
  EXPECT_EQ(redirect_origin("nothing"), "");
}

}  // namespace
}  // namespace porchlight::authority
