// EventReader on the bytes of a stream, cut at every place.
#include "loadtest/event_reader.h"

#include <gtest/gtest.h>

#include <vector>

namespace porchlight::loadtest {
namespace {

using OnAnswer = std::vector<std::string>;

OnAnswer read_in_pieces(EventReader& reader, std::string_view text, std::size_t piece) {
  OnAnswer heard;
  for (; !text.empty(); text.remove_prefix(std::min(piece, text.size())))
    reader.read(text.substr(0, piece), [&](const SseEvent& event) {
      heard.push_back(std::string(event.name).append(" ").append(event.id).append(" ").append(event.data));
    });
  return heard;
}

TEST(EventReader, ReadsEvents) {
  const std::string text =
      "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
      "d\r\nretry: 3000\n\n\r\n"
      "79\r\nevent: snapshot\ndata: {\"users\":1}\n\n"
      "id: 9rj5q2rWjfU\nevent: presence\ndata: {\"availability\":\"Busy\"}\n\n"
      "id: 9rj5q2rWjfU\nevent: ready\ndata: {}\n\n\r\n"
      "3\r\n:\n\n\r\n"
      "2f\r\nevent: end\ndata: {\"reason\":\"stopping\"}\n\n\r\n0\r\n\r\n";
  const OnAnswer all = {"snapshot  {\"users\":1}", "presence 9rj5q2rWjfU {\"availability\":\"Busy\"}",
                        "ready 9rj5q2rWjfU {}", "end  {\"reason\":\"stopping\"}"};
  for (const std::size_t piece :
       {std::size_t{1}, std::size_t{2}, std::size_t{7}, std::size_t{64}, text.size()}) {
    EventReader reader;
    EXPECT_EQ(read_in_pieces(reader, text, piece), all) << piece;
    EXPECT_EQ(reader.status(), 200) << piece;
  }
}

TEST(EventReader, ReadsTheStatusOfAnErrorResponse) {
  const std::pair<std::string_view, int> rows[] = {
      {"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 10\r\n\r\n{\"error\":{}}", 429},
      {"HTTP/1.1 503 Service Unavailable\r\n\r\n", 503},
      {"HTTP/1.1 200 OK\r\nDate: Tue", 0},
      {"SSH-2.0-OpenSSH\r\n\r\n", -1},
      {"", 0},
  };
  for (const auto& [text, status] : rows) {
    EventReader reader;
    EXPECT_EQ(read_in_pieces(reader, text, 5), OnAnswer{}) << text;
    EXPECT_EQ(reader.status(), status) << text;
  }
}

}  // namespace
}  // namespace porchlight::loadtest
