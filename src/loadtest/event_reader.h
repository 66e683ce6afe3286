// What a client reads of one stream: the answer's head, then server-sent events. Pure.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace porchlight::loadtest {

struct SseEvent {
  std::string_view name, id, data;  // gone once it was heard
};

class EventReader {
 public:
  using OnEvent = std::function<void(const SseEvent&)>;
  // Takes the bytes as they come, cut anywhere, and has each whole event heard.
  void read(std::string_view bytes, const OnEvent& on_event);
  // Of the answer; 0 until its head is whole.
  int status() const { return status_; }

 private:
  std::size_t read_block(std::string_view bytes, const OnEvent& on_event);

  int status_ = 0;
  std::string rest_;  // of a head or an event that is not whole
};

}  // namespace porchlight::loadtest
