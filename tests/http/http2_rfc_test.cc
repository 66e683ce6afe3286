// What RFC 9113 requires of a server (and RFC 7541 and 8441 where it refers to them): for each rule the bytes of a
// client that breaks or uses it, and what the server does.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/http2_client.h"
#include "http/http2_frames.h"
#include "http/http2_session.h"
#include "http/test_server.h"

namespace porchlight::http {
namespace {

struct Rule {
  std::string_view section;
  std::string_view what;
  std::string bytes;         // after the preface and SETTINGS
  std::string_view outcome;  // Http2Client::outcome()
};

// Error codes of §7, as outcome() names them.
constexpr std::string_view kProtocolError = "GOAWAY 1", kFlowControlError = "GOAWAY 3",
                           kStreamClosed = "GOAWAY 5", kFrameSizeError = "GOAWAY 6",
                           kCompressionError = "GOAWAY 9", kResetProtocol = "RST 1",
                           kResetFlowControl = "RST 3", kNothing = "nothing", kOk = "200";

std::string raw_headers(std::uint32_t stream, std::string_view payload,
                        std::uint8_t flags = kEndHeaders | kEndStream) {
  return frame(FrameType::kHeaders, flags, stream, payload);
}

// A request with one more field, which makes it malformed or not.
std::string with(std::string_view name, std::string_view value) {
  return get2(1, "/a", {{std::string(name), std::string(value)}});
}

std::string only(const Fields& fields) { return headers(1, fields); }

FrameType unknown_type() { return static_cast<FrameType>(0x77); }

std::vector<Rule> frame_rules() {
  const std::string request = block(request_fields("/a"));
  return {
      {"4.1", "an unknown type is ignored", frame(unknown_type(), 0xff, 0, "x") + get2(1, "/a"), kOk},
      {"4.1", "undefined flags are ignored", frame(FrameType::kPing, 0xf0, 0, "12345678"), kNothing},
      {"4.1", "the reserved bit is ignored", raw_headers(0x8000'0001, request), kOk},
      {"4.2", "a frame longer than SETTINGS_MAX_FRAME_SIZE", data(1, std::string(16'385, 'x')),
       kFrameSizeError},
      {"4.2", "a frame too short for its fixed fields", frame(FrameType::kRstStream, 0, 1, "abc"),
       kFrameSizeError},
      {"4.3", "a block that does not decode", raw_headers(1, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"),
       kCompressionError},
      {"4.3", "an index without an entry", raw_headers(1, "\xff"), kCompressionError},
      {"4.3.1", "a table larger than the setting", raw_headers(1, "\x3f\xe2\x1f" + request),
       kCompressionError},
      {"4.3.1", "a change of the table after a field", raw_headers(1, request + "\x20"), kCompressionError},
      {"4.3", "another frame inside a block", raw_headers(1, request, kEndStream) + ping(), kProtocolError},
      {"4.3", "another stream's CONTINUATION",
       raw_headers(1, request, kEndStream) + frame(FrameType::kContinuation, kEndHeaders, 3, ""),
       kProtocolError},
      {"5.1", "DATA on an idle stream", data(1, "x"), kProtocolError},
      {"5.1", "RST_STREAM on an idle stream", rst_stream(1), kProtocolError},
      {"5.1", "WINDOW_UPDATE on an idle stream", window_update(1, 1), kProtocolError},
      {"5.1", "PRIORITY on an idle stream", frame(FrameType::kPriority, 0, 1, number(0, 4) + "x"), kNothing},
      {"5.1", "DATA after END_STREAM", get2(1, "/later?x") + data(1, "x"), kStreamClosed},
      {"5.1", "HEADERS after END_STREAM", get2(1, "/later?x") + get2(1, "/a"), kStreamClosed},
      {"5.1", "WINDOW_UPDATE after END_STREAM", get2(1, "/later?x") + window_update(1, 1), kNothing},
      {"5.1", "RST_STREAM after END_STREAM", get2(1, "/later?x") + rst_stream(1), kNothing},
      {"5.1", "RST_STREAM on a closed stream", get2(3, "/later?x") + rst_stream(3) + rst_stream(3), kNothing},
      {"5.1.1", "an even number", get2(2, "/a"), kProtocolError},
      // nghttp2 takes it for the trailers of a stream that was reset
      {"5.1.1", "a number below an earlier one", get2(5, "/later?x") + get2(3, "/a"), kNothing},
      {"5.4.1", "a GOAWAY comes before the end", data(0, "x"), kProtocolError},
      {"5.5", "an unknown frame inside a block", raw_headers(1, request, 0) + frame(unknown_type(), 0, 1, ""),
       kProtocolError},
      {"6.1", "DATA on stream 0", data(0, "x"), kProtocolError},
      {"6.1", "padding as long as the frame", post2(1, "/echo") + data(1, "\x06hello", kPadded),
       kProtocolError},
      {"6.1", "padding is no content", post2(1, "/echo") + data(1, "\x02xyz", kPadded | kEndStream), kOk},
      {"6.2", "HEADERS on stream 0", raw_headers(0, request), kProtocolError},
      {"6.2", "padding as long as the frame", raw_headers(1, "\x06hello", kEndHeaders | kPadded),
       kProtocolError},
      {"6.2", "padding is ignored",
       raw_headers(1, "\x02" + request + "zz", kEndHeaders | kEndStream | kPadded), kOk},
      {"6.2", "a priority is ignored",
       raw_headers(1, number(0, 4) + "x" + request, kEndHeaders | kEndStream | kPriorityFlag), kOk},
      {"6.3", "PRIORITY on stream 0", frame(FrameType::kPriority, 0, 0, number(0, 5)), kProtocolError},
      {"6.3", "PRIORITY of another size", post2(1, "/a") + frame(FrameType::kPriority, 0, 1, "abcd"),
       kFrameSizeError},
      {"6.4", "RST_STREAM on stream 0", rst_stream(0), kProtocolError},
      {"6.4", "RST_STREAM of another size", post2(1, "/a") + frame(FrameType::kRstStream, 0, 1, "12345"),
       kFrameSizeError},
      {"6.5", "SETTINGS on a stream", frame(FrameType::kSettings, 0, 1, ""), kProtocolError},
      {"6.5", "an ACK with content", frame(FrameType::kSettings, kAck, 0, setting(1, 0)), kFrameSizeError},
      {"6.5", "a size that is no multiple of six", settings("12345"), kFrameSizeError},
      {"6.5.2", "ENABLE_PUSH other than 0 and 1", settings(setting(2, 2)), kProtocolError},
      {"6.5.2", "a window above 2^31 - 1", settings(setting(4, 0x8000'0000)), kFlowControlError},
      {"6.5.2", "MAX_FRAME_SIZE below 2^14", settings(setting(5, 16'383)), kProtocolError},
      {"6.5.2", "MAX_FRAME_SIZE above 2^24 - 1", settings(setting(5, 1 << 24)), kProtocolError},
      {"6.5.2", "unknown settings are ignored", settings(setting(0x77, 1)), kNothing},
      {"6.6", "PUSH_PROMISE of a client",
       frame(FrameType::kPushPromise, kEndHeaders, 1, number(2, 4) + request), kProtocolError},
      {"6.7", "PING on a stream", frame(FrameType::kPing, 0, 1, "12345678"), kProtocolError},
      {"6.7", "PING of another size", frame(FrameType::kPing, 0, 0, "1234567"), kFrameSizeError},
      {"6.7", "an ACK gets no answer", frame(FrameType::kPing, kAck, 0, "abcdefgh"), kNothing},
      {"6.8", "GOAWAY on a stream", frame(FrameType::kGoAway, 0, 1, number(0, 8)), kProtocolError},
      {"6.9", "an increment of 0 for the connection", window_update(0, 0), kProtocolError},
      {"6.9", "an increment of 0 for a stream", post2(1, "/a") + window_update(1, 0), kProtocolError},
      {"6.9", "WINDOW_UPDATE of another size", frame(FrameType::kWindowUpdate, 0, 0, "123"), kFrameSizeError},
      {"6.9.1", "a window of the connection above 2^31 - 1", window_update(0, 0x7fff'ffff),
       kFlowControlError},
      {"6.9.1", "a window of a stream above 2^31 - 1", post2(1, "/a") + window_update(1, 0x7fff'ffff),
       kResetFlowControl},
      // nghttp2 ends the stream alone
      {"6.9.2", "a changed setting overflows a window",
       post2(1, "/a") + window_update(1, 0x7fff'0000) + settings(setting(4, 0x7fff'ffff)), kResetFlowControl},
      {"6.10", "CONTINUATION without a block", frame(FrameType::kContinuation, kEndHeaders, 1, ""),
       kProtocolError},
      {"6.10", "CONTINUATION after END_HEADERS",
       post2(1, "/a") + frame(FrameType::kContinuation, kEndHeaders, 1, ""), kProtocolError},
      {"6.10", "a block in pieces",
       raw_headers(1, request.substr(0, 9), kEndStream) +
           frame(FrameType::kContinuation, 0, 1, request.substr(9, 9)) +
           frame(FrameType::kContinuation, kEndHeaders, 1, request.substr(18)),
       kOk},
  };
}

std::vector<Rule> message_rules() {
  const Fields plain = request_fields("/a");
  auto without = [&](std::string_view name) {
    Fields fields = plain;
    std::erase_if(fields, [&](const auto& field) { return field.first == name; });
    return fields;
  };
  auto doubled = [&](std::string_view name) {
    Fields fields = plain;
    for (const auto& field : plain)
      if (field.first == name) fields.insert(fields.begin(), field);
    return fields;
  };
  auto replaced = [&](std::string_view name, std::string_view value) {
    Fields fields = plain;
    for (auto& field : fields)
      if (field.first == name) field.second = value;
    return fields;
  };
  Fields late = without(":path");
  late.insert(late.end(), {{"x", "y"}, {":path", "/a"}});
  const Fields tunnel = request_fields("/upgrade", "CONNECT", {{":protocol", "websocket"}});
  return {
      {"8.1", "trailers without END_STREAM", post2(1, "/echo") + headers(1, {{"x", "y"}}, kEndHeaders),
       kResetProtocol},
      {"8.1", "trailers", post2(1, "/echo") + data(1, "x") + headers(1, {{"x", "y"}}), kOk},
      {"8.1", "pseudo-fields in trailers", post2(1, "/echo") + headers(1, {{":path", "/b"}}), kResetProtocol},
      {"8.1.1", "content shorter than its length",
       post2(1, "/echo", {{"content-length", "3"}}) + data(1, "ab", kEndStream), kResetProtocol},
      {"8.1.1", "content longer than its length",
       post2(1, "/echo", {{"content-length", "1"}}) + data(1, "ab", kEndStream), kResetProtocol},
      {"8.1.1", "a length without content", with("content-length", "1"), kResetProtocol},
      {"8.1.1", "two lengths", post2(1, "/echo", {{"content-length", "1"}, {"content-length", "1"}}),
       kResetProtocol},
      {"8.1.1", "a length that is no number", post2(1, "/echo", {{"content-length", "+1"}}), kResetProtocol},
      {"8.2.1", "upper case in a name", with("Accept", "x"), kResetProtocol},
      {"8.2.1", "a blank in a name", with("a b", "x"), kResetProtocol},
      {"8.2.1", "a control character in a name", with(std::string_view("a\0", 2), "x"), kResetProtocol},
      {"8.2.1", "DEL in a name", with("a\x7f", "x"), kResetProtocol},
      {"8.2.1", "a byte above 0x7f in a name", with("a\x80", "x"), kResetProtocol},
      {"8.2.1", "a colon in a name", with("a:b", "x"), kResetProtocol},
      {"8.2.1", "an empty name", with("", "x"), kResetProtocol},
      {"8.2.1", "NUL in a value", with("a", std::string_view("x\0y", 3)), kResetProtocol},
      {"8.2.1", "LF in a value", with("a", "x\ny"), kResetProtocol},
      {"8.2.1", "CR in a value", with("a", "x\ry"), kResetProtocol},
      {"8.2.1", "a value that begins with a blank", with("a", " x"), kResetProtocol},
      {"8.2.1", "a value that ends with a tab", with("a", "x\t"), kResetProtocol},
      {"8.2.2", "connection", with("connection", "close"), kResetProtocol},
      {"8.2.2", "keep-alive", with("keep-alive", "timeout=5"), kResetProtocol},
      {"8.2.2", "proxy-connection", with("proxy-connection", "keep-alive"), kResetProtocol},
      {"8.2.2", "transfer-encoding", with("transfer-encoding", "chunked"), kResetProtocol},
      {"8.2.2", "upgrade", with("upgrade", "h2c"), kResetProtocol},
      {"8.2.2", "te other than trailers", with("te", "gzip"), kResetProtocol},
      {"8.2.2", "te: trailers", with("te", "trailers"), kOk},
      {"8.3", "an unknown pseudo-field", with(":other", "x"), kResetProtocol},
      {"8.3", "a pseudo-field of responses", with(":status", "200"), kResetProtocol},
      {"8.3", "a pseudo-field after a field", only(late), kResetProtocol},
      {"8.3", "two methods", only(doubled(":method")), kResetProtocol},
      {"8.3", "two schemes", only(doubled(":scheme")), kResetProtocol},
      {"8.3", "two paths", only(doubled(":path")), kResetProtocol},
      {"8.3", "two authorities", only(doubled(":authority")), kResetProtocol},
      {"8.3.1", "no method", only(without(":method")), kResetProtocol},
      {"8.3.1", "no scheme", only(without(":scheme")), kResetProtocol},
      {"8.3.1", "no path", only(without(":path")), kResetProtocol},
      {"8.3.1", "an empty path", only(replaced(":path", "")), kResetProtocol},
      {"8.3.1", "a path without a slash", only(replaced(":path", "a")), kResetProtocol},
      {"8.3.1", "an absolute URL as the path", only(replaced(":path", "http://a/")), kResetProtocol},
      {"8.3.1", "a blank in the path", only(replaced(":path", "/a b")), kResetProtocol},
      {"8.3.1", "* for another method than OPTIONS", only(replaced(":path", "*")), kResetProtocol},
      {"8.3.1", "* for OPTIONS", only(request_fields("*", "OPTIONS")), kOk},
      {"8.3.1", "a scheme that is not HTTP's", only(replaced(":scheme", "ftp")), kResetProtocol},
      {"8.3.1", "no authority and no host", only(without(":authority")), kResetProtocol},
      {"8.3.1", "a host that differs from the authority", with("host", "b"), kResetProtocol},
      {"8.3.1", "a host that equals the authority", with("host", "a"), kOk},
      {"8.3.1", "two hosts", get2(1, "/a", {{"host", "a"}, {"host", "a"}}), kResetProtocol},
      {"8.5", "CONNECT with a path", only({{":method", "CONNECT"}, {":authority", "a:1"}, {":path", "/"}}),
       kResetProtocol},
      {"8.5", "CONNECT without an authority", only({{":method", "CONNECT"}}), kResetProtocol},
      {"RFC 8441 4", "a tunnel for a WebSocket", headers(1, tunnel, kEndHeaders), kOk},
      {"RFC 8441 4", ":protocol for another method", with(":protocol", "websocket"), kResetProtocol},
      {"RFC 7541 5.2", "a Huffman code with a bad end",
       raw_headers(1, block(request_fields("/a")) + std::string("\x00\x81\xff\x00", 4)), kCompressionError},
  };
}

void check(const std::vector<Rule>& rules) {
  TestServer server;
  for (const Rule& rule : rules) {
    SCOPED_TRACE(std::string(rule.section) + ": " + std::string(rule.what));
    Http2Client client(server.connect());
    EXPECT_EQ(client.send(rule.bytes).outcome(), rule.outcome);
  }
}

TEST(Rfc9113, Frames) { check(frame_rules()); }
TEST(Rfc9113, Messages) { check(message_rules()); }

// A malformed request costs its stream and no other (§5.4.2).
TEST(Rfc9113, StreamErrorsLeaveOtherStreams) {
  TestServer server;
  for (const Rule& rule : message_rules()) {
    if (rule.outcome != kResetProtocol) continue;
    SCOPED_TRACE(rule.what);
    Http2Client client(server.connect());
    EXPECT_EQ(client.send(rule.bytes + get2(3, "/a")).status(3), "200");
  }
}

TEST(Rfc9113, PrefaceIsChecked) {  // §3.4
  TestServer server;
  Client wrong = server.connect();
  EXPECT_THAT(wrong.send("PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n" + settings()).read_until("\x07"),
              testing::HasSubstr("\x07"));
  Client no_settings = server.connect();
  EXPECT_THAT(no_settings.send(std::string(kPreface) + ping()).read_to_end(),
              testing::HasSubstr(frame(FrameType::kGoAway, 0, 0, "").substr(3)));
}

TEST(Rfc9113, AnswersSettingsAndPing) {  // §3.4, §6.5.3, §6.7
  TestServer server;
  Http2Client client(server.connect());
  const ReceivedFrame first = client.next();
  EXPECT_TRUE(first.is(FrameType::kSettings, 0)) << "SETTINGS come first";
  EXPECT_THAT(first.payload, testing::HasSubstr(setting(3, Http2Session::kStreamsMax)));
  EXPECT_THAT(first.payload, testing::HasSubstr(setting(4, Http2Session::kStreamWindow)));
  EXPECT_THAT(first.payload, testing::HasSubstr(setting(1, Http2Session::kHeaderTableBytes)));
  EXPECT_THAT(first.payload, testing::HasSubstr(setting(6, 32 * 1024)));
  EXPECT_EQ(client.await(FrameType::kSettings).flags, kAck);
  client.send(ping("abcdefgh"));
  const ReceivedFrame pong = client.await(FrameType::kPing);
  EXPECT_EQ(pong.payload, "abcdefgh");
  EXPECT_EQ(pong.flags, kAck);
}

// §5.2, §6.9: no more than the windows allow, and the rest after WINDOW_UPDATE.
TEST(Rfc9113, KeepsToTheWindows) {
  TestServer server;
  Http2Client client(server.connect(), setting(4, 1000));
  client.send(get2(1, "/big"));
  EXPECT_EQ(client.await(FrameType::kData, 1).payload.size(), 1000u);
  client.settle();
  client.send(window_update(1, 500));
  EXPECT_EQ(client.await(FrameType::kData, 1).payload.size(), 500u);
  client.send(settings(setting(4, 1100)));  // a changed setting moves the windows of open streams (§6.9.2)
  EXPECT_EQ(client.await(FrameType::kData, 1).payload.size(), 100u);
  client.send(window_update(1, 1'000'000) + window_update(0, 1'000'000));
  EXPECT_EQ(client.answer(1).body.size(), 100'000u - 1600);
}

// §4.2: frames to the client are no longer than it allows.
TEST(Rfc9113, KeepsToTheFrameSize) {
  TestServer server;
  Http2Client client(server.connect(), setting(4, 200'000));
  client.send(window_update(0, 200'000) + get2(1, "/big"));
  for (std::size_t left = 100'000; left > 0;) {
    const std::size_t size = client.await(FrameType::kData, 1).payload.size();
    ASSERT_LE(size, 16'384u);
    left -= size;
  }
}

}  // namespace
}  // namespace porchlight::http
