// Signals are blocked in all threads and received with sigwaitinfo, so that no code runs in a signal handler.
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

ReceivedSignal wait_for_signal() {
  const sigset_t set = signals_of({SIGTERM, SIGINT, SIGHUP});
  siginfo_t received{};
  while (::sigwaitinfo(&set, &received) < 0) {
  }
  if (received.si_signo == SIGHUP) return {SignalRequest::kReload, received.si_uid};
  ::signal(SIGTERM, SIG_DFL);
  ::signal(SIGINT, SIG_DFL);
  const sigset_t stopping = signals_of({SIGTERM, SIGINT});
  ::pthread_sigmask(SIG_UNBLOCK, &stopping, nullptr);
  return {SignalRequest::kStop, received.si_uid};
}

}  // namespace porchlight::server
