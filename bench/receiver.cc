// A fast receiver of change notifications on the server's own HTTP module: it counts posts and accepts them at once.
//
//     bench_receiver DIR HOSTS
//
// Accepts posts over https at HOSTS addresses from 127.0.0.1 on, each of which is a host to the sender, with a
// certificate of the CA that it writes to DIR/ca.pem. Prints on stdout its address for queries, then the port for
// posts. GET /taken: the number of posts and items, and the time of the last one (ns of the steady clock). GET /last:
// the body of the last post.
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <vector>

#include "base/clock.h"
#include "base/percent.h"
#include "http/listen.h"
#include "http/loop.h"
#include "http/tls.h"

namespace porchlight::bench {
namespace {

constexpr std::string_view kItem = "\"subscriptionId\"";
constexpr std::string_view kToken = "validationToken=";

class CountingReceiver final : public http::Handler {
 public:
  http::Admission admit(const http::Request&, std::int64_t, http::Response&) override { return true; }
  void refuse(int, std::string_view, http::Response&) override {}
  http::HandleResult handle(const http::Request& request, http::Response& response, http::Exchange) override {
    response.authenticated = true;
    if (request.listener_kind == http::ListenerKind::kPlain)
      tell(request.path, response);
    else if (const auto token = request.query.find(kToken); token != request.query.npos)
      agree(request.query.substr(token + kToken.size()), response);
    else
      take(request.body, response);
    return http::HandleResult::kNow;
  }

 private:
  void tell(std::string_view path, http::Response& response) const {
    response.body = path == "/last" ? last_ : fmt::format("{} {} {}\n", posts_, items_, last_ns_);
  }

  static void agree(std::string_view token, http::Response& response) {
    response.add("Content-Type", "text/plain");
    percent_decode(token, false, response.body);
  }

  void take(std::string_view body, http::Response& response) {
    response.status = 202;
    last_ns_ = std::chrono::steady_clock::now().time_since_epoch() / std::chrono::nanoseconds(1);
    ++posts_;
    for (auto at = body.find(kItem); at != body.npos; at = body.find(kItem, at + kItem.size())) ++items_;
    last_ = body;
  }

  std::uint64_t posts_ = 0, items_ = 0;
  std::int64_t last_ns_ = 0;
  std::string last_;
};

template <typename T>
T got(std::expected<T, std::string> result) {
  if (!result) throw std::runtime_error(result.error());
  return *std::move(result);
}

int run(const char* folder, int hosts) {
  std::vector<std::string> names;
  for (int host = 1; host <= hosts; ++host) names.push_back(fmt::format("127.0.0.{}", host));
  const auto files = got(http::ensure_self_signed(folder, names));
  auto tls = got(http::TlsContext::load(files.certificate, files.key));

  const int asked = got(http::listen_tcp("127.0.0.1:0"));
  std::vector<http::Listener> listeners = {{asked, http::ListenerKind::kPlain}};
  int port = 0;
  for (const std::string& name : names) {
    listeners.push_back({got(http::listen_tcp(fmt::format("{}:{}", name, port))), http::ListenerKind::kTls});
    port = http::port_of(listeners.back().fd);
  }
  http::Limits limits;
  limits.unauthenticated_per_address = 10'000;
  limits.idle = std::chrono::hours(1);
  const SystemClock clock;
  CountingReceiver receiver;
  http::Loop loop(receiver, clock, limits, http::make_connection_limiter(limits), std::move(tls),
                  std::move(listeners));
  fmt::print("listening on http://127.0.0.1:{}\n{}\n", http::port_of(asked), port);
  std::fflush(stdout);
  loop.run();
  return 0;
}

}  // namespace
}  // namespace porchlight::bench

int main(int argc, char** argv) {
  if (argc == 3 && std::atoi(argv[2]) > 0) return porchlight::bench::run(argv[1], std::atoi(argv[2]));
  std::fputs("usage: bench_receiver DIR HOSTS\n", stderr);
  return 2;
}
