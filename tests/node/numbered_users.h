// Users for tests over real databases.
#pragma once

#include <gtest/gtest.h>

#include <future>
#include <string>
#include <vector>

#include "state/writer.h"

namespace porchlight::node {

// The user of this number, of the tenant of all numbered users.
inline state::UserKey numbered_user(int number) {
  return {guid_from_name("tenant"), guid_from_name("person " + std::to_string(number))};
}

// Creates the users 0 to count - 1, and returns after they are durable: a writer may decide a later presence command
// before an earlier directory change (state/shard_writer.h), and would reject it with kNoSuchUser.
inline void add_numbered_users(state::Writer& writer, int count, Time now) {
  std::vector<state::DirectoryCommand> commands;
  for (int number = 0; number < count; ++number) {
    const state::UserKey key = numbered_user(number);
    commands.push_back(
        {key.tenant, key.user, directory::UserPut{std::to_string(number) + "@x.test", "Name"}});
  }
  std::promise<bool> durable;
  writer.submit(std::move(commands), now,
                [&](const state::Outcome& outcome) { durable.set_value(outcome.has_value()); });
  ASSERT_TRUE(durable.get_future().get());
}

}  // namespace porchlight::node
