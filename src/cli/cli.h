// The command line of `porchlight`.
#pragma once

namespace porchlight::cli {

// Exit codes.
inline constexpr int kDone = 0;
inline constexpr int kFailed = 1;  // stderr says why
inline constexpr int kUsage = 2;   // wrong usage; stderr says what is wrong

// Runs the command that the arguments name. Returns its exit code.
int run(int argc, const char* const* argv);

}  // namespace porchlight::cli
