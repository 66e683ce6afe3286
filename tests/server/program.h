// Runs the built `porchlight` with arguments, and captures its exit code and output.
#pragma once

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

namespace porchlight::server {

// The path of the program that was built with this test.
inline std::filesystem::path program() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path().parent_path() / "porchlight";
}

// The outcome of a command.
struct Ran {
  int code;
  std::string out;
  std::string err;
};

// A child with its stdout and stderr on pipes.
class Child {
 public:
  explicit Child(const std::vector<std::string>& args) {
    int out[2], err[2];
    if (::pipe2(out, O_CLOEXEC) != 0 || ::pipe2(err, O_CLOEXEC) != 0) ::abort();
    pid_ = ::fork();
    if (pid_ == 0) {
      ::dup2(out[1], STDOUT_FILENO);
      ::dup2(err[1], STDERR_FILENO);
      const std::string path = program();
      std::vector<char*> argv = {const_cast<char*>(path.c_str())};
      for (const std::string& arg : args) argv.push_back(const_cast<char*>(arg.c_str()));
      argv.push_back(nullptr);
      ::execv(path.c_str(), argv.data());
      ::_exit(127);
    }
    ::close(out[1]);
    ::close(err[1]);
    out_ = out[0];
    err_ = err[0];
  }
  ~Child() {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      wait();
    }
    ::close(out_);
    ::close(err_);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  // The next line of stdout without its line end; empty at the end.
  std::string line() {
    std::string text;
    for (char c; ::read(out_, &c, 1) == 1 && c != '\n';) text.push_back(c);
    return text;
  }
  std::string rest_of_out() { return all(out_); }
  std::string rest_of_err() { return all(err_); }
  // Whether it has not ended; its exit code stays for wait().
  bool is_running() const {
    siginfo_t ended{};
    return ::waitid(P_PID, static_cast<id_t>(pid_), &ended, WEXITED | WNOHANG | WNOWAIT) == 0 &&
           ended.si_pid == 0;
  }
  void signal(int which) { ::kill(pid_, which); }
  // Waits for the end. Returns the exit code, or minus the signal that ended it.
  int wait() {
    int status = 0;
    ::waitpid(pid_, &status, 0);
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }

 private:
  static std::string all(int fd) {
    std::string text;
    char block[4096];
    for (ssize_t n; (n = ::read(fd, block, sizeof(block))) > 0;) text.append(block, n);
    return text;
  }
  pid_t pid_;
  int out_;
  int err_;
};

// Runs a command to its end. Its stderr must fit into a pipe buffer.
inline Ran run_program(const std::vector<std::string>& args) {
  Child child(args);
  std::string out = child.rest_of_out();
  std::string err = child.rest_of_err();
  return {child.wait(), std::move(out), std::move(err)};
}

}  // namespace porchlight::server
