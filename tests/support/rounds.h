// How much of a long property test a build runs.
#pragma once

namespace porchlight {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kSanitized = true;
#elif defined(__has_feature)
inline constexpr bool kSanitized = __has_feature(address_sanitizer) || __has_feature(thread_sanitizer);
#else
inline constexpr bool kSanitized = false;
#endif

// The rounds of a property test that takes `all` of them in the release build. A sanitizer takes a tenth: each round
// costs ten times as much there, and a memory fault does not need the rare history that a broken rule may need.
constexpr int rounds(int all) { return kSanitized ? all / 10 : all; }

}  // namespace porchlight
