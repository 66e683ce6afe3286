// Events as lines of JSON.
#include "admin/event_text.h"

#include <gtest/gtest.h>

namespace porchlight::admin {
namespace {

const log::Position kPosition{3, 17};
const Time kLoggedAt = Time(Duration(1'900'000'000'000));

std::string text_of(decltype(log::Event::body) body) {
  std::string out;
  append_event_json(out, kPosition, kLoggedAt, {Guid{}, Guid{}, Guid{}, 4, std::move(body)});
  return out;
}

const std::string kBefore =
    R"({"position":"3:17","at":"2030-03-17T17:46:40.0000000Z","tenant":"00000000-0000-0000-0000-000000000000",)"
    R"("subject":"00000000-0000-0000-0000-000000000000","version":4,)"
    R"("id":"00000000-0000-0000-0000-000000000000","kind":)";

TEST(EventText, WritesADirectoryEvent) {
  EXPECT_EQ(text_of(log::DirectoryEvent{kLoggedAt, directory::UserRemoved{}}),
            kBefore + R"("userRemoved","happenedAt":"2030-03-17T17:46:40.0000000Z"})");
}

// An event that a newer version wrote and allows to be skipped must not end the export.
TEST(EventText, WritesAnEventOfAnUnknownKind) {
  EXPECT_EQ(text_of(log::SkippedEvent{200, 1, "\x01\x02"}), kBefore + R"("unknown","number":200})");
}

}  // namespace
}  // namespace porchlight::admin
