// Signals are blocked in all threads and received with sigwait, so that no code runs in a signal handler.
#include "server/process.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <initializer_list>

namespace porchlight::server {
namespace {

sigset_t signals_of(std::initializer_list<int> signals) {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : signals) sigaddset(&set, signal);
  return set;
}

}  // namespace

void prepare_process() {
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  ::prctl(PR_SET_DUMPABLE, 0);
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) == 0) {
    files.rlim_cur = files.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &files);
  }
  ::signal(SIGPIPE, SIG_IGN);
  const sigset_t set = signals_of({SIGTERM, SIGINT, SIGHUP});
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

void request_stop() { ::kill(::getpid(), SIGTERM); }

SignalRequest wait_for_signal() {
  const sigset_t set = signals_of({SIGTERM, SIGINT, SIGHUP});
  int which = 0;
  while (::sigwait(&set, &which) != 0) {
  }
  if (which == SIGHUP) return SignalRequest::kReload;
  ::signal(SIGTERM, SIG_DFL);
  ::signal(SIGINT, SIG_DFL);
  const sigset_t stopping = signals_of({SIGTERM, SIGINT});
  ::pthread_sigmask(SIG_UNBLOCK, &stopping, nullptr);
  return SignalRequest::kStop;
}

}  // namespace porchlight::server
