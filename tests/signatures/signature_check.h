// The server's signature checks over a line of JSON, for suites of test vectors.
#pragma once

#include <string_view>

namespace porchlight::identity {

// Whether the line has a valid signature. A line is {"jwk":{…},"jws":"…"}, checked like a token's form,
// header and signature, or {"jwk":{…},"alg":"…","msg":"hex","sig":"hex"}. The given key is used whatever the
// kid. A malformed line is not valid.
bool check_signature_line(std::string_view json_line);

}  // namespace porchlight::identity
