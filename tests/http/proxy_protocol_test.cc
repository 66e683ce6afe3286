// The PROXY protocol: valid and malformed headers of both versions, and connections that begin with one.
#include "http/proxy_protocol.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/test_server.h"

namespace porchlight::http {
namespace {

using std::string;
using testing::EndsWith;
using testing::StartsWith;

constexpr std::string_view kSignature("\r\n\r\n\0\r\nQUIT\n", 12);

string big_endian(std::size_t number) { return {static_cast<char>(number >> 8), static_cast<char>(number)}; }

// A header of version 2.
string binary(char command, char family, const string& rest) {
  return string(kSignature) + command + family + big_endian(rest.size()) + rest;
}
string tcp4(const string& extensions = "") {
  return binary(0x21, 0x11, string("\xC0\x00\x02\x01\x0A\x00\x00\x01\x30\x39\x01\xBB", 12) + extensions);
}
string tcp6() {
  return binary(0x21, 0x21, string("\x20\x01\x0D\xB8", 4) + string(11, '\0') + "\x01" + string(20, '\0'));
}
string extension(char type, const string& value) { return type + big_endian(value.size()) + value; }
string tls(char client) { return extension(0x20, client + string(4, '\0')); }

// "address scheme length", "more" or "bad".
string summary(std::string_view bytes) {
  const auto header = read_proxy_header(bytes);
  if (!header) return "bad";
  if (!*header) return "more";
  return ((*header)->client ? to_string(*(*header)->client) : "-") +
         ((*header)->is_https ? " https " : " http ") + std::to_string((*header)->bytes);
}

struct HeaderRow {
  string bytes;
  string expected;
};

TEST(ProxyHeader, IsReadOrRefused) {
  const HeaderRow rows[] = {
      {"PROXY TCP4 192.0.2.1 10.0.0.1 12345 443\r\n", "192.0.2.1 http 41"},
      {"PROXY TCP4 192.0.2.1 10.0.0.1 12345 443\r\nGET /", "192.0.2.1 http 41"},
      {"PROXY TCP6 2001:db8::1 ::1 1 65535\r\n", "2001:db8::1 http 36"},
      {"PROXY TCP6 ::ffff:192.0.2.1 ::1 1 2\r\n", "192.0.2.1 http 37"},
      {"PROXY UNKNOWN\r\n", "- http 15"},
      {"PROXY UNKNOWN ffff:f...f:ffff x y z \r\n", "- http 38"},
      {"", "more"},
      {"P", "more"},
      {"PROXY", "more"},
      {"PROXY TCP4 192.0.2.1 10.0.0.1 12345 443", "more"},
      {"PROXY TCP4 192.0.2.1 10.0.0.1 12345 443\r", "more"},
      {"PROXY TCP4 192.0.2.1 10.0.0.1 12345 443\n\r\n", "bad"},
      {"PROXY TCP4 192.0.2.1 10.0.0.1 12345\r\n", "bad"},
      {"PROXY TCP4 192.0.2.1 10.0.0.1 12345 443 \r\n", "bad"},
      {"PROXY TCP4  192.0.2.1 10.0.0.1 12345 443\r\n", "bad"},
      {"PROXY TCP4 192.0.2.256 10.0.0.1 12345 443\r\n", "bad"},
      {"PROXY TCP4 2001:db8::1 ::1 12345 443\r\n", "bad"},
      {"PROXY TCP6 192.0.2.1 10.0.0.1 12345 443\r\n", "bad"},
      {"PROXY TCP4 192.0.2.1 10.0.0.1 65536 443\r\n", "bad"},
      {"PROXY TCP4 192.0.2.1 10.0.0.1 -1 443\r\n", "bad"},
      {"PROXY TCP4 192.0.2.1 name 1 443\r\n", "bad"},
      {"PROXY UDP4 192.0.2.1 10.0.0.1 1 443\r\n", "bad"},
      {"PROXY \r\n", "bad"},
      {"proxy TCP4 192.0.2.1 10.0.0.1 1 443\r\n", "bad"},
      {"GET / HTTP/1.1\r\n", "bad"},
      {tcp4(), "192.0.2.1 http 28"},
      {tcp4() + "GET /", "192.0.2.1 http 28"},
      {tcp6(), "2001:db8::1 http 52"},
      {tcp4(tls(1)), "192.0.2.1 https 36"},
      {tcp4(tls(0)), "192.0.2.1 http 36"},
      {tcp4(extension(4, "") + tls(7) + extension(2, "host")), "192.0.2.1 https 46"},
      {binary(0x20, 0, ""), "- http 16"},
      {binary(0x20, 0x11, "ignored"), "- http 23"},
      {binary(0x21, 0, "ignored"), "- http 23"},
      {binary(0x21, 0x31, string(216, 'u')), "- http 232"},
      {tcp4().substr(0, 12), "more"},
      {tcp4().substr(0, 15), "more"},
      {tcp4().substr(0, 27), "more"},
      {string(kSignature.substr(0, 5)), "more"},
      {string(kSignature.substr(0, 11)) + "x", "bad"},
      {binary(0x11, 0x11, string(12, '\1')), "bad"},
      {binary(0x22, 0x11, string(12, '\1')), "bad"},
      {binary(0x21, 0x11, string(11, '\1')), "bad"},
      {binary(0x21, 0x21, string(35, '\1')), "bad"},
      {tcp4("\x20"), "bad"},
      {tcp4(string("\x20\x00\x05\x01", 4)), "bad"},
      {tcp4(extension(0x20, "\1")), "bad"},
  };
  for (const HeaderRow& row : rows)
    EXPECT_EQ(summary(row.bytes), row.expected) << testing::PrintToString(row.bytes);
}

TEST(ProxyHeader, LinesUpToTheLimit) {
  const string start = "PROXY UNKNOWN ";
  const string longest = start + string(kProxyLineBytesMax - start.size() - 2, 'x') + "\r\n";
  EXPECT_EQ(summary(longest), "- http " + std::to_string(kProxyLineBytesMax));
  EXPECT_EQ(summary(longest.substr(0, kProxyLineBytesMax - 1)), "more");
  EXPECT_EQ(summary(start + string(kProxyLineBytesMax - start.size() - 1, 'x') + "\r\n"), "bad");
}

TEST(ProxyHeader, BinaryHeadersUpToTheLimit) {
  const std::size_t fixed = tcp4().size() + 3;
  EXPECT_EQ(summary(tcp4(extension(4, string(kProxyHeaderBytesMax - fixed, 'x')))),
            "192.0.2.1 http " + std::to_string(kProxyHeaderBytesMax));
  const string longer = tcp4(extension(4, string(kProxyHeaderBytesMax - fixed + 1, 'x')));
  EXPECT_EQ(summary(longer), "bad");
  EXPECT_EQ(summary(longer.substr(0, 16)), "bad");
}

constexpr Listener kProxyListener{-1, ListenerKind::kPlain, true};
std::vector<IpRange> loopback() { return {*IpRange::parse("127.0.0.1/32")}; }
string line(const string& client) { return "PROXY TCP4 " + client + " 10.0.0.1 1 443\r\n"; }

TEST(ProxyListener, TakesTheClientOfTheHeader) {
  TestServer server({}, nullptr, kProxyListener, loopback());
  EXPECT_THAT(server.connect().send(line("192.0.2.1") + get("/client")).answer(),
              EndsWith("\r\n\r\n192.0.2.1 http a"));
  EXPECT_THAT(server.connect().send(tcp4(tls(1)) + get("/client")).answer(),
              EndsWith("\r\n\r\n192.0.2.1 https a"));
  EXPECT_THAT(server.connect().send("PROXY UNKNOWN\r\n" + get("/client")).answer(),
              EndsWith("\r\n\r\n127.0.0.1 http a"));
}

TEST(ProxyListener, ReadsTheHeaderInPieces) {
  TestServer server({}, nullptr, kProxyListener, loopback());
  Client client = server.connect();
  for (const char c : tcp6() + get("/client")) {
    client.send({&c, 1});
    server.settle();
  }
  EXPECT_THAT(client.answer(), EndsWith("\r\n\r\n2001:db8::1 http a"));
  EXPECT_THAT(client.send(get("/client")).answer(), EndsWith("2001:db8::1 http a"));
}

TEST(ProxyListener, TheClientOfTheHeaderIsNoProxy) {
  TestServer server({}, nullptr, kProxyListener, loopback());
  const string fields = "X-Forwarded-For: 203.0.113.1\r\nX-Forwarded-Proto: https\r\n";
  EXPECT_THAT(server.connect().send(line("192.0.2.1") + get("/client", fields)).answer(),
              EndsWith("\r\n\r\n192.0.2.1 http a"));
  // Unless it is a trusted proxy itself.
  EXPECT_THAT(server.connect().send(line("127.0.0.1") + get("/client", fields)).answer(),
              EndsWith("\r\n\r\n203.0.113.1 https a"));
}

TEST(ProxyListener, ClosesWithoutAHeader) {
  TestServer server({}, nullptr, kProxyListener, loopback());
  for (const string& bytes : {get("/client"), string("PROXY TCP4 x\r\n"), tcp4("x"), string(3000, 'P')}) {
    Client client = server.connect();
    EXPECT_EQ(client.send(bytes).read_to_end(), "") << bytes.substr(0, 30);
  }
  Client gone = server.connect();
  gone.send("PROXY TCP4 ");
  gone.end_writing();
  EXPECT_EQ(gone.read_to_end(), "");
  EXPECT_EQ(server.handler.handled, 0);
}

TEST(ProxyListener, WaitsForTheHeaderAsForAHandshake) {
  TestServer server({}, nullptr, kProxyListener, loopback());
  Client client = server.connect();
  client.send("PROXY TCP4 192.0.2.1");
  server.settle();
  server.advance(Limits{}.tls_handshake - Duration(1));
  EXPECT_EQ(client.peek(), "");
  server.advance(Duration(1));
  EXPECT_TRUE(client.is_ended());
}

TEST(ProxyListener, HeadersOfOthersAreBadRequests) {
  for (const auto& [trusted, option] : {std::pair(std::vector<IpRange>{}, true), std::pair(loopback(), false),
                                        std::pair(std::vector<IpRange>{}, false)}) {
    TestServer server({}, nullptr, {-1, ListenerKind::kPlain, option}, trusted);
    EXPECT_THAT(server.connect().send(line("192.0.2.1") + get("/client")).read_to_end(),
                StartsWith("HTTP/1.1 400 "));
    EXPECT_THAT(server.connect().send(tcp4() + get("/client")).read_to_end(), StartsWith("HTTP/1.1 400 "));
    EXPECT_THAT(server.connect().send(get("/client")).answer(), EndsWith("\r\n\r\n127.0.0.1 http a"));
  }
}

TEST(ProxyListener, EachClientHasItsOwnBudget) {
  Limits limits;
  limits.unauthenticated_per_address = 2;
  TestServer server(limits, nullptr, kProxyListener, loopback());
  Client one = server.connect(), two = server.connect(), three = server.connect(), other = server.connect();
  EXPECT_THAT(one.send(line("192.0.2.1") + get("/client")).answer(), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(two.send(line("192.0.2.1") + get("/login")).answer(), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(three.send(line("192.0.2.1") + get("/client")).answer(), StartsWith("HTTP/1.1 200"));
  EXPECT_EQ(server.connect().send(line("192.0.2.1") + get("/client")).read_to_end(), "");
  EXPECT_THAT(other.send(line("192.0.2.2") + get("/client")).answer(), StartsWith("HTTP/1.1 200"));
  one.reset();
  server.settle();
  EXPECT_THAT(server.connect().send(line("192.0.2.1") + get("/client")).answer(), StartsWith("HTTP/1.1 200"));
}

}  // namespace
}  // namespace porchlight::http
