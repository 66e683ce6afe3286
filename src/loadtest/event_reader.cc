#include "loadtest/event_reader.h"

#include <charconv>
#include <utility>

namespace porchlight::loadtest {
namespace {

constexpr std::string_view kStatusLine = "HTTP/1.1 ";
constexpr int kNoHttp = -1;

int status_in(std::string_view line) {
  int status = kNoHttp;
  if (line.starts_with(kStatusLine)) {
    line.remove_prefix(kStatusLine.size());
    std::from_chars(line.data(), line.data() + line.size(), status);
  }
  return status;
}

// Sets `value` to the rest of a line that starts with `name`.
void take_field(std::string_view line, std::string_view name, std::string_view& value) {
  if (line.starts_with(name)) value = line.substr(name.size());
}

}  // namespace

void EventReader::read(std::string_view bytes, const OnEvent& on_event) {
  std::string joined = std::exchange(rest_, {});
  if (!joined.empty()) bytes = joined.append(bytes);
  while (const std::size_t used = read_block(bytes, on_event)) bytes.remove_prefix(used);
  rest_ = bytes;
}

// Reads one block: the head or an event, up to and with the blank line that ends it. Returns its length, or 0 if it is
// incomplete. Lines that end in CR belong to the head, or later to the framing of chunks, which the server only puts
// between whole lines; so the chunk framing needs no parser.
std::size_t EventReader::read_block(std::string_view bytes, const OnEvent& on_event) {
  SseEvent event;
  for (std::size_t begin = 0, end; (end = bytes.find('\n', begin)) != bytes.npos; begin = end + 1) {
    const std::string_view line = bytes.substr(begin, end - begin);
    if (line == "\r" && status_ == 0) {
      status_ = status_in(bytes);
      return end + 1;
    }
    if (line.empty()) {
      if (!event.name.empty()) on_event(event);
      return end + 1;
    }
    take_field(line, "event: ", event.name);
    take_field(line, "id: ", event.id);
    take_field(line, "data: ", event.data);
  }
  return 0;
}

}  // namespace porchlight::loadtest
