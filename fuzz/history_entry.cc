// Values and keys of the history database: any bytes are refused, or decode to a state that encodes to the same again.
// The first byte chooses the kind.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "history/entry.h"

using namespace porchlight;
using namespace porchlight::history;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

void check_state(std::string_view bytes) {
  const auto decoded = decode_person_state(bytes);
  if (!decoded) return;
  // Parts have columns of their own. A state that lacks one, or has one inside its record, encodes differently.
  const presence::Record& record = decoded->person_state.record;
  if (decoded->missing.calendar || decoded->missing.visibility || calendar_of(record) ||
      visibility_of(record))
    return;
  const std::string encoded = encode_person_state(decoded->person_state);
  const auto again = decode_person_state(encoded);
  require(again && encode_person_state(again->person_state) == encoded);
}

void check_calendar(std::string_view bytes) {
  presence::Record record;
  if (!decode_calendar(bytes, record)) return;
  const std::string encoded = encode_calendar(record);
  presence::Record again;
  require(decode_calendar(encoded, again) && encode_calendar(again) == encoded);
}

void check_visibility(std::string_view bytes) {
  presence::Record record;
  if (!decode_visibility(bytes, record)) return;
  const std::string encoded = encode_visibility(record);
  presence::Record again;
  require(decode_visibility(encoded, again) && encode_visibility(again) == encoded);
}

void check_checkpoint(std::string_view bytes) {
  const auto decoded = decode_checkpoint(bytes);
  require(!decoded || decode_checkpoint(encode_checkpoint(*decoded)) == decoded);
}

void check_change(std::string_view bytes) {
  const auto decoded = decode_change(bytes);
  if (!decoded) return;
  std::string encoded;
  append_change(encoded, *decoded);
  require(encoded == bytes);
}

void check_key(std::string_view bytes) {
  if (is_entry_key(bytes)) (void)entry_time_of(bytes);
  if (!is_change_key(bytes)) return;
  Guid tenant;
  std::memcpy(tenant.bytes.data(), bytes.data() + 1, sizeof tenant.bytes);
  require(is_change_key_of(bytes, tenant) && change_key(tenant, change_place(bytes)) == bytes);
}

constexpr void (*kChecks[])(std::string_view) = {check_state,      check_calendar, check_visibility,
                                                 check_checkpoint, check_change,   check_key};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  kChecks[data[0] % std::size(kChecks)]({reinterpret_cast<const char*>(data) + 1, size - 1});
  return 0;
}
