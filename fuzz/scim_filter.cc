// SCIM filters and paths: any text gives a tree or an error, and any tree can be evaluated.
#include <cstdint>
#include <cstdlib>

#include "scim/filter.h"

using namespace porchlight::scim;

namespace {

const ValueMap& sample_user() {
  static const ValueMap map = {{"userName", {"ana@contoso.com"}},
                               {"active", {true}},
                               {"name", {ValueMap{{"givenName", {"Ana"}}}}},
                               {"emails",
                                {ValueList{{ValueMap{{"type", {"work"}}, {"value", {"ana@contoso.com"}}}},
                                           {ValueMap{{"type", {"home"}}}}}}}};
  return map;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto filter = parse_filter(text)) {
    // A filter and its negation never agree.
    Filter opposite;
    opposite.kind = Filter::NodeType::kNot;
    opposite.inner.push_back(*filter);
    if (matches(*filter, sample_user()) == matches(opposite, sample_user())) std::abort();
    required_text(*filter, "userName");
  } else if (filter.error().type != "invalidFilter") {
    std::abort();
  }
  if (const auto path = parse_path(text); path && (path->steps.empty() || path->steps.size() > kStepsMax))
    std::abort();
  return 0;
}
