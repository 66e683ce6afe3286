// An answer that goes on: after its head, bytes are pushed to it for as long as both sides like.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/time.h"

namespace porchlight::http {

// What is pushed, shared by all the answers that it is pushed to.
using Bytes = std::shared_ptr<const std::string>;

// Hears what becomes of such an answer. All on the loop's thread; it must be short.
class StreamObserver {
 public:
  virtual ~StreamObserver() = default;
  // All that was pushed has left for the socket.
  virtual void on_drained() = 0;
  // The socket does not take what was pushed: the peer reads slowly, or not at all.
  virtual void on_stalled() = 0;
  // What the peer sent; only where the connection was upgraded. The bytes are gone afterwards.
  virtual void on_received(std::string_view bytes) = 0;
  // Nobody reads any more. Once, and nothing follows.
  virtual void on_disconnected() = 0;
};

// How an answer goes on. Over HTTP/1.1 in chunks, over HTTP/1.0 up to the end of the connection, and upgraded
// in both directions as it is.
struct StreamingBody {
  std::shared_ptr<StreamObserver> observer;
  std::string_view heartbeat;  // sent where nothing was for so long; lives for ever
  Duration heartbeat_interval;
  bool upgrade = false;  // the answer is a 101: the connection is another protocol's from here on
};

}  // namespace porchlight::http
