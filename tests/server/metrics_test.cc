// The page of metrics: what is on it, and how many series there can be.
#include <gmock/gmock.h>

#include <algorithm>
#include <memory>
#include <set>

#include "graph/gate/routes.h"
#include "server/metrics_page.h"
#include "server/route_numbers.h"
#include "server/server.h"
#include "small_client.h"
#include "support/temp_folder.h"

namespace porchlight::server {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

// The number of series that docs/metrics.md promises.
constexpr std::ptrdiff_t kSeriesMax = 3000;

std::ptrdiff_t series(const std::string& page) {
  return std::ranges::count(page, '\n') - std::ranges::count(page, '#');
}

// Transitions that are counted once each of them has happened by each cause.
std::ptrdiff_t transitions() {
  std::set<std::string_view> availabilities;
  for (const presence::State state : presence::documented_states())
    if (state != presence::kPresenceUnknown) availabilities.insert(state.availability());  // it cannot be set
  const auto count = std::ssize(availabilities);
  return count * (count - 1) * static_cast<std::ptrdiff_t>(state::WriterCounters::kTransitionCauses);
}

class MetricsTest : public testing::Test {
 protected:
  void SetUp() override {
    config_.listen = {"127.0.0.1:0"};
    config_.metrics_listen = "127.0.0.1:0";
    config_.threads = 2;
    ASSERT_TRUE(node::DataFolder::create(temp_ / "data"));
    auto server = Server::start(config_, *node::DataFolder::open(temp_ / "data"), std::nullopt);
    ASSERT_TRUE(server) << server.error();
    server_ = *std::move(server);
  }
  std::string ask_metrics(const std::string& method, const std::string& path) {
    const std::string& url = server_->metrics_url();
    return ask(url.substr(0, url.rfind('/')), method, path);
  }

  TempFolder temp_;
  node::Config config_;
  std::unique_ptr<Server> server_;
};

// Every route answers more statuses than are counted, and everything else is as a server shows it.
TEST_F(MetricsTest, BoundsTheNumberOfSeries) {
  const auto loop = std::make_unique<http::LoopCounters>();
  metrics::Exposition idle;
  add_http(idle, {loop.get()});  // what a page has of a loop anyway
  for (std::size_t route = 0; route < route_numbers_end(); ++route) {
    loop->routes[route].times.add_to(0, 1);
    for (int status = 200; status < 220; ++status) loop->routes[route].count(status);
  }
  metrics::Exposition full;
  add_http(full, {loop.get()});
  const std::ptrdiff_t of_http = series(full.text()) - series(idle.text());
  EXPECT_GT(of_http, 2000);
  const std::string page = ask_metrics("GET", "/metrics");
  EXPECT_LE(of_http + transitions() + series(page.substr(page.find("\r\n\r\n"))), kSeriesMax);
}

TEST_F(MetricsTest, ListenerServesNothingElse) {
  EXPECT_THAT(ask_metrics("GET", "/metrics"),
              AllOf(StartsWith("HTTP/1.1 200 "), HasSubstr("text/plain; version=0.0.4"),
                    HasSubstr("\nporchlight_log_healthy 1\n"), HasSubstr("\nporchlight_ready 1\n"),
                    HasSubstr("\nporchlight_clock_backward_total 0\n"),
                    HasSubstr("\nporchlight_sign_in_total{result=\"ok\"} 0\n"),
                    HasSubstr("\nporchlight_worker_queue{worker=\"passwords\"} 0\n"),
                    HasSubstr("porchlight_connections{door=\"metrics\"} 1")));
  for (const char* const path :
       {"/", "/healthz", "/readyz", "/admin", "/v1.0/me", "/scim/v2/Users", "/metrics/"})
    EXPECT_THAT(ask_metrics("GET", path), StartsWith("HTTP/1.1 404 ")) << path;
  EXPECT_THAT(ask_metrics("POST", "/metrics"), StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(ask_metrics("POST", "/admin"), StartsWith("HTTP/1.1 404 "));
}

TEST_F(MetricsTest, AreOnTheAdminSocketAndNotOnPublicListeners) {
  EXPECT_THAT(ask_socket(temp_ / "data" / "admin.sock", "GET", "/metrics", ""),
              AllOf(StartsWith("HTTP/1.1 200 "), HasSubstr("porchlight_people 0")));
  EXPECT_THAT(ask(server_->urls().front(), "GET", "/metrics"), Not(HasSubstr("porchlight_people")));
}

TEST(RouteName, IsThePatternOfTheTable) {
  EXPECT_EQ(route_name(0).route, "_OTHER");
  EXPECT_EQ(route_name(1).route, "/{version}/users/{id}/presence");
  EXPECT_EQ(route_name(1).method, "GET");
  EXPECT_EQ(route_name(graph::routes().back().number).route, "/porchlight/v1/admin");
  EXPECT_EQ(route_name(number_of(OtherRoute::kHealth)).route, "/healthz, /readyz");
  EXPECT_EQ(route_name(number_of(OtherRoute::kMetrics)).route, "/metrics");
  EXPECT_LT(route_numbers_end(), http::kRoutesMax);
}

}  // namespace
}  // namespace porchlight::server
