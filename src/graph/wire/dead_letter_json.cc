#include "graph/wire/dead_letter_json.h"

#include "base/time_text.h"

namespace porchlight::graph {

void append_dead_letter_members(JsonObject& out, const notify::DeadLetter& letter) {
  std::string at;
  append_date_time(at, letter.at);
  out.text("subscriptionId", to_string(letter.subscription))
      .text("applicationId", to_string(letter.app))
      .text("userId", to_string(letter.person))
      .text("givenUpDateTime", at);
}

}  // namespace porchlight::graph
