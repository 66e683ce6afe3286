// A blocking client of HTTP/2 on a real socket, which sends any bytes and reads frames.
#pragma once

#include <sys/socket.h>

#include <map>
#include <string>
#include <string_view>

#include "http/http2_frames.h"
#include "http/test_server.h"

namespace porchlight::http {

class Http2Client {
 public:
  // Sends the preface and `settings` at once.
  explicit Http2Client(Client socket, std::string_view settings_payload = "") : socket_(std::move(socket)) {
    send(std::string(kPreface) + settings(settings_payload));
  }
  Http2Client& send(std::string_view bytes) {
    socket_.send(bytes);
    return *this;
  }
  // The next frame; of type kGoAway and without payload if the connection has ended.
  ReceivedFrame next() {
    ReceivedFrame received{FrameType::kGoAway, 0, 0, "", {}};
    while (!reader_.next(received)) {
      char bytes[65536];
      const ssize_t got = ::recv(socket_.fd(), bytes, sizeof bytes, 0);
      EXPECT_FALSE(got < 0 && errno == EAGAIN) << "timed out";
      if (got <= 0) return {FrameType::kGoAway, 0, 0, "", {}};
      reader_.add({bytes, static_cast<std::size_t>(got)});
    }
    return received;
  }
  // The next frame of that type, or the end of the connection.
  ReceivedFrame await(FrameType type, std::uint32_t stream = 0) {
    for (;;) {
      ReceivedFrame received = next();
      if (received.is(type, stream) || received.type == FrameType::kGoAway) return received;
    }
  }
  // Everything up to the end of a response.
  struct Answer {
    std::string status;
    Fields fields;
    std::string body;
    std::string end;  // "", or why there is no end: "RST n", "GOAWAY n" or "closed"
  };
  Answer answer(std::uint32_t stream) {
    Answer result;
    for (;;) {
      const ReceivedFrame received = next();
      if (received.type == FrameType::kGoAway) {
        result.end = received.payload.empty() ? "closed" : "GOAWAY " + std::to_string(received.error());
        return result;
      }
      if (received.stream != stream) continue;
      if (received.type == FrameType::kRstStream) {
        result.end = "RST " + std::to_string(received.error());
        return result;
      }
      if (received.type == FrameType::kHeaders) {
        result.status = received.field(":status");
        result.fields = received.fields;
      }
      if (received.type == FrameType::kData) result.body += received.payload;
      if (received.ends_stream()) return result;
    }
  }
  std::string status(std::uint32_t stream) {
    const Answer result = answer(stream);
    return result.status + (result.status.empty() || result.end.empty() ? "" : " ") + result.end;
  }
  // Waits until the server has handled all that was sent and has sent what it then had.
  void settle() {
    for (int turn = 0; turn < 2; ++turn) {
      send(ping());
      await(FrameType::kPing);
    }
  }
  // What the server did: the first GOAWAY, reset or response; "nothing" if it goes on without any.
  std::string outcome() {
    for (int turn = 0; turn < 2; ++turn) {
      send(ping());
      for (;;) {
        const ReceivedFrame received = next();
        if (received.type == FrameType::kGoAway)
          return received.payload.empty() ? "closed" : "GOAWAY " + std::to_string(received.error());
        if (received.type == FrameType::kRstStream) return "RST " + std::to_string(received.error());
        if (received.type == FrameType::kHeaders) return received.field(":status");
        if (received.type == FrameType::kPing) break;
      }
    }
    return "nothing";
  }
  Client& socket() { return socket_; }

 private:
  Client socket_;
  FrameReader reader_;
};

}  // namespace porchlight::http
