// A child process bound to a processor: its output, its cost and its end.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace porchlight::bench {

using Arguments = std::vector<std::string>;

// The processors for servers and for the load; different ones if the machine has two.
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
  // Starts a program, bound to `processor` or to kAnyProcessor. Its stderr is appended to `stderr_file`. It is killed
  // when this process ends.
  Process(const Arguments& arguments, int processor, const std::filesystem::path& stderr_file);
  // Kills it if it still runs.
  ~Process();
  Process(Process&& other) noexcept;
  Process& operator=(Process&&) = delete;

  pid_t pid() const { return pid_; }
  // The next line of its stdout without the line end. Throws at the end.
  std::string read_line();
  // The rest of its stdout.
  std::string read_all();

  // Processor time of its current threads in ns. Differences are right while no thread ends.
  std::int64_t cpu_ns() const;
  std::uint64_t resident_bytes() const;

  // stop() sends SIGTERM and waits; throws if the exit code is not 0. kill() sends SIGKILL and waits. wait() returns
  // the exit code, or minus the signal.
  void stop();
  void kill();
  int wait();

 private:
  pid_t pid_ = 0;
  int out_ = -1;
  std::string ahead_;  // read from stdout but not returned yet
};

// Runs a command to its end and returns its stdout. Throws if it fails; the error does not contain the arguments.
std::string run_command(const Arguments& arguments, const std::filesystem::path& stderr_file);

}  // namespace porchlight::bench
