// Runs the built program as a command or as a server, in a temporary folder.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace porchlight {

// A temporary folder, removed by the destructor.
class TempFolder {
 public:
  TempFolder();
  ~TempFolder();
  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(std::string_view name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

// The path of the built program.
std::string program_path();

// The outcome of a command.
struct Finished {
  int exit_code;
  std::string out;
  std::string err;
};

// Runs `porchlight` with these arguments and `input` on stdin, to its end. `environment`: as of ServerProcess.
Finished run(const std::vector<std::string>& arguments, std::string_view input = {},
             const std::vector<std::string>& environment = {});

// The same for a command that must succeed; returns the first line of its stdout.
std::string line_of(const std::vector<std::string>& arguments);

// Starts `porchlight` with these arguments, and kills it as soon as `is_time()` returns true. Returns false if it ended
// before.
bool run_until(const std::vector<std::string>& arguments, const std::function<bool()>& is_time);

// A data folder with a tenant, one user and an application that may write, created by the commands.
struct TestTenant {
  explicit TestTenant(const std::filesystem::path& data);
  std::string data;
  std::string user;  // the user's id
  std::string app;   // the application's id
  std::string
      token;  // of the application; reads and writes all users; valid for years, so also with a manual clock
};

// `porchlight serve`, ready when the constructor returns. The destructor kills it if it still runs.
class ServerProcess {
 public:
  // `environment`: "NAME=value", in addition to that of the test.
  ServerProcess(const std::filesystem::path& data, std::vector<std::string> options = {},
                const std::vector<std::string>& environment = {});
  ~ServerProcess();
  std::uint16_t port() const { return port_; }
  pid_t pid() const { return pid_; }
  // The file with its stderr.
  const std::filesystem::path& log_file() const { return log_file_; }
  // False if it ended by itself, for example by abort().
  bool is_running();
  // Sends the signal and waits for the end. Returns the exit code; nullopt if a signal ended it.
  std::optional<int> stop(int signal);

 private:
  pid_t pid_ = -1;
  int out_ = -1;
  std::uint16_t port_ = 0;
  std::filesystem::path log_file_;
};

}  // namespace porchlight
