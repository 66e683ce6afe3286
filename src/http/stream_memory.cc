// A list of free blocks for each size. std::pmr's pool takes a sixth more for the same streams, because it has few
// sizes and takes many blocks at once, and far more instructions (docs/decisions/0013-http2.md). nghttp2 frees without
// a size, as the C library does, so each of its blocks begins with it.
#include "http/stream_memory.h"

#include <sanitizer/asan_interface.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

#include "base/check.h"

namespace porchlight::http {
namespace {

// The size of a block of nghttp2 stands here, before its memory. No type of nghttp2 is aligned more than a number.
constexpr std::size_t kHeadBytes = sizeof(std::size_t);

std::size_t size_of(void* memory) {
  std::size_t bytes = 0;
  std::memcpy(&bytes, static_cast<char*>(memory) - kHeadBytes, sizeof bytes);
  return bytes;
}

void* allocate(std::size_t bytes, void* user) {
  try {
    char* const block = static_cast<char*>(static_cast<StreamMemory*>(user)->allocate(bytes + kHeadBytes));
    std::memcpy(block, &bytes, sizeof bytes);
    return block + kHeadBytes;
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

void free_block(void* memory, void* user) {
  if (memory == nullptr) return;
  static_cast<StreamMemory*>(user)->deallocate(static_cast<char*>(memory) - kHeadBytes,
                                               size_of(memory) + kHeadBytes);
}

// The library multiplies small numbers: no overflow.
void* allocate_zeros(std::size_t count, std::size_t bytes, void* user) {
  void* const memory = allocate(count * bytes, user);
  return memory == nullptr ? nullptr : std::memset(memory, 0, count * bytes);
}

void* reallocate(void* memory, std::size_t bytes, void* user) {
  void* const grown = allocate(bytes, user);
  if (grown == nullptr || memory == nullptr) return grown;
  std::memcpy(grown, memory, std::min(bytes, size_of(memory)));
  free_block(memory, user);
  return grown;
}

}  // namespace

StreamMemory::~StreamMemory() {
  for (FreeBlock* first : free_)
    while (first != nullptr) ::operator delete(std::exchange(first, first->next));
}

nghttp2_mem StreamMemory::make_library() {
  return {this, http::allocate, free_block, allocate_zeros, reallocate};
}

void* StreamMemory::do_allocate(std::size_t bytes, std::size_t alignment) {
  CHECK(alignment <= std::size_t{__STDCPP_DEFAULT_NEW_ALIGNMENT__});
  const std::size_t units = units_of(bytes);
  if (units >= free_.size() || free_[units] == nullptr) return ::operator new(units* kUnit);
  free_bytes_ -= units * kUnit;
  FreeBlock* const block = std::exchange(free_[units], free_[units]->next);
  ASAN_UNPOISON_MEMORY_REGION(block, units * kUnit);
  return block;
}

void StreamMemory::do_deallocate(void* memory, std::size_t bytes, std::size_t) {
  const std::size_t units = units_of(bytes);
  if (units == 0 || units >= free_.size() || free_bytes_ + units * kUnit > kFreeBytesMax)
    return ::operator delete(memory);
  free_bytes_ += units * kUnit;
  free_[units] = new (memory) FreeBlock{free_[units]};
  // The address sanitizer reports a use of a free block, as it does without this list.
  ASAN_POISON_MEMORY_REGION(free_[units] + 1, (units - 1) * kUnit);
}

// The largest tight one: so a body of the same size finds the buffer of the last one.
std::string StreamMemory::take_buffer(std::size_t bytes) {
  std::string* best = nullptr;
  for (std::string& buffer : buffers_)
    if (is_tight(buffer.capacity(), bytes) && (best == nullptr || buffer.capacity() > best->capacity()))
      best = &buffer;
  if (best == nullptr) return {};
  best->swap(buffers_.back());
  std::string taken = std::move(buffers_.back());
  buffers_.pop_back();
  buffers_bytes_ -= taken.capacity();
  return taken;
}

void StreamMemory::give_buffer(std::string&& buffer) {
  std::string given = std::move(buffer);
  const bool has_memory = given.capacity() > std::string().capacity();
  if (!has_memory || buffers_.size() == kBuffersMax || buffers_bytes_ + given.capacity() > kBuffersBytesMax)
    return;
  given.clear();
  buffers_.reserve(kBuffersMax);
  buffers_bytes_ += given.capacity();
  buffers_.push_back(std::move(given));
}

}  // namespace porchlight::http
