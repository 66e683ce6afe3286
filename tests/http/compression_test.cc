// What clients accept, and gzip itself.
#include "http/compression.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <random>

#include "http/test_server.h"

namespace porchlight::http {
namespace {

using testing::HasSubstr;
using testing::Not;

// The text of a gzip body; empty if the body is no gzip.
std::string unzipped(std::string_view body) {
  z_stream stream{};
  EXPECT_EQ(::inflateInit2(&stream, 15 + 16), Z_OK);
  std::string text(1 << 20, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(body.data()));
  stream.avail_in = static_cast<uInt>(body.size());
  stream.next_out = reinterpret_cast<Bytef*>(text.data());
  stream.avail_out = static_cast<uInt>(text.size());
  const bool whole = ::inflate(&stream, Z_FINISH) == Z_STREAM_END;
  text.resize(whole ? stream.total_out : 0);
  ::inflateEnd(&stream);
  return text;
}

struct CodingRow {
  std::vector<std::string_view> values;  // of the Accept-Encoding fields
  ContentCoding expected;
};

TEST(Compression, NegotiatesTheCoding) {
  constexpr auto kPlain = ContentCoding::kIdentity, kZip = ContentCoding::kGzip,
                 kAlways = ContentCoding::kGzipAlways;
  const CodingRow rows[] = {
      {{}, kPlain},
      {{""}, kPlain},
      {{"gzip"}, kZip},
      {{"GZip"}, kZip},
      {{"x-gzip"}, kZip},
      {{"gzip, deflate, br"}, kZip},
      {{"deflate,br , gzip ;q=0.1"}, kZip},
      {{"br", "gzip"}, kZip},
      {{"gzip;q=0", "br"}, kPlain},
      {{"*"}, kZip},
      {{"*;q=0.001"}, kZip},
      {{"*;q=0"}, kPlain},
      {{"gzip;q=0, *"}, kPlain},
      {{"gzip;q=0.000"}, kPlain},
      {{"gzip;q=0.001"}, kZip},
      {{"gzip;Q=0"}, kPlain},
      {{"gzip; q = 0"}, kPlain},
      {{"gzip;q=x"}, kZip},
      {{"gzip;level=9;q=0"}, kPlain},
      {{"identity"}, kPlain},
      {{"identity;q=0.5, gzip"}, kZip},
      {{"identity, gzip"}, kZip},
      {{"identity, gzip;q=0.5"}, kPlain},
      {{"gzip;q=0.5, *;q=0.9"}, kPlain},
      {{"gzip, identity;q=0"}, kAlways},
      {{"gzip, *;q=0"}, kAlways},
      {{"identity;q=0, *"}, kAlways},
      {{"identity;q=0"}, kPlain},
      {{"identity;q=0, br"}, kPlain},
      {{"gzipped, not-gzip, gzip-"}, kPlain},
      {{",,;;=,gzip"}, kZip},
      {{"deflate"}, kPlain},
  };
  for (const CodingRow& row : rows) {
    std::vector<HeaderField> fields = {{"Accept", "gzip"}};
    for (const auto value : row.values) fields.push_back({"accept-ENCODING", value});
    EXPECT_EQ(negotiate_coding(fields), row.expected) << testing::PrintToString(row.values);
  }
}

TEST(Compression, RemembersTheLastValue) {
  CodingNegotiator negotiator;
  constexpr std::size_t kMax = CodingNegotiator::kRememberedBytesMax;
  const std::string longest = "gzip" + std::string(kMax - 4, ' '), longer = longest + " ";
  const std::pair<std::string, ContentCoding> rows[] = {
      {"", ContentCoding::kIdentity},      {"gzip", ContentCoding::kGzip},
      {"gzip", ContentCoding::kGzip},      {"gzip;q=0", ContentCoding::kIdentity},
      {"gzip", ContentCoding::kGzip},      {longest, ContentCoding::kGzip},
      {longer, ContentCoding::kGzip},      {"br", ContentCoding::kIdentity},
      {longer, ContentCoding::kGzip},      {"br", ContentCoding::kIdentity},
      {"*;q=0", ContentCoding::kIdentity}, {"gzip, *;q=0", ContentCoding::kGzipAlways},
  };
  for (const auto& [value, expected] : rows) EXPECT_EQ(negotiator.coding(value), expected) << value;
}

TEST(Compression, SmallBodiesStayPlain) {
  EXPECT_FALSE(is_compressed(ContentCoding::kGzip, kPlainBytesMax));
  EXPECT_TRUE(is_compressed(ContentCoding::kGzip, kPlainBytesMax + 1));
  EXPECT_FALSE(is_compressed(ContentCoding::kIdentity, 1 << 20));
  EXPECT_TRUE(is_compressed(ContentCoding::kGzipAlways, 1));
  EXPECT_FALSE(is_compressed(ContentCoding::kGzipAlways, 0));
}

TEST(Compression, CompressesOneResponseAfterTheOther) {
  GzipCompressor compressor;
  for (const std::size_t size : {1u, 1025u, 40'000u, 700'000u, 2000u}) {
    Response response;
    for (std::size_t i = 0; response.body.size() < size; ++i) response.body += std::to_string(i * i) + ",";
    response.body.resize(size);
    const std::string plain = response.body;
    compressor.compress(response);
    EXPECT_EQ(unzipped(response.body), plain);
    EXPECT_EQ(response.lines(), "Content-Encoding: gzip\r\n");
    compressor.shrink(1000);
  }
}

// What has no pattern is stored, and takes a few bytes more than plain: sizes around those of a stored block.
TEST(Compression, StoresWhatCannotBeCompressed) {
  std::mt19937_64 random(1);
  GzipCompressor compressor;
  for (const std::size_t size : {1u, 100u, 65'534u, 65'535u, 65'536u, 131'070u, 131'071u, 1'000'000u}) {
    Response response;
    while (response.body.size() < size) response.body += static_cast<char>(random());
    const std::string plain = response.body;
    compressor.compress(response);
    EXPECT_EQ(unzipped(response.body), plain) << size;
  }
}

TEST(Compression, MakesTagsWeak) {
  const std::pair<const char*, const char*> rows[] = {
      {"\"abc\"", "W/\"abc\""}, {"W/\"abc\"", "W/\"abc\""}, {"\"\"", "W/\"\""}};
  for (const auto& [tag, weak] : rows) {
    Response response;
    response.add("X-ETag", "\"x\"");
    response.add("etag", tag);
    response.body.assign(5000, 'a');
    GzipCompressor().compress(response);
    EXPECT_EQ(response.lines(),
              std::string("X-ETag: \"x\"\r\netag: ") + weak + "\r\nContent-Encoding: gzip\r\n");
  }
}

std::string get_accepting(const std::string& path, const std::string& codings) {
  return get(path, "Accept-Encoding: " + codings + "\r\n");
}

TEST(Compression, OnlyWhatTheHandlerMarksIsCompressed) {
  TestServer server;
  Client client = server.connect();
  EXPECT_THAT(client.send(get_accepting("/big", "gzip")).answer(), Not(HasSubstr("Content-Encoding")));
  const std::string answer = client.send(get_accepting("/big-text", "gzip")).answer();
  EXPECT_THAT(answer, HasSubstr("\r\nContent-Encoding: gzip\r\n"));
  EXPECT_THAT(answer, HasSubstr("\r\nVary: Accept-Encoding\r\n"));
  EXPECT_EQ(unzipped(answer.substr(answer.find("\r\n\r\n") + 4)), std::string(100'000, 'x'));
  EXPECT_THAT(client.send(get("/big-text")).answer(), Not(HasSubstr("Content-Encoding")));
}

TEST(Compression, HeadHasTheFieldsOfGet) {
  TestServer server;
  Client client = server.connect();
  const std::string answer = client.send(get_accepting("/big-text", "gzip")).answer();
  const std::string fields = "Accept-Encoding: gzip\r\n";
  const std::string head =
      client.send("HEAD /big-text HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n").answer(true);
  EXPECT_EQ(head, answer.substr(0, answer.find("\r\n\r\n") + 4));
}

TEST(Compression, LaterResponsesToo) {
  TestServer server;
  Client client = server.connect();
  client.send(get_accepting("/later?" + std::string(3000, 'y'), "br, gzip"));
  server.handler.await_waiting(1);
  server.handler.finish();
  const std::string answer = client.answer();
  EXPECT_THAT(answer, HasSubstr("\r\nContent-Encoding: gzip\r\n"));
  EXPECT_EQ(unzipped(answer.substr(answer.find("\r\n\r\n") + 4)), "later " + std::string(3000, 'y'));
}

TEST(Compression, StreamsAreNot) {
  TestServer server;
  Client client = server.connect();
  client.send(get_accepting("/stream", "gzip, identity;q=0"));
  const std::string head = client.read_until("first");
  EXPECT_THAT(head, Not(HasSubstr("Content-Encoding")));
  EXPECT_THAT(head, HasSubstr("\r\nVary: Accept-Encoding\r\n"));
}

TEST(Vary, IsOnEveryResponse) {
  TestServer server;
  const std::string rows[] = {
      get("/a"),
      get("/none"),
      get("/throw"),
      get("/close"),
      get("/big"),
      "HEAD /a HTTP/1.1\r\nHost: a\r\n\r\n",
      "GET /a HTTP/1.0\r\n\r\n",
      "GET /a HTTP/2.0\r\nHost: a\r\n\r\n",
      "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n",
      "BREW / HTTP/1.1\r\nHost: a\r\n\r\n",
      "GET / HTTP/1.1\r\n\r\n",
      "GET /" + std::string(9000, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n",
      "POST /no HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n",
      "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n",
  };
  for (const std::string& request : rows) {
    const std::string head = server.connect().send(request).read_until("\r\n\r\n");
    EXPECT_THAT(head, HasSubstr("\r\nVary: Accept-Encoding\r\n")) << request.substr(0, 60);
    EXPECT_EQ(head.find("Vary"), head.rfind("Vary"));
  }
}

}  // namespace
}  // namespace porchlight::http
