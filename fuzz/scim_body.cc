// SCIM bodies. As a user: either refused, or converted to the schema, and converting again changes nothing. As a PATCH:
// either refused, or applied to a user, who fits the schema afterwards. The same with a group
// of many members. What a resource gains is bounded by the request and the work that was counted, which is limited.
#include <cstdint>
#include <cstdlib>

#include "base/json.h"
#include "scim/patch.h"

using namespace porchlight;
using namespace porchlight::scim;

namespace {

// JSON writes a byte of the request in up to six.
constexpr std::size_t kExpansionMax = 6;

std::size_t bytes_of(const ValueMap& map) {
  std::string text;
  append_json(text, map);
  return text.size();
}

void patch_group(const std::vector<Operation>& operations, std::size_t size) {
  ValueList members;
  for (int i = 0; i < 100; ++i) members.push_back({ValueMap{{"value", {std::to_string(i)}}}});
  ValueMap group = {{"displayName", {"Team"}}, {"members", {std::move(members)}}};
  PatchWork work;
  const std::size_t before = bytes_of(group);
  (void)apply(kGroupType, group, operations, work);
  if (bytes_of(group) > before + kExpansionMax * size + work.sum()) std::abort();
}

}  // namespace

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
  patch_group(*operations, size);
  PatchWork work;
  const std::size_t before = bytes_of(person);
  const bool is_applied = apply(kUserType, person, *operations, work).has_value();
  if (bytes_of(person) > before + kExpansionMax * size + work.sum()) std::abort();
  if (!is_applied) return 0;
  if (!find(person, "userName")) return 0;
  const auto fitted = fit(kUserType, person);  // in the schema's order
  if (!fitted || fitted->size() != person.size() || fit(kUserType, *fitted) != *fitted) std::abort();
  return 0;
}
