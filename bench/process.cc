#include "process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace porchlight::bench {
namespace {

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

// The processors that this process was allowed at its start; children are bound to some of them.
const cpu_set_t& all_processors() {
  static const cpu_set_t kAll = [] {
    cpu_set_t set;
    if (::sched_getaffinity(0, sizeof set, &set) != 0) fail("sched_getaffinity");
    return set;
  }();
  return kAll;
}

cpu_set_t set_of(int processor) {
  if (processor == kAnyProcessor) return all_processors();
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<std::size_t>(processor), &set);
  return set;
}

// Runs in the child between fork and exec: only async-signal-safe calls.
[[noreturn]] void become(char* const* arguments, const cpu_set_t& processors, int out, int stderr_file) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::sched_setaffinity(0, sizeof processors, &processors);
  ::dup2(out, STDOUT_FILENO);
  ::dup2(stderr_file, STDERR_FILENO);
  ::execv(arguments[0], arguments);
  ::_exit(127);
}

}  // namespace

Processors choose_processors() {
  std::vector<int> found;
  for (int i = 0; i < CPU_SETSIZE && found.size() < 2; ++i) {
    if (CPU_ISSET(static_cast<std::size_t>(i), &all_processors())) found.push_back(i);
  }
  return {found.front(), found.back()};
}

void pin_to_processor(int processor) {
  const cpu_set_t set = set_of(processor);
  if (::sched_setaffinity(0, sizeof set, &set) != 0) fail("sched_setaffinity");
}

Process::Process(const Arguments& arguments, int processor, const std::filesystem::path& stderr_file) {
  std::vector<char*> pointers;
  for (const std::string& argument : arguments) pointers.push_back(const_cast<char*>(argument.c_str()));
  pointers.push_back(nullptr);
  const cpu_set_t processors = set_of(processor);
  int pipe[2];
  if (::pipe2(pipe, O_CLOEXEC) != 0) fail("pipe2");
  const int log = ::open(stderr_file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (log < 0) fail("open");
  pid_ = ::fork();
  if (pid_ < 0) fail("fork");
  if (pid_ == 0) become(pointers.data(), processors, pipe[1], log);
  ::close(pipe[1]);
  ::close(log);
  out_ = pipe[0];
}

Process::Process(Process&& other) noexcept
    : pid_(std::exchange(other.pid_, 0)),
      out_(std::exchange(other.out_, -1)),
      ahead_(std::move(other.ahead_)) {}

Process::~Process() {
  kill();
  if (out_ >= 0) ::close(out_);
}

std::string Process::read_line() {
  std::size_t end;
  while ((end = ahead_.find('\n')) == std::string::npos) {
    char bytes[4096];
    const ssize_t got = ::read(out_, bytes, sizeof bytes);
    if (got <= 0) throw std::runtime_error("a program ended before it said that it was ready");
    ahead_.append(bytes, static_cast<std::size_t>(got));
  }
  std::string line = ahead_.substr(0, end);
  ahead_.erase(0, end + 1);
  return line;
}

std::string Process::read_all() {
  std::string all = std::exchange(ahead_, {});
  char bytes[4096];
  for (ssize_t got; (got = ::read(out_, bytes, sizeof bytes)) > 0;)
    all.append(bytes, static_cast<std::size_t>(got));
  return all;
}

std::int64_t Process::cpu_ns() const {
  std::int64_t sum = 0;
  std::error_code gone;
  for (const auto& task : std::filesystem::directory_iterator(fmt::format("/proc/{}/task", pid_), gone)) {
    std::ifstream in(task.path() / "schedstat");
    std::int64_t ns = 0;
    if (in >> ns) sum += ns;
  }
  return sum;
}

std::uint64_t Process::resident_bytes() const {
  std::ifstream in(fmt::format("/proc/{}/status", pid_));
  for (std::string word; in >> word;) {
    std::uint64_t kib = 0;
    if (word == "VmRSS:" && in >> kib) return kib * 1024;
  }
  throw std::runtime_error("a server ended too soon");
}

void Process::stop() {
  if (pid_ == 0) return;
  ::kill(pid_, SIGTERM);
  if (const int code = wait(); code != 0)
    throw std::runtime_error(fmt::format("a server ended with {} when it was asked to stop", code));
}

void Process::kill() {
  if (pid_ == 0) return;
  ::kill(pid_, SIGKILL);
  wait();
}

int Process::wait() {
  int status = 0;
  ::waitpid(std::exchange(pid_, 0), &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

std::string run_command(const Arguments& arguments, const std::filesystem::path& stderr_file) {
  Process process(arguments, kAnyProcessor, stderr_file);
  std::string said = process.read_all();
  if (const int code = process.wait(); code != 0) {
    throw std::runtime_error(fmt::format("{} {} ended with {}", arguments[0], arguments[1], code));
  }
  return said;
}

}  // namespace porchlight::bench
