#include "process.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "support/http_client.h"

namespace porchlight {
namespace {

struct Pipe {
  int read = -1, write = -1;
  Pipe() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
    read = ends[0], write = ends[1];
  }
};

// Starts the program with these descriptors as 0, 1 and 2.
pid_t start(const std::vector<std::string>& arguments, int in, int out, int err,
            const std::vector<std::string>& environment = {}) {
  std::vector<std::string> all{PORCHLIGHT_BINARY};
  all.insert(all.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& argument : all) argv.push_back(argument.data());
  argv.push_back(nullptr);
  std::vector<char*> names;
  for (char** at = environ; *at; ++at) names.push_back(*at);
  for (const std::string& name : environment) names.push_back(const_cast<char*>(name.c_str()));
  names.push_back(nullptr);
  const pid_t pid = ::fork();
  if (pid != 0) return pid;
  ::dup2(in, 0), ::dup2(out, 1), ::dup2(err, 2);
  ::execve(argv[0], argv.data(), names.data());
  ::_exit(127);
}

std::optional<int> exit_code_of(pid_t pid) {
  int status = 0;
  ::waitpid(pid, &status, 0);
  if (WIFEXITED(status)) return WEXITSTATUS(status);
  return std::nullopt;
}

// Reads both descriptors to the end.
void drain(int first, std::string& first_text, int second, std::string& second_text) {
  pollfd fds[] = {{first, POLLIN, 0}, {second, POLLIN, 0}};
  std::string* texts[] = {&first_text, &second_text};
  int open = 2;
  while (open > 0) {
    ::poll(fds, 2, -1);
    for (int i = 0; i < 2; ++i) {
      if (fds[i].fd < 0 || fds[i].revents == 0) continue;
      char buffer[4096];
      const ssize_t got = ::read(fds[i].fd, buffer, sizeof buffer);
      if (got > 0) {
        texts[i]->append(buffer, static_cast<std::size_t>(got));
      } else {
        fds[i].fd = -1;
        --open;
      }
    }
  }
}

}  // namespace

std::string program_path() { return PORCHLIGHT_BINARY; }

TempFolder::TempFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "porchlight-system-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
  path_ = name;
}

TempFolder::~TempFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

Finished run(const std::vector<std::string>& arguments, std::string_view input,
             const std::vector<std::string>& environment) {
  Pipe in, out, err;
  const pid_t pid = start(arguments, in.read, out.write, err.write, environment);
  ::close(in.read), ::close(out.write), ::close(err.write);
  if (::write(in.write, input.data(), input.size()) < 0) ADD_FAILURE() << "cannot write to the command";
  ::close(in.write);
  Finished finished{};
  drain(out.read, finished.out, err.read, finished.err);
  ::close(out.read), ::close(err.read);
  finished.exit_code = exit_code_of(pid).value_or(-1);
  return finished;
}

std::string line_of(const std::vector<std::string>& arguments) {
  const Finished finished = run(arguments);
  EXPECT_EQ(finished.exit_code, 0) << arguments[0] << ": " << finished.err;
  return finished.out.substr(0, finished.out.find('\n'));
}

bool run_until(const std::vector<std::string>& arguments, const std::function<bool()>& is_time) {
  const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  const pid_t pid = start(arguments, null, null, null);
  ::close(null);
  siginfo_t ended{};
  while (!is_time()) {
    if (::waitid(P_PID, static_cast<id_t>(pid), &ended, WEXITED | WNOHANG | WNOWAIT) != 0 ||
        ended.si_pid != 0)
      break;
  }
  ::kill(pid, SIGKILL);
  return !exit_code_of(pid).has_value();
}

TestTenant::TestTenant(const std::filesystem::path& folder) : data(folder.string()) {
  const auto json = [](const Finished& finished, std::string_view pointer) {
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    return Answer{.status = 0, .headers = {}, .body = finished.out}.at(pointer);
  };
  EXPECT_EQ(run({"init", "--data", data}).exit_code, 0);
  EXPECT_EQ(run({"tenant", "add", "--data", data, "--name", "Contoso"}).exit_code, 0);
  user = json(run({"user", "add", "--data", data, "--upn", "ana@contoso.example", "--name", "Ana", "--json"}),
              "/id");
  app = json(
      run({"app", "add", "--data", data, "--name", "Desk", "--role", "Presence.ReadWrite.All", "--json"}),
      "/appId");
  token = line_of({"token", "--data", data, "--app", app, "--expires", "2000d"});
}

ServerProcess::ServerProcess(const std::filesystem::path& data, std::vector<std::string> options,
                             const std::vector<std::string>& environment) {
  std::vector<std::string> arguments{"serve",     "--data", data.string(), "--listen", "127.0.0.1:0",
                                     "--threads", "2"};
  arguments.insert(arguments.end(), options.begin(), options.end());
  Pipe out;
  log_file_ = data.parent_path() / "serve.log";
  const int null = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  const int log = ::open(log_file_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  pid_ = start(arguments, null, out.write, log, environment);
  ::close(null), ::close(log), ::close(out.write);
  out_ = out.read;
  std::string text;
  std::size_t at;
  while ((at = text.find("127.0.0.1:")) == std::string::npos || text.find('\n', at) == std::string::npos) {
    char buffer[512];
    const ssize_t got = ::read(out_, buffer, sizeof buffer);
    if (got <= 0) {
      std::ifstream file(log_file_);
      std::stringstream said;
      said << file.rdbuf();
      throw std::runtime_error("the server did not start: " + said.str());
    }
    text.append(buffer, static_cast<std::size_t>(got));
  }
  port_ = static_cast<std::uint16_t>(std::stoi(text.substr(at + 10)));
}

ServerProcess::~ServerProcess() {
  if (pid_ > 0) stop(SIGKILL);
  ::close(out_);
}

bool ServerProcess::is_running() {
  if (pid_ > 0 && ::waitpid(pid_, nullptr, WNOHANG) == pid_) pid_ = -1;
  return pid_ > 0;
}

std::optional<int> ServerProcess::stop(int signal) {
  if (pid_ <= 0) return std::nullopt;
  ::kill(pid_, signal);
  return exit_code_of(std::exchange(pid_, -1));
}

}  // namespace porchlight
