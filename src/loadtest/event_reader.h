// Parses one stream as a client reads it: the head of the response, then server-sent events. Pure.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace porchlight::loadtest {

// One event. The texts refer to the reader's input and are valid only during the callback.
struct SseEvent {
  std::string_view name, id, data;
};

// One per connection.
class EventReader {
 public:
  using OnEvent = std::function<void(const SseEvent&)>;
  // Reads the next bytes, which may be cut anywhere, and calls `on_event` for each complete event.
  void read(std::string_view bytes, const OnEvent& on_event);
  // The status of the response; 0 until its head is complete, -1 if it is not HTTP/1.1.
  int status() const { return status_; }

 private:
  std::size_t read_block(std::string_view bytes, const OnEvent& on_event);

  int status_ = 0;
  std::string rest_;  // an incomplete head or event
};

}  // namespace porchlight::loadtest
