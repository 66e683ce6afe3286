// A whole server in the test's process: real sockets on loopback, real tokens, a clock that stands still, and
// a log in memory. Two tenants: Contoso (ana, ben, 'cleo') and Fabrikam (zoe).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "graph/gate/graph_handler.h"
#include "support/fake_webhook_client.h"
#include "support/http_client.h"
#include "throttle/quota.h"

namespace porchlight::graph {

inline const Guid kContoso = *parse_guid("c0000000-0000-4000-8000-000000000001");
inline const Guid kFabrikam = *parse_guid("f0000000-0000-4000-8000-000000000001");
inline const Guid kAna = *parse_guid("a0000000-0000-4000-8000-00000000000a");
inline const std::string kAnaPath = "/v1.0/users/" + to_string(kAna) + "/presence";
inline const Guid kBen = *parse_guid("b0000000-0000-4000-8000-00000000000b");
inline const Guid kCleo = *parse_guid("c1000000-0000-4000-8000-00000000000c");
inline const Guid kZoe = *parse_guid("d0000000-0000-4000-8000-00000000000d");
inline const Guid kAppA = *parse_guid("aaaaaaaa-0000-4000-8000-000000000001");
inline const Guid kAppB = *parse_guid("bbbbbbbb-0000-4000-8000-000000000002");
inline const Guid kClientApp = *parse_guid("cccccccc-0000-4000-8000-000000000003");

const presence::Visibility kHidden{presence::VisibleTo::kNobody, presence::OthersSee::kHidden, {}, {}};

// What a token says; minted with the server's own key.
struct TokenSpec {
  Guid tenant = kContoso;
  Guid app = kAppA;
  std::optional<Guid> user = {};
  std::vector<std::string> scopes = {};
  std::vector<std::string> roles = {};
  Duration life = std::chrono::hours(24 * 30);
};

// Whether it is the handshake's, not a notification.
bool is_validation_request(const webhook::Post& post);
// As receivers answer that want what is posted: the server's, until a test says otherwise.
std::optional<webhook::Reply> reply_as_valid_receiver(const webhook::Post& post);

class TestServer {
 public:
  // `public_base`: what links begin with; empty: what the request was sent to.
  explicit TestServer(throttle::Budgets budgets = {{0, std::chrono::seconds(30)},
                                                   {0, std::chrono::seconds(30)},
                                                   {0, std::chrono::seconds(10)}},
                      std::string public_base = {});
  ~TestServer();
  // From now on the server keeps a history. Before the first request.
  void enable_history();

  // From now on there are subscriptions, posted to `poster()`. Before the first request.
  void enable_subscriptions(const NotificationSettings& settings = {});
  webhook::FakeWebhookClient& webhook_client();
  notify::SubscriberView& renderer();
  // What was posted since the last time, once everything due by now is done and what was answered is known;
  // handshakes apart.
  std::vector<webhook::Post> take_posts();
  // How many changes nobody took for so long that they were given up.
  std::size_t dropped() const;
  // As if the server had died, with what it posted unanswered; and as if it was started again, at once or in
  // two steps.
  void stop_subscriptions();
  void restart_subscriptions();
  void open_subscriptions();   // it serves
  void start_subscriptions();  // ... and knows its subscriptions

  // As if the server had died and was started again: what it knows is read from its log. Its port is another.
  void restart();

  std::string token(const TokenSpec& spec) const;
  // Tokens that tests need all the time.
  std::string reader() const { return token({.roles = {"Presence.Read.All"}}); }
  std::string writer(const Guid& app = kAppA) const {
    return token({.app = app, .roles = {"Presence.ReadWrite.All"}});
  }
  std::string user(const Guid& user, std::vector<std::string> scopes) const {
    return token({.user = user, .scopes = std::move(scopes)});
  }

  // One request on a kept connection. `headers`: lines "Name: value". A token of "" sends no Authorization.
  Answer send(std::string_view method, std::string_view target, std::string_view token,
              std::vector<std::string> headers = {}, std::string_view body = {});
  Answer get(std::string_view target, std::string_view token) { return send("GET", target, token); }
  // A POST with a JSON body.
  Answer post(std::string_view target, std::string_view token, std::string_view body);

  std::uint16_t port() const;
  // A connection beside the kept one.
  std::unique_ptr<HttpClient> connect() const;

  void advance(Duration step);
  // How many wait for somebody's presence, once everything due by now is done.
  std::size_t wait_count();
  // Returns once so many wait.
  void await_wait_count(std::size_t count);
  // As a server does that stops.
  void close_waits();
  // Changes the directory.
  void change(std::vector<state::DirectoryCommand> commands);
  // Adds a person to Contoso; removes one.
  void add_user(const Guid& id, std::string upn);
  void remove_user(const Guid& id);
  // Adds many, named by their ids.
  void add_users(const std::vector<Guid>& ids);
  // Sets whom a person of Contoso lets see them.
  void set_audience(const Guid& id, const presence::Visibility& audience);
  void put_group(const Guid& id, std::vector<Guid> members);
  // Gives Contoso these settings.
  void set_contoso(const directory::TenantSettings& settings);
  // From now on there is no room for what is kept of subscriptions, or there is again.
  void fill_disk(bool full);
  // From now on the log fails every append, or works again.
  void break_log(bool broken);

 private:
  struct DurableState;
  struct Impl;
  std::unique_ptr<DurableState> durable_;
  std::unique_ptr<Impl> impl_;
};

}  // namespace porchlight::graph
