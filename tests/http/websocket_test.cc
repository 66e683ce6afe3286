// WebSocket framing: valid and invalid frames from clients, split at any byte.
#include "http/websocket.h"

#include <gtest/gtest.h>

namespace porchlight::http {
namespace {

using Texts = std::vector<std::string>;

// A client's frame, masked.
std::string frame(int first_byte, std::string_view payload, bool masked = true) {
  std::string out(1, static_cast<char>(first_byte));
  const int mask_bit = masked ? 0x80 : 0;
  if (payload.size() < 126) {
    out += static_cast<char>(mask_bit | static_cast<int>(payload.size()));
  } else {
    const int bytes = payload.size() <= 0xFFFF ? 2 : 8;
    out += static_cast<char>(mask_bit | (bytes == 2 ? 126 : 127));
    for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8)
      out += static_cast<char>(std::uint64_t(payload.size()) >> shift);
  }
  if (!masked) return out.append(payload);
  const std::string_view mask = "\x11\x22\x33\x44";
  out += mask;
  for (std::size_t i = 0; i < payload.size(); ++i) out += static_cast<char>(payload[i] ^ mask[i % 4]);
  return out;
}
constexpr int kText = 0x81, kFirst = 0x01, kNext = 0x00, kLast = 0x80, kBinary = 0x82, kClose = 0x88,
              kPing = 0x89, kPong = 0x8A;

int close_code(const std::string& reply) {
  if (reply.size() < 4 || reply[0] != '\x88') return 0;
  return static_cast<unsigned char>(reply[2]) << 8 | static_cast<unsigned char>(reply[3]);
}

TEST(WebSocket, TextsAreCompleteHoweverTheyAreSplit) {
  const std::string all = frame(kText, "one") + frame(kFirst, "t") + frame(kPing, "?") + frame(kNext, "w") +
                          frame(kLast, "o") + frame(kPong, "") + frame(kText, std::string(300, 'x')) +
                          frame(kText, "");
  for (std::size_t step = 1; step <= all.size(); ++step) {
    WebSocketReader reader;
    Texts texts;
    std::string reply;
    for (std::size_t at = 0; at < all.size(); at += step) {
      const auto received = reader.feed(std::string_view(all).substr(at, step));
      texts.insert(texts.end(), received.texts.begin(), received.texts.end());
      reply += received.reply;
      EXPECT_FALSE(received.is_closed);
    }
    EXPECT_EQ(texts, (Texts{"one", "two", std::string(300, 'x'), ""})) << step;
    EXPECT_EQ(reply, "\x8A\x01?") << step;
  }
}

TEST(WebSocket, ErrorsHaveTheirCloseCodes) {
  struct WebSocketRow {
    std::string_view what;
    std::string bytes;
    int code;
  };
  const WebSocketRow rows[] = {
      {"not masked", frame(kText, "x", false), 1002},
      {"a reserved bit", frame(kText | 0x40, "x"), 1002},
      {"an unknown opcode", frame(0x83, "x"), 1002},
      {"a ping in two frames", frame(0x09, "x"), 1002},
      {"a long ping", frame(kPing, std::string(126, 'x')), 1002},
      {"a continuation of nothing", frame(kLast, "x"), 1002},
      {"a message within a message", frame(kFirst, "x") + frame(kText, "y"), 1002},
      {"a close with no such code", frame(kClose, std::string_view("\x00\x05", 2)), 1002},
      {"not UTF-8", frame(kText, "\xFF\xFE"), 1007},
      {"UTF-8 that ends early", frame(kText, "\xE2\x82"), 1007},
      {"bytes", frame(kBinary, "x"), 1003},
      {"one byte too long", frame(kText, std::string(kMessageBytesMax + 1, 'x')), 1009},
      {"too long in pieces", frame(kFirst, std::string(kMessageBytesMax, 'x')) + frame(kLast, "y"), 1009},
  };
  for (const WebSocketRow& row : rows) {
    WebSocketReader reader;
    const auto received = reader.feed(row.bytes);
    EXPECT_TRUE(received.is_closed) << row.what;
    EXPECT_EQ(close_code(received.reply), row.code) << row.what;
    EXPECT_TRUE(received.texts.empty()) << row.what;
    EXPECT_TRUE(reader.feed(frame(kText, "more")).texts.empty()) << row.what;
  }
}

TEST(WebSocket, TheLongestMessageIsAccepted) {
  WebSocketReader reader;
  const auto received = reader.feed(frame(kText, std::string(kMessageBytesMax, 'x')));
  EXPECT_FALSE(received.is_closed);
  EXPECT_EQ(received.texts, Texts{std::string(kMessageBytesMax, 'x')});
}

TEST(WebSocket, ACloseIsAnswered) {
  WebSocketReader reader;
  const auto received = reader.feed(frame(kText, "bye") + frame(kClose, std::string_view("\x03\xE8", 2)));
  EXPECT_EQ(received.texts, Texts{"bye"});
  EXPECT_TRUE(received.is_closed);
  EXPECT_EQ(close_code(received.reply), 1000);
}

TEST(WebSocket, WritesFrames) {
  std::string out;
  append_text_frame(out, "hi");
  EXPECT_EQ(out, "\x81\x02hi");
  for (const auto& [size, head] : {std::pair{125u, 2u}, {126u, 4u}, {65535u, 4u}, {65536u, 10u}}) {
    out.clear();
    append_text_frame(out, std::string(size, 'x'));
    EXPECT_EQ(out.size(), size + head);
  }
  out.clear();
  append_close_frame(out, CloseCode::kTokenExpired, "why");
  EXPECT_EQ(close_code(out), 4401);
  EXPECT_TRUE(out.ends_with("why"));
}

}  // namespace
}  // namespace porchlight::http
