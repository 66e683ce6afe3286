// What servers of the message engine answer: any bytes are read, or refused with an error. The first byte chooses the
// kind of the answer.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "nats/api_reply.h"
#include "nats/engine_check.h"

using namespace porchlight::nats;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

// One reply has a result of one kind, or an error.
void check_reply(std::string_view bytes) {
  const bool is_done = parse_done_reply(bytes).has_value();
  require(!parse_append_reply(bytes) || is_done);
  require(!parse_message_reply(bytes) || is_done);
  require(!parse_last_number(bytes) || is_done);
}

void check_monitoring(std::string_view bytes) {
  const auto fault = fault_of_server(bytes);
  require(!fault || !fault->empty());
}

constexpr void (*kChecks[])(std::string_view) = {check_reply, check_monitoring};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  kChecks[data[0] % std::size(kChecks)]({reinterpret_cast<const char*>(data) + 1, size - 1});
  return 0;
}
