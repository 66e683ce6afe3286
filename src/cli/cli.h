// The command line of `porchlight`.
#pragma once

namespace porchlight::cli {

// What a command ends with.
inline constexpr int kDone = 0;
inline constexpr int kFailed = 1;  // refused or failed; stderr says why
inline constexpr int kUsage = 2;   // the command line makes no sense; stderr says what is wrong with it

// Runs the command that the arguments name and gives its exit code.
int run(int argc, const char* const* argv);

}  // namespace porchlight::cli
