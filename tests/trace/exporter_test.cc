// The exporter over a real socket, with a collector that does not answer.
#include "trace/exporter.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace porchlight::trace {
namespace {

// A listening socket on loopback. What connects is accepted by the test.
class SilentCollector {
 public:
  SilentCollector() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(fd_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::listen(fd_, 1), 0);
    EXPECT_EQ(::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    port_ = ntohs(address.sin_port);
  }
  ~SilentCollector() { close(); }
  std::string endpoint() const { return "http://127.0.0.1:" + std::to_string(port_) + "/otlp/"; }
  // Waits for a post; returns the connection and the beginning of what it has sent.
  std::pair<int, std::string> accept() const {
    const int connection = ::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC);
    char begin[64] = "";
    EXPECT_GT(::recv(connection, begin, sizeof begin - 1, 0), 0);
    return {connection, begin};
  }
  // From now on connections are refused.
  void close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }

 private:
  int fd_;
  std::uint16_t port_ = 0;
};

EndedSpan some_span(Random& random) {
  return OpenSpan(std::nullopt, random).end(SpanKind::kInternal, "commit");
}

// A flood of sampled requests takes no more memory than the queue, and each span that is lost is counted.
TEST(SpanExporter, DropsAndCountsWhatASlowCollectorLeaves) {
  constexpr std::size_t kBeyond = 100;
  Random random;
  SilentCollector collector;
  SpanExporter exporter({.endpoint = collector.endpoint(), .percent = 0, .version = "1"});
  for (std::size_t i = 0; i < kSpansPerPost; ++i) exporter.add(some_span(random));
  const auto [connection, begin] = collector.accept();
  EXPECT_TRUE(begin.starts_with("POST /otlp/v1/traces HTTP/")) << begin;
  for (std::size_t i = 0; i < kWaitingSpansMax + kBeyond; ++i) exporter.add(some_span(random));
  EXPECT_GE(exporter.dropped().value(), kBeyond) << "or more, if the post has timed out by now";
  EXPECT_EQ(exporter.sent().value(), 0u);
  collector.close();
  ::close(connection);
}

}  // namespace
}  // namespace porchlight::trace
