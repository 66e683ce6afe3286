// The memory of the HTTP/2 streams of a loop: what an ended stream leaves is used by the next one, so that a request
// allocates nothing.
#pragma once

#include <nghttp2/nghttp2.h>

#include <array>
#include <cstddef>
#include <memory_resource>
#include <string>
#include <vector>

namespace porchlight::http {

// As a resource it is for small objects, aligned as operator new aligns. On the loop's thread.
class StreamMemory final : public std::pmr::memory_resource {
 public:
  // Larger blocks come from the system each time.
  static constexpr std::size_t kBlockBytesMax = 4096;
  // Free blocks that are kept, in bytes.
  static constexpr std::size_t kFreeBytesMax = 64 * 1024;
  // Free buffers that are kept: so many, with so many bytes in all.
  static constexpr std::size_t kBuffersMax = 32;
  static constexpr std::size_t kBuffersBytesMax = 1024 * 1024;
  static constexpr std::size_t kSlackBytes = 2048;

  StreamMemory() : library_(make_library()) {}
  ~StreamMemory() override;
  StreamMemory(const StreamMemory&) = delete;
  StreamMemory& operator=(const StreamMemory&) = delete;

  // The same for nghttp2, as long as this exists.
  nghttp2_mem& library() { return library_; }

  // Whether a buffer is not much larger than what is in it. A stream may keep its buffers for as long as its client
  // likes, and counts for the bytes in them.
  static bool is_tight(std::size_t capacity, std::size_t bytes) {
    return capacity <= 2 * bytes + kSlackBytes;
  }
  // An empty string for so many bytes, and its way back. Its capacity is that of an earlier one, if a tight one is
  // kept.
  std::string take_buffer(std::size_t bytes);
  void give_buffer(std::string&& buffer);

 private:
  struct FreeBlock {
    FreeBlock* next;
  };
  static constexpr std::size_t kUnit = sizeof(FreeBlock);
  static std::size_t units_of(std::size_t bytes) { return (bytes + kUnit - 1) / kUnit; }

  nghttp2_mem make_library();
  void* do_allocate(std::size_t bytes, std::size_t alignment) override;
  void do_deallocate(void* memory, std::size_t bytes, std::size_t alignment) override;
  bool do_is_equal(const memory_resource& other) const noexcept override { return this == &other; }

  std::array<FreeBlock*, kBlockBytesMax / kUnit + 1> free_{};  // by their size in units
  std::size_t free_bytes_ = 0;                                 // of all of them
  nghttp2_mem library_;
  std::vector<std::string> buffers_;
  std::size_t buffers_bytes_ = 0;  // the capacity of all of them
};

}  // namespace porchlight::http
