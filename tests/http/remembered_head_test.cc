// A head that repeats the last one but for its target is read as if it were the first of its connection.
#include "http/remembered_head.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "http/connection.h"
#include "http/feed.h"

namespace porchlight::http {
namespace {

using std::string;

string read_of(const string& target,
               const string& fields = "Authorization: Bearer abc\r\nAccept-Encoding:\r\nX:\r\n") {
  return "GET " + target + " HTTP/1.1\r\nHost: presence.example\r\n" + fields + "\r\n";
}

// Requests on one connection, each in one piece.
class OneConnection {
 public:
  explicit OneConnection(const Limits& limits = {})
      : limits_(limits), reader_(limits_), parser_(reader_, limits_) {}

  // The request, or the status of the refusal.
  string read(const string& bytes) {
    bytes_ = bytes;
    switch (parser_.advance(bytes_)) {
      case Http1Parser::ParseStep::kComplete:
        parser_.next();
        EXPECT_EQ(parser_.used(), bytes_.size());
        return describe(parser_.head());
      case Http1Parser::ParseStep::kError:
        return std::to_string(parser_.error().status);
      default:
        return "unfinished";
    }
  }
  std::uint64_t fields_id() { return parser_.head().request.fields_id; }

 private:
  const Limits limits_;
  HeadReader reader_;
  Http1Parser parser_;
  string bytes_;
};

// The fields_id of the second of two equal heads; 0 if the first was not remembered.
std::uint64_t id_of_repeated(const string& bytes) {
  OneConnection requests;
  requests.read(bytes);
  const std::uint64_t first = requests.fields_id();
  requests.read(bytes);
  EXPECT_EQ(requests.fields_id(), first);
  return first;
}

// Heads that may follow read_of("/a?b=c"), most of them nearly equal to it.
const std::vector<string> kNextHeads = {
    read_of("/a?b=c"),
    read_of("/"),
    read_of("/v1.0/users/a0000000-0000-4000-8000-000000000001/presence"),
    read_of("/x?"),
    read_of("/?y"),
    read_of("/a#b"),
    read_of("/a\x01"),
    read_of("/a\x7F"),
    read_of("/a\xC3\xA9"),
    read_of("/long-enough-for-two-blocks-of-bytes\xC3\xA9"),
    read_of("/a b"),
    read_of("/a\tb"),
    read_of("/a\r"),
    read_of("/a\r\n"),
    read_of("/a\nX: y"),
    read_of(""),
    read_of(" /a"),
    read_of("*"),
    read_of("a"),
    read_of("http://other.example/a"),
    read_of("https://other.example"),
    read_of("/a", ""),
    read_of("/a", "Authorization: Bearer abd\r\n"),
    read_of("/a", "Authorization: Bearer abc\r\nAccept-Encoding:\r\nX: \r\n"),
    read_of("/a", "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n"),
    "HEAD" + read_of("/a").substr(3),
    "GETS" + read_of("/a").substr(3),
    "get" + read_of("/a").substr(3),
    "POST" + read_of("/a").substr(3),
    "\r\n" + read_of("/a"),
    "GET /a HTTP/1.0" + read_of("/a").substr(15),
    "GET /a HTTP/2.0" + read_of("/a").substr(15),
};

TEST(RememberedHead, ChangesNoResult) {
  for (const string& next : kNextHeads) {
    OneConnection requests, first;
    requests.read(read_of("/a?b=c"));
    EXPECT_EQ(requests.read(next), first.read(next)) << next;
  }
}

TEST(RememberedHead, ChangesNoResultWithABody) {
  const auto post = [](const string& length, const string& body) {
    return "POST /a HTTP/1.1\r\nHost: a\r\n" + length + "\r\n" + body;
  };
  for (const char* length : {"Content-Length: 3\r\n", "Transfer-Encoding: chunked\r\n"}) {
    const string body = length[0] == 'C' ? "abc" : "3\r\nabc\r\n0\r\n\r\n";
    const string bytes = post(length, body);
    EXPECT_EQ(feed_whole(bytes + bytes + bytes), feed_bytewise(bytes + bytes + bytes));
    EXPECT_EQ(feed_whole(bytes + bytes).requests.size(), 2u);
  }
}

TEST(RememberedHead, HoldsTheLimitOfTheRequestLine) {
  const Limits limits{.request_line_bytes = 100};
  const auto with_line_of = [](std::size_t bytes) { return read_of("/" + string(bytes - 14, 'a')); };
  for (const std::size_t bytes : {100u, 101u}) {
    OneConnection requests(limits);
    requests.read(read_of("/"));
    EXPECT_EQ(requests.read(with_line_of(bytes)) == "414", bytes > 100) << bytes;
  }
}

TEST(RememberedHead, GivesTheSameFieldsTheSameNumber) {
  OneConnection requests;
  requests.read(read_of("/a"));
  const std::uint64_t id = requests.fields_id();
  EXPECT_NE(id, 0u);
  requests.read(read_of("/other?target"));
  EXPECT_EQ(requests.fields_id(), id);
  requests.read(read_of("/a", "Authorization: Bearer other\r\n"));
  EXPECT_NE(requests.fields_id(), id);
  EXPECT_NE(requests.fields_id(), 0u);
  requests.read(read_of("/a"));
  EXPECT_NE(requests.fields_id(), id);
}

TEST(RememberedHead, NumbersOfOneLoopDiffer) {
  HeadReader reader{Limits{}};
  const Limits limits;
  Http1Parser one(reader, limits), other(reader, limits);
  const string bytes = read_of("/a");
  one.advance(bytes);
  const std::uint64_t id = one.head().request.fields_id;
  other.advance(bytes);
  EXPECT_NE(other.head().request.fields_id, id);
}

TEST(RememberedHead, IsLimitedInBytes) {
  const std::size_t others = read_of("", "X: \r\n").size();
  const auto of_size = [&](std::size_t bytes) {
    return read_of("/any", "X: " + string(bytes - others, 'x') + "\r\n");
  };
  EXPECT_NE(id_of_repeated(of_size(kRememberedBytesMax)), 0u);
  EXPECT_EQ(id_of_repeated(of_size(kRememberedBytesMax + 1)), 0u);
}

TEST(RememberedHead, IsLimitedInFields) {
  const auto with_fields = [](std::size_t count) {  // Host is one of them
    string fields;
    for (std::size_t i = 1; i < count; ++i) fields += "X: y\r\n";
    return read_of("/", fields);
  };
  EXPECT_NE(id_of_repeated(with_fields(kRememberedFieldsMax)), 0u);
  EXPECT_EQ(id_of_repeated(with_fields(kRememberedFieldsMax + 1)), 0u);
}

TEST(RememberedHead, KeepsAnIdleConnectionBelow4KiB) {
  constexpr std::size_t kRemembered =
      sizeof(RememberedHead) + kRememberedBytesMax + kRememberedFieldsMax * sizeof(HeaderField);
  EXPECT_LE(sizeof(Connection) + kRemembered, 4096u) << sizeof(Connection) << " and " << kRemembered;
}

TEST(RememberedHead, IsNotKeptWhereTheConnectionEnds) {
  EXPECT_EQ(id_of_repeated(read_of("/", "Connection: close\r\n")), 0u);
  EXPECT_EQ(id_of_repeated("GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n"), 0u);
}

}  // namespace
}  // namespace porchlight::http
