// A complete server in the process of the test: real sockets on loopback, real tokens, a manual clock, and a log in
// memory. It has two tenants: Contoso (Ana, Ben, Cleo) and Fabrikam (Zoe).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "graph/gate/graph_handler.h"
#include "state/writer.h"
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

// Visibility that hides a user from everyone else.
const presence::Visibility kHidden{presence::VisibleTo::kNobody, presence::OthersSee::kHidden, {}, {}};

// The claims of a token. An app-only token has no user.
struct TokenSpec {
  Guid tenant = kContoso;
  Guid app = kAppA;
  std::optional<Guid> user = {};
  std::vector<std::string> scopes = {};
  std::vector<std::string> roles = {};
  Duration life = std::chrono::hours(24 * 30);
  Duration issued_after = {};  // the start of the server's clock
};

// Returns true if a post is the validation of a notification URL, not a notification.
bool is_validation_request(const webhook::Post& post);
// The reply of a valid receiver: repeats the validation token, and accepts notifications. The default of the server.
std::optional<webhook::Reply> reply_as_valid_receiver(const webhook::Post& post);

// Functions are to be called on the test's thread; the server has its own threads.
class TestServer {
 public:
  // A budget of 0 is unlimited. Links begin with `public_base`, or with the address of the request if it is empty.
  explicit TestServer(throttle::Budgets budgets = {{0, std::chrono::seconds(30)},
                                                   {0, std::chrono::seconds(30)},
                                                   {0, std::chrono::seconds(10)}},
                      std::string public_base = {});
  ~TestServer();
  // Enables the history. To be called before the first request.
  void enable_history();
  // Adds a history of the same logs in a folder of its own, as that of a second server, and returns its number. That of
  // enable_history() is number 0.
  std::size_t add_history();
  // Answers further requests from the history of this number.
  void use_history(std::size_t number);
  // Deletes the folder of a history, which is built again from the logs.
  void rebuild_history(std::size_t number);
  // Deletes all batches of the logs but the newest `kept` of each shard.
  void trim_logs(std::uint64_t kept);
  // The secret of sealed tokens.
  const std::string& paging_key() const;

  // Enables subscriptions, whose notifications webhook_client() gets. To be called before the first request.
  void enable_subscriptions(const NotificationSettings& settings = {});
  webhook::FakeWebhookClient& webhook_client();
  notify::SubscriberView& renderer();
  // The notifications posted since the last call, without validation requests. Waits until all work that is due has
  // been done and all replies have been processed.
  std::vector<webhook::Post> take_posts();
  // Number of notifications dropped because the receiver failed for too long.
  std::size_t dropped() const;
  // Stops the subscriptions as a crash does: posts on the way get no reply.
  void stop_subscriptions();
  // Starts them again: open_subscriptions() and then start_subscriptions().
  void restart_subscriptions();
  void open_subscriptions();   // opens the store; requests are served
  void start_subscriptions();  // loads the stored subscriptions

  // Restarts the server as after a crash: its state is read from the log again. The port changes.
  void restart();

  // A token signed with the server's own key.
  std::string token(const TokenSpec& spec) const;
  // The tokens that most tests need: an application that reads all presences, one that also writes them, and a user.
  std::string reader() const { return token({.roles = {"Presence.Read.All"}}); }
  std::string writer(const Guid& app = kAppA) const {
    return token({.app = app, .roles = {"Presence.ReadWrite.All"}});
  }
  std::string user(const Guid& user, std::vector<std::string> scopes) const {
    return token({.user = user, .scopes = std::move(scopes)});
  }

  // Sends a request on a persistent connection. `headers` are lines "Name: value". An empty token sends no
  // Authorization.
  Answer send(std::string_view method, std::string_view target, std::string_view token,
              std::vector<std::string> headers = {}, std::string_view body = {});
  Answer get(std::string_view target, std::string_view token) { return send("GET", target, token); }
  // A POST with a JSON body.
  Answer post(std::string_view target, std::string_view token, std::string_view body);

  std::uint16_t port() const;
  // A new connection.
  std::unique_ptr<HttpClient> connect() const;

  // Advances the clock, and does what is due then.
  void advance(Duration step);
  // Number of registered watches, after all work that is due has been done.
  std::size_t wait_count();
  // Waits until there are `count` watches; fails the test after ten seconds.
  void await_wait_count(std::size_t count);
  // Ends all waits as a stopping server does.
  void close_waits();
  // Changes the directory.
  void change(std::vector<state::DirectoryCommand> commands);
  // Revokes what was issued to a user or an application of Contoso until now.
  void revoke(const Guid& subject);
  // Adds a user to Contoso, or removes one.
  void add_user(const Guid& id, std::string upn);
  void remove_user(const Guid& id);
  // Ends the streams of a user of Contoso, as an administrator does.
  void end_streams(const Guid& user);
  // Adds users whose names are made of their ids.
  void add_users(const std::vector<Guid>& ids);
  // The most people that a stream rendered in one call of the watchers' thread.
  std::size_t most_people() const;
  // Streams::delays_by_sse: how many changes were counted, and the sum of their delays.
  std::pair<std::uint64_t, Duration> sse_delays() const;
  // Streams::behind.
  std::uint64_t streams_behind() const;
  // Sets the visibility of a user of Contoso.
  void set_audience(const Guid& id, const presence::Visibility& audience);
  // Creates or replaces a group of Contoso.
  void put_group(const Guid& id, std::vector<Guid> members);
  // Replaces the settings of Contoso.
  void set_contoso(const directory::TenantSettings& settings);
  // Makes the disk of the subscription store full, or writable again.
  void fill_disk(bool full);
  // The pool that reads calendars and dead letters: one thread.
  WorkerPool& worker();
  // Makes the log fail every append, or work again.
  void break_log(bool broken);
  // The same, and as long as it fails, it says so: a command is not decided again.
  void refuse_log(bool refusing);
  // Moves the steady clock of the logs on, by which failures are measured.
  void advance_log(Duration step);
  // Holds presences while the log refuses writes. To be called before the first failure.
  void enable_hold();

 private:
  struct DurableState;
  struct Impl;
  std::unique_ptr<DurableState> durable_;
  std::unique_ptr<Impl> impl_;
};

}  // namespace porchlight::graph
