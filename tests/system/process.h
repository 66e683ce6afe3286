// The built binary run as a command or as a server, in a folder that goes away with the test.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace porchlight {

// A new folder under the system's temporary one, removed at the end.
class TempFolder {
 public:
  TempFolder();
  ~TempFolder();
  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(std::string_view name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

// What a command left.
struct Finished {
  int exit_code;
  std::string out;
  std::string err;
};

// Runs `porchlight` with these arguments to its end, with `input` on its standard input.
Finished run(const std::vector<std::string>& arguments, std::string_view input = {});

// run(), which must succeed; the first line of its output.
std::string line_of(const std::vector<std::string>& arguments);

// A tenant with one person and an application that writes, made by the commands.
struct TestTenant {
  explicit TestTenant(const std::filesystem::path& data);
  std::string data;
  std::string user;  // the person's id
  std::string app;   // the application's id
  std::string
      token;  // application, reads and writes everybody; good for years, so under a manual clock as well
};

// `porchlight serve`, ready when the constructor returns. Ends with SIGKILL if nothing else ended it.
class ServerProcess {
 public:
  ServerProcess(const std::filesystem::path& data, std::vector<std::string> options = {});
  ~ServerProcess();
  std::uint16_t port() const { return port_; }
  pid_t pid() const { return pid_; }
  // Everything on stderr so far is in this file.
  const std::filesystem::path& log_file() const { return log_file_; }
  // Sends the signal and waits for the end; the exit code, or nothing where a signal ended it.
  std::optional<int> stop(int signal);

 private:
  pid_t pid_ = -1;
  int out_ = -1;
  std::uint16_t port_ = 0;
  std::filesystem::path log_file_;
};

}  // namespace porchlight
