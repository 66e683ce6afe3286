// Things to write into logs: ids by number, events, batches, folders.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "log/event.h"

namespace porchlight::log {

inline Guid id_of(std::uint64_t number) {
  Guid guid;
  std::memcpy(guid.bytes.data(), &number, sizeof(number));
  guid.bytes[15] = 1;
  return guid;
}

inline Time at_ms(std::int64_t ms) { return Time(Duration(1'900'000'000'000 + ms)); }

inline presence::State state_of(std::string_view availability, std::string_view activity) {
  return presence::State::find(availability, activity).value();
}

inline Event session_event(std::uint64_t number) {
  const presence::SessionKey key{id_of(number % 3), id_of(number)};
  const presence::SessionSet set{key, state_of("Busy", "InACall"), at_ms(number + 300'000)};
  return {id_of(number), id_of(1), id_of(2), number, presence::Event{at_ms(number), number, set}};
}

inline Event user_event(std::uint64_t number, std::string upn) {
  return {id_of(number), id_of(1), id_of(2), number,
          DirectoryEvent{at_ms(number), directory::UserPut{std::move(upn), "Name"}}};
}

// A batch with one event of that number.
inline Batch batch_of(std::uint64_t number) {
  return {.epoch = 1, .at = at_ms(number), .events = {session_event(number)}};
}

// A folder that is gone with its object.
class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "porchlight-XXXXXX").string();
    path_ = mkdtemp(name.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  std::string path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace porchlight::log
