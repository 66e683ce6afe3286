// Memory for what is read at random: cut from large pages, where the system has them, so that a read waits
// for the memory and not also for where the memory is.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <vector>

namespace porchlight::state {

// Gives and never takes back: what it gave is freed with it.
class LargePages {
 public:
  LargePages() = default;
  LargePages(const LargePages&) = delete;
  LargePages& operator=(const LargePages&) = delete;

  // `bytes` of memory, at most kPage, aligned to a cache line as long as every size asked for is a multiple
  // of one. Any thread. Throws std::bad_alloc.
  void* allocate(std::size_t bytes);

  static constexpr std::size_t kPage = std::size_t{2} << 20;  // the size of x86-64 and 64-bit ARM

 private:
  struct PageDeleter {
    void operator()(std::byte* page) const { std::free(page); }
  };
  std::mutex mutex_;
  std::vector<std::unique_ptr<std::byte[], PageDeleter>> pages_;  // guarded by mutex_
  std::size_t used_ = kPage;                                      // of the last one; guarded by mutex_
};

}  // namespace porchlight::state
