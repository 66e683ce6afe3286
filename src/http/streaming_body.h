// Streaming responses: after the head, bytes are pushed until either side ends the response.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/time.h"

namespace porchlight::http {

// Pushed bytes, shared by all responses that they are pushed to.
using Bytes = std::shared_ptr<const std::string>;

// Callbacks of a streaming response. All are made on the loop's thread and must be short.
class StreamObserver {
 public:
  virtual ~StreamObserver() = default;
  // All pushed bytes have been given to the socket.
  virtual void on_drained() = 0;
  // Pushed bytes are waiting: the peer reads slowly or not at all.
  virtual void on_stalled() = 0;
  // Bytes from the peer, if the connection was upgraded. Valid during the call.
  virtual void on_received(std::string_view bytes) = 0;
  // The response or the connection has ended. Called once, and last.
  virtual void on_disconnected() = 0;
};

// How a response continues: over HTTP/1.1 in chunks, over HTTP/1.0 until the connection ends, and after an
// upgrade as raw bytes in both directions.
struct StreamingBody {
  std::shared_ptr<StreamObserver> observer;
  std::string_view heartbeat;  // sent after heartbeat_interval without other bytes; static lifetime
  Duration heartbeat_interval;
  bool upgrade = false;  // the response is a 101, and the connection then uses another protocol
  // The body ends by itself, and its source pushes only what a reader has made room for. A stopping server waits for
  // the end, and the bytes that wait are not limited by Limits::stream_queue_bytes.
  bool finite = false;
};

}  // namespace porchlight::http
