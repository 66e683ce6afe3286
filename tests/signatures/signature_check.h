// The real signature checks over one line of JSON, for suites of test vectors.
#pragma once

#include <string_view>

namespace porchlight::identity {

// Whether the line's signature is good. A line is {"jwk":{…},"jws":"…"}, checked as a token's form, header
// and signature are; or {"jwk":{…},"alg":"…","msg":"hex","sig":"hex"}. The one given key counts, whatever the
// kid. Anything else, or malformed, is not good.
bool check_signature_line(std::string_view json_line);

}  // namespace porchlight::identity
