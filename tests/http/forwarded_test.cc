// The client that proxies name: Forwarded, X-Forwarded-*, and the walk from the right.
#include "http/forwarded.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/test_server.h"

namespace porchlight::http {
namespace {

using testing::EndsWith;
using testing::StartsWith;

std::vector<IpRange> ranges(std::initializer_list<std::string_view> texts) {
  std::vector<IpRange> read;
  for (const auto text : texts) read.push_back(IpRange::parse(text).value());
  return read;
}

// "address scheme host", with "-" for what is not said.
std::string summary(const ForwardedClient& client) {
  std::string text = client.address ? to_string(*client.address) : "-";
  text += !client.is_https ? " -" : *client.is_https ? " https" : " http";
  return text.append(" ").append(client.host.empty() ? "-" : client.host);
}

struct ForwardedRow {
  std::vector<HeaderField> fields;
  const char* expected;
};

void expect_all(std::span<const ForwardedRow> rows) {
  const auto trusted = ranges({"10.0.0.0/8", "fd00::/8", "127.0.0.1/32"});
  for (const ForwardedRow& row : rows) {
    std::string all;
    for (const HeaderField& field : row.fields)
      all.append(field.name).append(": ").append(field.value).append("; ");
    EXPECT_EQ(summary(read_forwarded(row.fields, trusted)), row.expected) << all;
  }
}

TEST(XForwarded, NamesTheClient) {
  const ForwardedRow rows[] = {
      {{}, "- - -"},
      {{{"X-Forwarded-For", "192.0.2.1"}}, "192.0.2.1 - -"},
      {{{"x-forwarded-for", " 192.0.2.1\t"}}, "192.0.2.1 - -"},
      {{{"X-Forwarded-For", "192.0.2.1:1234"}}, "192.0.2.1 - -"},
      {{{"X-Forwarded-For", "2001:db8::1"}}, "2001:db8::1 - -"},
      {{{"X-Forwarded-For", "[2001:DB8::1]"}}, "2001:db8::1 - -"},
      {{{"X-Forwarded-For", "[2001:db8::1]:443"}}, "2001:db8::1 - -"},
      {{{"X-Forwarded-For", "::ffff:192.0.2.1"}}, "192.0.2.1 - -"},
      // The right end counts: the client wrote the rest.
      {{{"X-Forwarded-For", "198.51.100.9, 192.0.2.1"}}, "192.0.2.1 - -"},
      {{{"X-Forwarded-For", "198.51.100.9, 192.0.2.1, 10.0.0.5"}}, "192.0.2.1 - -"},
      {{{"X-Forwarded-For", "198.51.100.9,192.0.2.1,10.0.0.5,fd00::2"}}, "192.0.2.1 - -"},
      {{{"X-Forwarded-For", "10.0.0.1, 10.0.0.2"}}, "10.0.0.1 - -"},
      {{{"X-Forwarded-For", "192.0.2.1, 192.0.2.1"}}, "192.0.2.1 - -"},
      // Several fields are one list.
      {{{"X-Forwarded-For", "198.51.100.9"}, {"X-Forwarded-For", "192.0.2.1"}}, "192.0.2.1 - -"},
      {{{"X-Forwarded-For", "192.0.2.1"}, {"X-Forwarded-For", "10.0.0.2"}}, "192.0.2.1 - -"},
      // What is malformed ends the walk.
      {{{"X-Forwarded-For", ""}}, "- - -"},
      {{{"X-Forwarded-For", "unknown"}}, "- - -"},
      {{{"X-Forwarded-For", "192.0.2.1, 10.0.0.256"}}, "- - -"},
      {{{"X-Forwarded-For", "192.0.2.1, , 10.0.0.2"}}, "10.0.0.2 - -"},
      {{{"X-Forwarded-For", "192.0.2.1, garbage, 10.0.0.2"}}, "10.0.0.2 - -"},
      {{{"X-Forwarded-For", "192.0.2.1:"}}, "- - -"},
      {{{"X-Forwarded-For", "192.0.2.1:1 2"}}, "- - -"},
      {{{"X-Forwarded-For", "[192.0.2.1]"}}, "- - -"},
      {{{"X-Forwarded-For", "[::1"}}, "- - -"},
      {{{"X-Forwarded-For", "fe80::1%eth0"}}, "- - -"},
      {{{"X-Forwarded-For", "0x7f.1"}}, "- - -"},
      {{{"X-Forwarded-For", "client.example"}}, "- - -"},
      {{{"X-Forwarded-For", "\"192.0.2.1\""}}, "- - -"},
  };
  expect_all(rows);
}

TEST(XForwarded, NamesSchemeAndHost) {
  const ForwardedRow rows[] = {
      {{{"X-Forwarded-Proto", "https"}}, "- https -"},
      {{{"X-Forwarded-Proto", "HTTP"}}, "- http -"},
      {{{"X-Forwarded-Proto", "wss"}}, "- - -"},
      {{{"X-Forwarded-Proto", "https;"}}, "- - -"},
      {{{"X-Forwarded-Proto", "http, https"}}, "- https -"},
      {{{"X-Forwarded-Host", "p.example"}}, "- - p.example"},
      {{{"X-Forwarded-Host", "p.example:8443"}}, "- - p.example:8443"},
      {{{"X-Forwarded-Host", "[::1]:80"}}, "- - [::1]:80"},
      {{{"X-Forwarded-Host", "evil.example, p.example"}}, "- - p.example"},
      {{{"X-Forwarded-Host", "a/b"}}, "- - -"},
      {{{"X-Forwarded-Host", "a\"b"}}, "- - -"},
      {{{"X-Forwarded-Host", "user@a"}}, "- - -"},
      {{{"X-Forwarded-Host", "a:70000"}}, "- - -"},
      {{{"X-Forwarded-For", "192.0.2.1"}, {"X-Forwarded-Proto", "https"}, {"X-Forwarded-Host", "p"}},
       "192.0.2.1 https p"},
      // Each belongs to the entry of the client, or to the nearest one to its right.
      {{{"X-Forwarded-For", "192.0.2.1, 10.0.0.1"}, {"X-Forwarded-Proto", "https, http"}},
       "192.0.2.1 https -"},
      {{{"X-Forwarded-For", "192.0.2.1, 10.0.0.1"}, {"X-Forwarded-Proto", "https"}}, "192.0.2.1 https -"},
      {{{"X-Forwarded-For", "192.0.2.1"}, {"X-Forwarded-Proto", "https, http"}}, "192.0.2.1 http -"},
      {{{"X-Forwarded-For", "192.0.2.1, 10.0.0.1"}, {"X-Forwarded-Host", "evil, p, q"}}, "192.0.2.1 - p"},
  };
  expect_all(rows);
}

TEST(Forwarded, NamesTheClient) {
  const ForwardedRow rows[] = {
      {{{"Forwarded", "for=192.0.2.1"}}, "192.0.2.1 - -"},
      {{{"forwarded", "For=192.0.2.1;Proto=https;Host=p.example"}}, "192.0.2.1 https p.example"},
      {{{"Forwarded", "for=\"192.0.2.1:99\" ; by=10.0.0.1 ; proto=http"}}, "192.0.2.1 http -"},
      {{{"Forwarded", "for=\"[2001:db8::1]:4711\""}}, "2001:db8::1 - -"},
      {{{"Forwarded", "for=\"[2001:db8::1]:_port\""}}, "2001:db8::1 - -"},
      {{{"Forwarded", "host=\"p.example:8443\""}}, "- - p.example:8443"},
      {{{"Forwarded", "for=198.51.100.9, for=192.0.2.1"}}, "192.0.2.1 - -"},
      {{{"Forwarded", "for=192.0.2.1;proto=https;host=p, for=10.0.0.2;proto=http;host=q"}},
       "192.0.2.1 https p"},
      {{{"Forwarded", "for=192.0.2.1, for=10.0.0.2;proto=https;host=q"}}, "192.0.2.1 https q"},
      {{{"Forwarded", "for=198.51.100.9;host=evil, for=192.0.2.1;host=p"}}, "192.0.2.1 - p"},
      {{{"Forwarded", "for=198.51.100.9"}, {"Forwarded", "for=192.0.2.1"}}, "192.0.2.1 - -"},
      {{{"Forwarded", "for=192.0.2.1"}, {"Forwarded", "for=10.0.0.2"}}, "192.0.2.1 - -"},
      {{{"Forwarded", ";;for=192.0.2.1;;"}}, "192.0.2.1 - -"},
      {{{"Forwarded", ",, for=192.0.2.1"}}, "192.0.2.1 - -"},
      {{{"Forwarded", "secret=\"a,b;c=\\\"d\";for=192.0.2.1"}}, "192.0.2.1 - -"},
      // Names that hide the address end the walk.
      {{{"Forwarded", "for=unknown;proto=https"}}, "- https -"},
      {{{"Forwarded", "for=_hidden"}}, "- - -"},
      {{{"Forwarded", "for=192.0.2.1, for=_hidden, for=10.0.0.2"}}, "10.0.0.2 - -"},
      {{{"Forwarded", "for=192.0.2.1, proto=https"}}, "- https -"},
      // A malformed field counts for nothing, and hides what is to its left.
      {{{"Forwarded", "for"}}, "- - -"},
      {{{"Forwarded", "for="}}, "- - -"},
      {{{"Forwarded", "for =192.0.2.1"}}, "- - -"},
      {{{"Forwarded", "for= 192.0.2.1"}}, "- - -"},
      {{{"Forwarded", "=192.0.2.1"}}, "- - -"},
      {{{"Forwarded", "for=[2001:db8::1]"}}, "- - -"},
      {{{"Forwarded", "for=192.0.2.1:80"}}, "- - -"},
      {{{"Forwarded", "for=192.0.2.1;for=192.0.2.2"}}, "- - -"},
      {{{"Forwarded", "for=\"192.0.2.1"}}, "- - -"},
      {{{"Forwarded", "for=\"192.0.2.1\\"}}, "- - -"},
      {{{"Forwarded", "for=\"192.0.2.1\"x"}}, "- - -"},
      {{{"Forwarded", "for=\"198.51.100.9, for=192.0.2.1"}}, "- - -"},
      {{{"Forwarded", "for=198.51.100.9;x=\", for=\"[2001:db8::1]\""}}, "- - -"},
      {{{"Forwarded", "for=192.0.2.1"}, {"Forwarded", "for=\"x"}}, "- - -"},
      {{{"Forwarded", "for=\"192.0.2\\.1\""}}, "- - -"},
      {{{"Forwarded", "host=\"a\\\"b\""}}, "- - -"},
  };
  expect_all(rows);
}

TEST(Forwarded, BothKindsMustAgree) {
  const ForwardedRow rows[] = {
      {{{"Forwarded", "for=192.0.2.1"}, {"X-Forwarded-For", "192.0.2.1"}}, "192.0.2.1 - -"},
      {{{"Forwarded", "for=198.51.100.9"}, {"X-Forwarded-For", "192.0.2.1"}}, "- - -"},
      {{{"Forwarded", "for=192.0.2.1"}, {"X-Forwarded-Proto", "https"}}, "192.0.2.1 https -"},
      {{{"Forwarded", "proto=http"}, {"X-Forwarded-Proto", "https"}}, "- - -"},
      {{{"Forwarded", "host=a"}, {"X-Forwarded-Host", "b"}}, "- - -"},
      {{{"Forwarded", "host=a"}, {"X-Forwarded-Host", "a"}}, "- - a"},
      {{{"Forwarded", "host=a;proto=https"}, {"X-Forwarded-Host", "b"}, {"X-Forwarded-Proto", "https"}},
       "- https -"},
      {{{"Forwarded", "garbage"}, {"X-Forwarded-For", "192.0.2.1"}}, "192.0.2.1 - -"},
      {{{"Forwarded", "for=192.0.2.1"}, {"X-Forwarded-For", "garbage"}}, "192.0.2.1 - -"},
      {{{"Forwarded", "for=_a"}, {"X-Forwarded-For", "192.0.2.1"}}, "192.0.2.1 - -"},
  };
  expect_all(rows);
}

TEST(Forwarded, ReadsUpToTheLimitOfEntries) {
  const auto trusted = ranges({"10.0.0.0/8"});
  for (const std::size_t own : {kForwardedHopsMax - 1, kForwardedHopsMax}) {
    std::string list = "192.0.2.1", elements = "for=192.0.2.1";
    for (std::size_t i = 0; i < own; ++i) {
      list += ", 10.0.0." + std::to_string(own - i);
      elements += ", for=10.0.0." + std::to_string(own - i);
    }
    const std::string expected =
        own < kForwardedHopsMax ? "192.0.2.1 - -" : "10.0.0." + std::to_string(kForwardedHopsMax) + " - -";
    EXPECT_EQ(summary(read_forwarded({{HeaderField{"X-Forwarded-For", list}}}, trusted)), expected);
    EXPECT_EQ(summary(read_forwarded({{HeaderField{"Forwarded", elements}}}, trusted)), expected);
  }
}

constexpr std::string_view kAsProxy =
    "X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: p.example\r\n";

Limits of_two_strangers() {
  Limits limits;
  limits.unauthenticated_per_address = 2;
  return limits;
}

TEST(TrustedProxy, NamesClientSchemeAndHost) {
  TestServer server({}, nullptr, {-1, ListenerKind::kPlain}, ranges({"127.0.0.0/8"}));
  Client client = server.connect();
  EXPECT_THAT(client.send(get("/client", kAsProxy)).answer(), EndsWith("\r\n\r\n192.0.2.1 https p.example"));
  EXPECT_THAT(client.send(get("/client", "X-Forwarded-For: 192.0.2.2\r\n")).answer(),
              EndsWith("\r\n\r\n192.0.2.2 http a"));
  EXPECT_THAT(client.send(get("/client")).answer(), EndsWith("\r\n\r\n127.0.0.1 http a"));
}

TEST(TrustedProxy, OthersNameNothing) {
  for (const auto& trusted : {ranges({}), ranges({"127.0.0.2/32", "::1/128", "10.0.0.0/8"})}) {
    TestServer server({}, nullptr, {-1, ListenerKind::kPlain}, trusted);
    Client client = server.connect();
    EXPECT_THAT(client.send(get("/client", kAsProxy)).answer(), EndsWith("\r\n\r\n127.0.0.1 http a"));
    EXPECT_THAT(client.send(get("/client", "Forwarded: for=192.0.2.1;proto=https;host=p\r\n")).answer(),
                EndsWith("\r\n\r\n127.0.0.1 http a"));
  }
}

std::string later(std::string_view client) {
  return get("/later?x", "X-Forwarded-For: " + std::string(client) + "\r\n");
}

TEST(TrustedProxy, EachClientHasItsOwnBudget) {
  TestServer server(of_two_strangers(), nullptr, {-1, ListenerKind::kPlain}, ranges({"127.0.0.1/32"}));
  std::vector<Client> connections;
  for (int i = 0; i < 6; ++i) connections.push_back(server.connect());
  connections[0].send(later("192.0.2.1"));
  connections[1].send(later("192.0.2.1"));
  server.handler.await_waiting(2);
  EXPECT_THAT(connections[2].send(later("192.0.2.1")).read_to_end(), StartsWith("HTTP/1.1 429 "));
  connections[3].send(later("192.0.2.2"));
  connections[4].send(later("192.0.2.2"));
  server.handler.await_waiting(4);
  server.handler.finish();
  for (const int i : {0, 1, 3, 4}) EXPECT_THAT(connections[i].answer(), EndsWith("later x"));
  // Between requests, a connection of the proxy counts for no client.
  connections[5].send(later("192.0.2.1"));
  connections[0].send(later("192.0.2.1"));
  server.handler.await_waiting(6);
  server.handler.finish();
  EXPECT_THAT(connections[5].answer(), EndsWith("later x"));
}

TEST(TrustedProxy, IdleConnectionsCountForNoClient) {
  TestServer server(of_two_strangers(), nullptr, {-1, ListenerKind::kPlain}, ranges({"127.0.0.1/32"}));
  std::vector<Client> connections;
  for (int i = 0; i < 5; ++i) {
    connections.push_back(server.connect());
    EXPECT_THAT(connections.back().send(get("/client", kAsProxy)).answer(), StartsWith("HTTP/1.1 200"));
  }
}

TEST(TrustedProxy, BodiesOnTheirWayCount) {
  TestServer server(of_two_strangers(), nullptr, {-1, ListenerKind::kPlain}, ranges({"127.0.0.1/32"}));
  const auto head = [](std::string_view client) {
    return "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nX-Forwarded-For: " + std::string(client) +
           "\r\n\r\n1";
  };
  Client one = server.connect(), two = server.connect(), three = server.connect(), other = server.connect();
  one.send(head("192.0.2.1"));
  two.send(head("192.0.2.1"));
  server.settle();
  EXPECT_THAT(three.send(head("192.0.2.1")).read_to_end(), StartsWith("HTTP/1.1 429 "));
  EXPECT_THAT(other.send(head("192.0.2.2") + "2").answer(), EndsWith("\r\n\r\n12"));
  EXPECT_THAT(one.send("2").answer(), EndsWith("\r\n\r\n12"));
  two.reset();
  server.settle();
  Client four = server.connect();
  EXPECT_THAT(four.send(head("192.0.2.1") + "2").answer(), EndsWith("\r\n\r\n12"));
}

TEST(TrustedProxy, AuthenticatedRequestsAreNotCounted) {
  TestServer server(of_two_strangers(), nullptr, {-1, ListenerKind::kPlain}, ranges({"127.0.0.1/32"}));
  std::vector<Client> connections;
  for (int i = 0; i < 4; ++i) {
    connections.push_back(server.connect());
    connections.back().send(get("/hold", kAsProxy));
    server.handler.await_waiting(static_cast<std::size_t>(i) + 1);
  }
  server.handler.finish();
  for (Client& client : connections) EXPECT_THAT(client.answer(), EndsWith("later "));
}

}  // namespace
}  // namespace porchlight::http
