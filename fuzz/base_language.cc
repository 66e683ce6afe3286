// Untrusted language preferences: what is found is named in the text, and members without a meaning change nothing.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/language.h"
#include "base/text.h"

using namespace porchlight;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

bool names(std::string_view text, Language language) {
  for (std::size_t i = 0; i + 2 <= text.size(); ++i)
    if (equals_ignore_case(text.substr(i, 2), tag_of(language))) return true;
  return false;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto accepted = find_accepted_language(text);
  if (accepted) require(names(text, *accepted));
  if (accepted && text.size() < kPreferenceBytesMax) {
    const auto longer = find_accepted_language(text + ",");
    require(!longer || longer == accepted);  // none: one member too many
  }
  if (const auto wished = find_ui_language(text)) require(names(text, *wished));
  return 0;
}
