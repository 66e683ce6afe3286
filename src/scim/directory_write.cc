// Submits the commands and waits for their common outcome.
#include "scim/directory_write.h"

#include <future>
#include <memory>

namespace porchlight::scim {

ScimResult<void> write_directory(state::Writer& writer, std::vector<state::DirectoryCommand> commands,
                                 Time now) {
  if (commands.empty()) return {};
  // The log's thread may still be in set_value() when the wait is over, so both share the promise.
  const auto done = std::make_shared<std::promise<bool>>();
  auto made = done->get_future();
  writer.submit(std::move(commands), now,
                [done](const state::Outcome& outcome) { done->set_value(outcome.has_value()); });
  if (!made.get()) return unavailable();
  return {};
}

}  // namespace porchlight::scim
