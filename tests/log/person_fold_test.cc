// Which events count for a user, and what they leave (docs/log_format.md, "Folding events").
#include "log/person_fold.h"

#include <gtest/gtest.h>

#include "log/samples.h"

namespace porchlight::log {
namespace {

Event put_event(std::uint64_t version) { return user_event(version, "ana@x.test"); }

Event event_of(std::uint64_t version, decltype(Event::body) body) {
  return {id_of(version), id_of(1), id_of(2), version, std::move(body)};
}
Event removal(std::uint64_t version) {
  return event_of(version, DirectoryEvent{at_ms(0), directory::UserRemoved{}});
}
Event unknown_kind(std::uint64_t version) { return event_of(version, SkippedEvent{200, 1, ""}); }

TEST(PersonFold, DecidesByExistenceVersionAndKind) {
  struct Row {
    bool exists;
    Event event;
    PersonEffect expected;
  };
  using enum PersonEffect;
  const DirectoryEvent group{at_ms(0), directory::GroupPut{"Reception", {}}};
  const DirectoryEvent role{at_ms(0), directory::AdministratorSet{true}};
  const Row rows[] = {
      {false, put_event(1), kAdded},       {false, session_event(1), kNone},
      {false, removal(1), kNone},          {false, unknown_kind(1), kNone},
      {true, put_event(8), kProfile},      {true, session_event(8), kPresence},
      {true, removal(8), kRemoved},        {true, unknown_kind(8), kVersion},
      {true, put_event(7), kNone},         {true, session_event(7), kNone},
      {true, removal(7), kNone},           {true, unknown_kind(7), kNone},
      {true, event_of(8, group), kNone},   {false, event_of(1, group), kNone},
      {true, event_of(8, role), kVersion}, {false, event_of(1, role), kNone},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(person_effect(row.exists, row.exists ? 7 : 0, row.event), row.expected)
        << "row " << &row - rows;
  }
}

TEST(PersonFold, AppliesWhatCounts) {
  PersonFold person;
  EXPECT_EQ(apply(person, session_event(1)), PersonEffect::kNone);
  EXPECT_FALSE(person.exists);
  EXPECT_EQ(apply(person, put_event(1)), PersonEffect::kAdded);
  EXPECT_EQ(apply(person, session_event(2)), PersonEffect::kPresence);
  EXPECT_EQ(apply(person, session_event(2)), PersonEffect::kNone);
  EXPECT_EQ(apply(person, put_event(3)), PersonEffect::kProfile);
  EXPECT_EQ(apply(person, unknown_kind(4)), PersonEffect::kVersion);
  EXPECT_TRUE(person.exists);
  EXPECT_EQ(person.version, 4u);
  EXPECT_EQ(person.record.sessions.size(), 1u);
}

TEST(PersonFold, StartsAgainAfterARemoval) {
  PersonFold person;
  apply(person, put_event(1));
  apply(person, session_event(2));
  EXPECT_EQ(apply(person, removal(3)), PersonEffect::kRemoved);
  EXPECT_FALSE(person.exists);
  EXPECT_EQ(person.version, 0u);
  EXPECT_EQ(apply(person, put_event(1)), PersonEffect::kAdded);
  EXPECT_EQ(person.version, 1u);
  EXPECT_TRUE(person.record.sessions.empty());
}

TEST(PersonFold, FindsEventsThatMayConcernAUser) {
  EXPECT_TRUE(may_concern_person(session_event(1)));
  EXPECT_TRUE(may_concern_person(put_event(1)));
  EXPECT_TRUE(may_concern_person(removal(1)));
  EXPECT_TRUE(may_concern_person(unknown_kind(1)));
  EXPECT_FALSE(may_concern_person(event_of(1, DirectoryEvent{at_ms(0), directory::AppRemoved{}})));
}

// Reading the end of the log a second time, from any place on, changes nothing.
TEST(PersonFold, IsTheSameAfterAnyEndOfTheLogIsRepeated) {
  const Event events[] = {put_event(1),     session_event(2), removal(3),       put_event(1),
                          session_event(2), unknown_kind(3),  session_event(4), put_event(5)};
  PersonFold once;
  for (const Event& event : events) apply(once, event);
  for (std::size_t from = 0; from < std::size(events); ++from) {
    PersonFold twice = once;
    for (std::size_t i = from; i < std::size(events); ++i) apply(twice, events[i]);
    EXPECT_EQ(twice.version, once.version) << "from event " << from;
    EXPECT_EQ(twice.record, once.record) << "from event " << from;
  }
}

}  // namespace
}  // namespace porchlight::log
