// Discovery documents and the URLs in them: an accepted URL is an https URL on the configured origin and
// cannot mean another host to the client that fetches it. The first line of the input is the configured
// issuer and URL: "iss SP url LF document".
#include <cstdint>
#include <cstdlib>

#include "issuers/discovery.h"

using namespace porchlight::issuers;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t line = std::min(text.find('\n'), text.size());
  const std::string_view first = text.substr(0, line);
  const std::size_t space = std::min(first.find(' '), first.size());
  const std::string_view iss = first.substr(0, space);
  const std::string_view url = first.substr(std::min(space + 1, first.size()));
  const std::string origin = https_origin(url);
  if (!origin.empty()) {
    require(origin.starts_with("https://") && origin.find('@') == origin.npos);
    require(https_origin(origin) == origin);
    if (origin.size() < 2000) require(https_origin(origin + "/a?b") == origin);
  }
  const auto keys = read_discovery(text.substr(std::min(line + 1, text.size())), iss, url);
  if (keys) require(!origin.empty() && https_origin(*keys) == origin);
  return 0;
}
