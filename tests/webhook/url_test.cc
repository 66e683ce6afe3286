// URLs of webhooks: which are accepted and refused, and that libcurl reads them the same way.
#include "webhook/url.h"

#include <curl/curl.h>
#include <gtest/gtest.h>

#include <memory>

namespace porchlight::webhook {
namespace {

std::string read(std::string_view text, const EgressPolicy& policy = {}) {
  const auto url = parse_url(text, policy);
  return url ? url->text() : std::string("refused");
}

EgressPolicy policy_of(std::initializer_list<std::string_view> ranges,
                       std::vector<std::uint16_t> ports = {443}) {
  EgressPolicy policy{.ports = std::move(ports)};
  for (const auto range : ranges) policy.allowed.push_back(IpRange::parse(range).value());
  return policy;
}

TEST(WebhookUrl, Accepts) {
  const std::pair<const char*, const char*> rows[] = {
      {"https://listener.example", "https://listener.example/"},
      {"https://listener.example/", "https://listener.example/"},
      {"HTTPS://Listener.EXAMPLE/Hook", "https://listener.example/Hook"},
      {"https://listener.example:443/a", "https://listener.example/a"},
      {"https://listener.example/a/b?c=d&e=%2F", "https://listener.example/a/b?c=d&e=%2F"},
      {"https://listener.example?c=d", "https://listener.example/?c=d"},
      {"https://listener.example/a/../b/./c", "https://listener.example/a/../b/./c"},
      {"https://localhost/", "https://localhost/"},  // its address is checked after the lookup
      {"https://xn--bcher-kva.example/", "https://xn--bcher-kva.example/"},
      {"https://a_b.example/", "https://a_b.example/"},
      {"https://1.example/", "https://1.example/"},
      {"https://0x7f.example/", "https://0x7f.example/"},
      {"https://127.0.0.1.nip.io/", "https://127.0.0.1.nip.io/"},
      {"https://a/?https://b@c", "https://a/?https://b@c"},
  };
  for (const auto& [text, expected] : rows) EXPECT_EQ(read(text), expected) << text;
}

TEST(WebhookUrl, Refuses) {
  const char* rows[] = {
      "",
      "https",
      "https:",
      "https:/",
      "https://",
      "https:///",
      "https:///path",
      "https://?q",
      "https://:443/",
      "http://listener.example/",
      "ftp://listener.example/",
      "//listener.example/",
      "listener.example",
      "https:listener.example",
      "EventHub:https://vault.example/secrets/x",
      "javascript:alert(1)",
      " https://a/",
      "https://user@a/",
      "https://user:secret@a/",
      "https://@a/",
      "https://a@b@c/",
      "https://a/#",
      "https://a#b",
      "https://a/b#c",
      "https://a b/",
      "https://a/b c",
      "https://a/\t",
      "https://a/\r\nHost: b",
      "https://a\\@b/",
      "https://a\\b",
      "https://a/\\b",
      "https://a/<b>",
      "https://a/\"",
      "https://a/{b}",
      "https://a/|",
      "https://a/^",
      "https://a/`",
      "https://a/[b]",
      "https://a/%",
      "https://a/%2",
      "https://a/%zz",
      ("https://b\xC3\xBC"
       "cher.example/"),
      "https://\xEF\xBC\x91.example/",
      "https://a%2Eexample/",
      "https://%61/",
      "https://a..b/",
      "https://.a/",
      "https://a./",
      "https://listener.example./",
      "https://-a/",
      "https://a-/",
      "https://a.-b/",
      "https://a,b/",
      "https://a:/",
      "https://a:0/",
      "https://a:00443/",
      "https://a:0443/",
      "https://a:+443/",
      "https://a:443x/",
      "https://a:65536/",
      "https://a:70000000000000000000/",
      "https://a:80/",
      "https://a:8443/",
      "https://a:22/",
      "https://a:443:443/",
      "https://*/",
      "https://a*b/",
      "https://a!/",
      "https://$a/",
      // Addresses in all spellings.
      "https://127.0.0.1/",
      "https://8.8.8.8/",
      "https://127.1/",
      "https://127.0.1/",
      "https://2130706433/",
      "https://0177.0.0.1/",
      "https://0x7f.0.0.1/",
      "https://0x7f000001/",
      "https://0X7F.1/",
      "https://127.0.0.0x1/",
      "https://127.0.0.1./",
      "https://2130706433./",
      "https://00000177.1/",
      "https://0/",
      "https://0x/",
      "https://0x0/",
      "https://1.2.3.4.5/",
      "https://example.1/",
      "https://example.0x1f/",
      "https://999999999999/",
      "https://[::1]/",
      "https://[::]/",
      "https://[2001:4860:4860::8888]/",
      "https://[::ffff:127.0.0.1]/",
      "https://[::127.0.0.1]/",
      "https://[fe80::1%25eth0]/",
      "https://[fe80::1%eth0]/",
      "https://[127.0.0.1]/",
      "https://[v1.a]/",
      "https://[]/",
      "https://[::1/",
      "https://::1/",
      "https://::1]/",
      "https://[::1]a/",
      "https://a[::1]/",
      "https://[::1]:/",
      "https://[[::1]]/",
      "https://169.254.169.254/latest/meta-data/",
      "https://[::ffff:a9fe:a9fe]/",
  };
  for (const char* text : rows) EXPECT_EQ(read(text), "refused") << text;
  EXPECT_EQ(read(std::string_view("https://a/\0b", 12)), "refused");
  EXPECT_EQ(read(std::string_view("https://a\0.b/", 13)), "refused");
}

TEST(WebhookUrl, AcceptsAllowedAddressesInTheirUsualSpelling) {
  const EgressPolicy policy = policy_of({"127.0.0.1/32", "::1/128", "169.0.0.0/8"});
  EXPECT_EQ(read("https://127.0.0.1/a", policy), "https://127.0.0.1/a");
  EXPECT_EQ(read("https://[::1]/a", policy), "https://[::1]/a");
  EXPECT_EQ(read("https://[0:0::0001]/a", policy), "https://[0:0::0001]/a");
  for (const char* text :
       {"https://127.0.0.2/", "https://127.1/", "https://2130706433/", "https://0x7f.0.0.1/",
        "https://127.0.0.1./", "https://0127.0.0.1/", "https://[::ffff:127.0.0.1]/", "https://[127.0.0.1]/",
        "https://::1/", "https://8.8.8.8/", "https://169.254.169.254/"})
    EXPECT_EQ(read(text, policy), "refused") << text;
  EXPECT_EQ(parse_url("https://127.0.0.1/", policy)->literal, IpAddress::parse("127.0.0.1"));
}

TEST(WebhookUrl, AcceptsConfiguredPorts) {
  const EgressPolicy policy = policy_of({"::1/128"}, {8443, 65535});
  EXPECT_EQ(read("https://a:8443/", policy), "https://a:8443/");
  EXPECT_EQ(read("https://a:65535/", policy), "https://a:65535/");
  EXPECT_EQ(read("https://[::1]:8443/", policy), "https://[::1]:8443/");
  EXPECT_EQ(read("https://a/", policy), "refused");
  EXPECT_EQ(read("https://a:8444/", policy), "refused");
}

TEST(WebhookUrl, HasLengthLimits) {
  const std::string start = "https://listener.example/";
  EXPECT_NE(read(start + std::string(kUrlBytesMax - start.size(), 'a')), "refused");
  EXPECT_EQ(read(start + std::string(kUrlBytesMax - start.size() + 1, 'a')), "refused");
  EXPECT_NE(read("https://" + std::string(63, 'a') + "/"), "refused");
  EXPECT_EQ(read("https://" + std::string(64, 'a') + "/"), "refused");
  std::string host = std::string(63, 'a');
  for (int i = 0; i < 3; ++i) host.append(".").append(std::string(i == 2 ? 61 : 63, 'a'));
  ASSERT_EQ(host.size(), kHostBytesMax);
  EXPECT_NE(read("https://" + host + "/"), "refused");
  EXPECT_EQ(read("https://a" + host + "/"), "refused");
}

// If the two parsers differed, a URL could be checked as one host and called as another.
TEST(WebhookUrl, IsParsedTheSameByCurl) {
  const EgressPolicy policy = policy_of({"127.0.0.1/32", "::1/128"}, {443, 8443});
  for (const char* text : {"https://Listener.example:8443/a/../b?c=d", "https://a?b",
                           "https://127.0.0.1:8443/", "https://[::1]:8443/x", "https://a_b.example/%41",
                           "https://127.0.0.1.nip.io", "https://a/?https://b@c:1/"}) {
    const auto url = parse_url(text, policy);
    ASSERT_TRUE(url) << text;
    const std::unique_ptr<CURLU, decltype([](CURLU* read) { curl_url_cleanup(read); })> handle(curl_url());
    ASSERT_EQ(curl_url_set(handle.get(), CURLUPART_URL, url->text().c_str(), CURLU_PATH_AS_IS), CURLUE_OK)
        << text;
    char* host = nullptr;
    char* port = nullptr;
    curl_url_get(handle.get(), CURLUPART_HOST, &host, 0);
    curl_url_get(handle.get(), CURLUPART_PORT, &port, CURLU_DEFAULT_PORT);
    EXPECT_EQ(host, url->literal && !url->literal->is_v4() ? "[" + url->host + "]" : url->host);
    EXPECT_EQ(port, std::to_string(url->port));
    curl_free(host);
    curl_free(port);
  }
}

}  // namespace
}  // namespace porchlight::webhook
