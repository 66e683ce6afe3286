// A bump allocator: the rest of a page that is too small for the next allocation is lost, at most one slab per page.
#include "state/large_pages.h"

#include <sys/mman.h>

#include <new>

#include "base/check.h"

namespace porchlight::state {

void* LargePages::allocate(std::size_t bytes) {
  CHECK(bytes <= kPage);
  const MutexLock lock(mutex_);
  if (bytes > kPage - used_) {
    std::unique_ptr<std::byte[], PageDeleter> page(static_cast<std::byte*>(std::aligned_alloc(kPage, kPage)));
    if (!page) throw std::bad_alloc();
    ::madvise(page.get(), kPage, MADV_HUGEPAGE);  // a hint: the system may give small pages
    pages_.push_back(std::move(page));
    used_ = 0;
  }
  void* const taken = pages_.back().get() + used_;
  used_ += bytes;
  return taken;
}

}  // namespace porchlight::state
