// A child process on a processor of its own choosing: what it says, what it costs, and its end.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace porchlight::bench {

using Arguments = std::vector<std::string>;

// The processors for servers and for the load: two where the machine has two.
struct Processors {
  int server;
  int load;
};
Processors choose_processors();

// Binds this process to one processor.
void pin_to_processor(int processor);

inline constexpr int kAnyProcessor = -1;

class Process {
 public:
  // Starts a program, bound to a processor. What it says on stderr is appended to `complaints`. Ends with
  // this process at the latest.
  Process(const Arguments& arguments, int processor, const std::filesystem::path& stderr_file);
  // Kills it where it still runs.
  ~Process();
  Process(Process&& other) noexcept;
  Process& operator=(Process&&) = delete;

  pid_t pid() const { return pid_; }
  // The next line of its stdout, without the line end. Throws where it ends before one.
  std::string read_line();
  // All the rest of its stdout.
  std::string read_all();

  // Processor time that its threads have used, in ns. Of threads that are there now: good for differences
  // while none ends.
  std::int64_t cpu_ns() const;
  std::uint64_t resident_bytes() const;

  // Asks it to end (SIGTERM) and waits; throws where it ends badly. kill() does not ask. wait() gives its
  // exit code, or minus the signal.
  void stop();
  void kill();
  int wait();

 private:
  pid_t pid_ = 0;
  int out_ = -1;
  std::string ahead_;  // read from stdout and not yet asked for
};

// Runs a command to its end and gives its stdout. Throws, without its arguments, where it fails.
std::string run_command(const Arguments& arguments, const std::filesystem::path& stderr_file);

}  // namespace porchlight::bench
