// SCIM bodies. As a user: either refused, or converted to the schema, and converting again changes nothing. As a PATCH:
// either refused, or applied to a user, who fits the schema afterwards.
#include <cstdint>
#include <cstdlib>

#include "base/json.h"
#include "scim/patch.h"

using namespace porchlight;
using namespace porchlight::scim;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  JsonReader reader;
  const auto root = reader.parse({reinterpret_cast<const char*>(data), size});
  simdjson::dom::object members;
  if (!root || root->get_object().get(members)) return 0;
  const Value body = to_value(*root);
  const auto given = fit(kUserType, *body.map());
  if (given && fit(kUserType, *given) != *given) std::abort();
  const auto operations = read_patch(*body.map());
  if (!operations) return 0;
  ValueMap person = {{"userName", {"ana@contoso.com"}},
                     {"emails", {ValueList{{ValueMap{{"type", {"work"}}, {"value", {"ana@contoso.com"}}}}}}}};
  for (const Operation& operation : *operations)
    if (!apply(kUserType, person, operation)) return 0;
  if (!find(person, "userName")) return 0;
  const auto fitted = fit(kUserType, person);  // in the schema's order
  if (!fitted || fitted->size() != person.size() || fit(kUserType, *fitted) != *fitted) std::abort();
  return 0;
}
