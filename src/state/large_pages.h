// Memory for data that is read at random, cut from large pages if the system has them. A random read of small pages
// also misses the TLB and waits for the page table; with pages of 2 MiB it waits for the data only.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <vector>

#include "base/mutex.h"

namespace porchlight::state {

// Has no way to free a single allocation: all are freed with the object.
class LargePages {
 public:
  LargePages() = default;
  LargePages(const LargePages&) = delete;
  LargePages& operator=(const LargePages&) = delete;

  // Returns `bytes` of uninitialised memory, at most kPage. It is aligned to a cache line if all sizes allocated so far
  // are multiples of a cache line. May be called on any thread. Throws std::bad_alloc.
  void* allocate(std::size_t bytes);

  static constexpr std::size_t kPage = std::size_t{2} << 20;  // of x86-64 and 64-bit ARM

 private:
  struct PageDeleter {
    void operator()(std::byte* page) const { std::free(page); }
  };
  Mutex mutex_;
  std::vector<std::unique_ptr<std::byte[], PageDeleter>> pages_ ABSL_GUARDED_BY(mutex_);
  std::size_t used_ ABSL_GUARDED_BY(mutex_) = kPage;  // bytes of the last page
};

}  // namespace porchlight::state
