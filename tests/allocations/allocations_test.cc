// The read path allocates nothing: a warm server answers reads and refusals in the buffers that it has. A program of
// its own, because it replaces operator new.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "support/graph/test_server.h"

namespace {

// Of the threads that are counted: all but the test's own, which is the client.
std::atomic<std::size_t> g_allocations{0};
thread_local bool is_client = false;

void* allocate(std::size_t bytes, std::size_t alignment) {
  if (!is_client) g_allocations.fetch_add(1, std::memory_order_relaxed);
  void* const found = std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
  if (found == nullptr) throw std::bad_alloc();
  return found;
}

}  // namespace

void* operator new(std::size_t bytes) { return allocate(bytes, __STDCPP_DEFAULT_NEW_ALIGNMENT__); }
void* operator new(std::size_t bytes, std::align_val_t alignment) {
  return allocate(bytes, static_cast<std::size_t>(alignment));
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }

namespace porchlight::graph {
namespace {

// Sends one request, and returns its answer.
using SendOne = std::function<Answer()>;

class Allocations : public testing::Test {
 protected:
  void SetUp() override { is_client = true; }

  // The allocations of ten requests with that status, after ten others.
  static std::size_t count(const SendOne& send, int status) {
    for (int i = 0; i < 10; ++i) EXPECT_EQ(send().status, status);
    g_allocations = 0;
    for (int i = 0; i < 10; ++i) EXPECT_EQ(send().status, status);
    return g_allocations;
  }
};

TEST_F(Allocations, AreCounted) {
  g_allocations = 0;
  std::jthread([] { delete new int; }).join();
  EXPECT_GT(g_allocations, 0u);
}

TEST_F(Allocations, OfASingleRead) {
  TestServer server;
  const std::string token = server.reader();
  EXPECT_EQ(count([&] { return server.get(kAnaPath, token); }, 200), 0u);
}

TEST_F(Allocations, OfReadsWithOtherTargetsAndRequestIds) {
  TestServer server;
  const std::string token = server.reader();
  int sent = 0;
  const auto send = [&] {
    const Guid& user = ++sent % 2 == 0 ? kAna : kBen;
    const std::string id =
        "client-request-id: 5f2a2d0e-7d6c-4b8e-9a53-" + std::to_string(100'000'000'000 + sent);
    return server.send("GET", "/v1.0/users/" + to_string(user) + "/presence", token, {id});
  };
  EXPECT_EQ(count(send, 200), 0u);
}

TEST_F(Allocations, OfABulkRead) {
  TestServer server;
  const std::string token = server.reader();
  std::string body = R"({"ids":[")" + to_string(kAna) + '"';
  for (int i = 1; i < 650; ++i)
    body += ",\"a1000000-0000-4000-8000-" + std::to_string(100'000'000'000 + i) + '"';
  body += "]}";
  EXPECT_EQ(count([&] { return server.post("/v1.0/communications/getPresencesByUserId", token, body); }, 200),
            0u);
}

TEST_F(Allocations, OfAReadThatIsNotModified) {
  TestServer server;
  const std::string token = server.reader();
  const std::string tag(server.get(kAnaPath, token).header("etag"));
  EXPECT_EQ(count([&] { return server.send("GET", kAnaPath, token, {"If-None-Match: " + tag}); }, 304), 0u);
}

TEST_F(Allocations, OfAReadWithoutAToken) {
  TestServer server;
  EXPECT_EQ(count([&] { return server.get(kAnaPath, ""); }, 401), 0u);
}

TEST_F(Allocations, OfAReadBeyondTheBudget) {
  TestServer server(
      {{1, std::chrono::seconds(30)}, {0, std::chrono::seconds(30)}, {0, std::chrono::seconds(10)}});
  const std::string token = server.reader();
  server.get(kAnaPath, token);
  EXPECT_EQ(count([&] { return server.get(kAnaPath, token); }, 429), 0u);
}

}  // namespace
}  // namespace porchlight::graph
