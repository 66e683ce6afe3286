#include "metrics/process.h"

#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace porchlight::metrics {
namespace {

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

void add_memory(Exposition& page) {
  const auto memory = process_memory();
  if (!memory) return;
  page.gauge("process_virtual_memory_bytes", "Virtual memory size.", static_cast<double>(memory->all));
  page.gauge("process_resident_memory_bytes", "Resident memory size.", static_cast<double>(memory->resident));
}

void add_descriptors(Exposition& page) {
  std::error_code error;
  const std::filesystem::directory_iterator open("/proc/self/fd", error);
  if (!error)
    page.gauge("process_open_fds", "Open file descriptors.",
               static_cast<double>(std::distance(begin(open), end(open))));
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0)
    page.gauge("process_max_fds", "Most file descriptors that may be open.",
               static_cast<double>(limit.rlim_cur));
}

}  // namespace

std::optional<ProcessMemory> process_memory() {
  std::ifstream in("/proc/self/statm");
  ProcessMemory pages;
  if (!(in >> pages.all >> pages.resident)) return std::nullopt;
  const auto page_bytes = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  return ProcessMemory{pages.all * page_bytes, pages.resident * page_bytes};
}

void add_process(Exposition& page, Time started) {
  rusage usage{};
  if (::getrusage(RUSAGE_SELF, &usage) == 0)
    page.counter("process_cpu_seconds_total", "Processor time of the process, in user and system mode.",
                 seconds(usage.ru_utime) + seconds(usage.ru_stime));
  add_memory(page);
  add_descriptors(page);
  page.gauge("process_start_time_seconds", "Start of the process, in seconds since 1970.",
             std::chrono::duration<double>(started.time_since_epoch()).count());
}

}  // namespace porchlight::metrics
