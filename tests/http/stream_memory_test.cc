// Tests of the memory of HTTP/2 streams: what is given back is used again, up to its limits.
#include "http/stream_memory.h"

#include <gtest/gtest.h>
#include <malloc.h>

#include <array>
#include <cstring>
#include <string>
#include <utility>

namespace porchlight::http {
namespace {

// Bytes that the program has allocated. Always the same under a sanitizer, so that these tests then show nothing.
std::size_t heap_bytes() { return ::mallinfo2().uordblks; }

TEST(StreamMemory, KeepsBlocksUpToASize) {
  for (const std::size_t bytes : {StreamMemory::kBlockBytesMax, StreamMemory::kBlockBytesMax + 1}) {
    StreamMemory memory;
    void* const block = memory.allocate(bytes);
    const std::size_t used = heap_bytes();
    memory.deallocate(block, bytes);
    if (bytes > StreamMemory::kBlockBytesMax) {
      EXPECT_LE(heap_bytes(), used) << bytes;
      continue;
    }
    EXPECT_EQ(heap_bytes(), used) << bytes;
    void* const again = memory.allocate(bytes);
    EXPECT_EQ(heap_bytes(), used) << bytes;
    memory.deallocate(again, bytes);
  }
}

TEST(StreamMemory, KeepsALimitedNumberOfBytes) {
  constexpr std::size_t kBlock = 4096, kBlocks = 2 * StreamMemory::kFreeBytesMax / kBlock;
  StreamMemory memory;
  const std::size_t before = heap_bytes();
  std::array<void*, kBlocks> blocks{};
  for (void*& block : blocks) block = memory.allocate(kBlock);
  for (void* const block : blocks) memory.deallocate(block, kBlock);
  EXPECT_LE(heap_bytes() - before, StreamMemory::kFreeBytesMax + 16 * kBlocks);
}

TEST(StreamMemory, ServesTheLibrary) {
  StreamMemory memory;
  nghttp2_mem& library = memory.library();
  library.free(nullptr, library.mem_user_data);
  char* text = static_cast<char*>(library.realloc(nullptr, 6, library.mem_user_data));
  std::memcpy(text, "hello", 6);
  text = static_cast<char*>(library.realloc(text, 5000, library.mem_user_data));
  EXPECT_STREQ(text, "hello");
  library.free(text, library.mem_user_data);
  // The block that "hello" was in is used again, and cleared.
  char* const zeros = static_cast<char*>(library.calloc(2, 3, library.mem_user_data));
  EXPECT_EQ(std::string(zeros, 6), std::string(6, '\0'));
  library.free(zeros, library.mem_user_data);
}

TEST(StreamMemory, KeepsBuffers) {
  StreamMemory memory;
  memory.give_buffer(std::string(1000, 'a'));
  memory.give_buffer("short");  // has no memory of its own
  const std::string buffer = memory.take_buffer(1000);
  EXPECT_TRUE(buffer.empty());
  EXPECT_GE(buffer.capacity(), 1000u);
  EXPECT_LT(memory.take_buffer(1000).capacity(), 1000u);
}

// A stream counts for the bytes in its buffers, so it must not keep a buffer for many more.
TEST(StreamMemory, GivesNoLargeBufferForFewBytes) {
  constexpr std::size_t kFew = 100, kMost = 2 * kFew + StreamMemory::kSlackBytes;
  EXPECT_TRUE(StreamMemory::is_tight(kMost, kFew));
  EXPECT_FALSE(StreamMemory::is_tight(kMost + 1, kFew));
  StreamMemory memory;
  std::string large;
  large.reserve(kMost + 1);
  memory.give_buffer(std::move(large));
  memory.give_buffer(std::string(1000, 'a'));
  EXPECT_LE(memory.take_buffer(kFew).capacity(), kMost);
  EXPECT_LT(memory.take_buffer(kFew).capacity(), 100u) << "only the large one is left";
  EXPECT_GT(memory.take_buffer(kMost).capacity(), kMost);
}

// How many buffers come back of so many with that capacity.
std::size_t kept_buffers(std::size_t count, std::size_t capacity) {
  StreamMemory memory;
  for (std::size_t i = 0; i < count; ++i) {
    std::string buffer;
    buffer.reserve(capacity);
    memory.give_buffer(std::move(buffer));
  }
  std::size_t kept = 0;
  while (memory.take_buffer(capacity).capacity() >= capacity) ++kept;
  return kept;
}

TEST(StreamMemory, KeepsALimitedNumberOfBuffers) {
  EXPECT_EQ(kept_buffers(StreamMemory::kBuffersMax, 100), StreamMemory::kBuffersMax);
  EXPECT_EQ(kept_buffers(StreamMemory::kBuffersMax + 1, 100), StreamMemory::kBuffersMax);
  EXPECT_EQ(kept_buffers(4, StreamMemory::kBuffersBytesMax / 4), 4u);
  EXPECT_EQ(kept_buffers(5, StreamMemory::kBuffersBytesMax / 4), 4u);
}

}  // namespace
}  // namespace porchlight::http
