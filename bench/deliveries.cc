// Change notifications end to end: the server posts over TLS to a fast receiver in another process, and for comparison
// a bare libcurl loop posts the same bytes to the same receiver. Each scene runs with plain and with encrypted content.
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <functional>
#include <map>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "load.h"
#include "measure.h"
#include "people.h"

namespace porchlight::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint64_t kPeople = 20'000;
constexpr std::uint64_t kWatched = 5000;           // users in a scene with many
constexpr std::uint64_t kUnwatchedFirst = 15'000;  // the first user without a watch
constexpr std::size_t kIdsMax = 650;               // ids in one subscription
constexpr std::size_t kUrls = 1000;
constexpr std::size_t kHosts = 50;
constexpr std::size_t kPostsAtOnce = 4;  // posts in flight per host
constexpr std::size_t kRounds = 5;
constexpr std::size_t kChanges = 500;  // whose latency is measured
constexpr std::size_t kConnections = 64;
constexpr long kFloorPosts = 5000, kFloorPostsOfMany = 500;
constexpr auto kPollInterval = std::chrono::microseconds(200);
constexpr auto kTimeout = std::chrono::seconds(60);

std::int64_t now_ns() { return Clock::now().time_since_epoch() / std::chrono::nanoseconds(1); }

std::string id_of(std::uint64_t person) {
  std::string id;
  append_id(id, person);
  return id;
}

void write_file(const std::filesystem::path& file, std::string_view text) {
  std::ofstream(file, std::ios::binary) << text;
}

std::string body_of(const std::string& answer) { return answer.substr(answer.find("\r\n\r\n") + 4); }

// What the receiver got so far.
struct ReceivedCounts {
  std::uint64_t posts = 0, items = 0;
  std::int64_t last_ns = 0;
};

class Receiver {
 public:
  explicit Receiver(const Setting& setting)
      : folder_(setting.folder / "receiver"),
        served_(serve(setting, {setting.tools / "bench_receiver", folder_, std::to_string(kHosts)},
                      setting.processors.load)),
        port_(served_.process.read_line()),
        load_(served_.port, 1) {}

  std::string ca_file() const { return folder_ / "ca.pem"; }
  const std::string& port() const { return port_; }
  std::string url(std::size_t number) const {
    return fmt::format("https://127.0.0.{}:{}/presence/{}", 1 + number % kHosts, port_, number);
  }

  ReceivedCounts received() {
    std::istringstream in(body_of(load_.ask("GET /taken HTTP/1.1\r\nHost: a\r\n\r\n")));
    ReceivedCounts received;
    in >> received.posts >> received.items >> received.last_ns;
    return received;
  }
  std::string last_body() { return body_of(load_.ask("GET /last HTTP/1.1\r\nHost: a\r\n\r\n")); }

  ReceivedCounts await_items(std::uint64_t items) {
    for (const auto end = Clock::now() + kTimeout; Clock::now() < end;
         std::this_thread::sleep_for(kPollInterval))
      if (const ReceivedCounts now = received(); now.items >= items) return now;
    throw std::runtime_error("notifications do not come");
  }

 private:
  const std::filesystem::path folder_;
  Served served_;
  const std::string port_;
  Load load_;
};

// A certificate with a 2048-bit key, as base64 of its DER.
std::string make_certificate(const Setting& setting) {
  const std::filesystem::path key = setting.folder / "key.pem", file = setting.folder / "certificate.pem";
  run_command({"/usr/bin/openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out",
               file, "-days", "2", "-subj", "/CN=receiver"},
              setting.stderr_file());
  std::ifstream in(file);
  std::string base64;
  for (std::string line; std::getline(in, line);)
    if (!line.starts_with("---")) base64 += line;
  return base64;
}

// An application that subscribes, with as many subscriptions as one application may have.
class Subscriber {
 public:
  Subscriber(const Setting& setting, const std::filesystem::path& data, const std::string& name,
             std::string certificate)
      : certificate_(std::move(certificate)) {
    run_command(
        {setting.porchlight, "app", "add", "--data", data, "--name", name, "--role", "Presence.Read.All"},
        setting.stderr_file());
    token_ = run_command({setting.porchlight, "token", "--data", data, "--app", name, "--expires", "24h"},
                         setting.stderr_file());
    while (token_.ends_with('\n')) token_.pop_back();
  }

  void subscribe(Load& load, const std::string& url, const std::vector<std::uint64_t>& people) const {
    std::string ids;
    for (const std::uint64_t person : people)
      ids.append(ids.empty() ? "'" : ",'").append(id_of(person)).append("'");
    const std::string expiry = fmt::format(
        "{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::chrono::system_clock::now() + std::chrono::minutes(59)));
    std::string body = fmt::format(
        R"({{"changeType":"updated","clientState":"of the bench","notificationUrl":"{}","expirationDateTime":"{}")",
        url, expiry);
    body += fmt::format(",\"resource\":\"communications/presences?$filter=id in ({})\"", ids);
    if (!certificate_.empty())
      body += fmt::format(
          R"(,"includeResourceData":true,"encryptionCertificateId":"a","encryptionCertificate":"{}")",
          certificate_);
    body += '}';
    const std::string answer = load.ask_any(
        fmt::format("POST /v1.0/subscriptions HTTP/1.1\r\nHost: presence.example\r\nAuthorization: Bearer "
                    "{}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{}",
                    token_, body.size(), body));
    if (!answer.starts_with("HTTP/1.1 201 ")) throw std::runtime_error("a subscription was refused");
  }

 private:
  const std::string certificate_;
  std::string token_;
};

// A change that causes this many items.
struct Scene {
  std::string name;
  std::uint64_t items;
  std::function<void(bool busy)> change;
  std::size_t urls;
};

struct SceneFigures {
  Samples items_per_second, posts_per_second, cpu_us_per_item, cpu_us_per_post;
};

class Bench {
 public:
  Bench(const Setting& setting, Report& report) : setting_(setting), report_(report), receiver_(setting) {
    const std::filesystem::path data = setting.folder / "subscribed", config = setting.folder / "bench.toml",
                                people = setting.folder / "watched.csv";
    make_data(setting, data);
    write_people(people, kPeople);
    run_command({setting.porchlight, "user", "import", people, "--data", data}, setting.stderr_file());
    requests_.emplace(mint_token(setting, data), kPeople);
    const std::string certificate = make_certificate(setting);
    for (const std::string name : {"Plain many", "Plain one", "Sealed many", "Sealed one"})
      subscribers_.emplace(name, Subscriber(setting, data, name, name[0] == 'S' ? certificate : ""));
    write_file(config, fmt::format("[subscriptions]\napplication_permission = true\nper_owner = 1000\n"
                                   "[webhooks]\nallow_ranges = [\"127.0.0.0/8\"]\nports = [{}]\n"
                                   "ca_file = \"{}\"\n",
                                   receiver_.port(), receiver_.ca_file()));
    server_.emplace(serve_porchlight(setting, data, {"--config", config}));
  }

  void run() {
    for (const bool sealed : {false, true}) {
      many_people(sealed);
      many_urls(sealed);
    }
    latency();
    server_->process.stop();
  }

 private:
  // Sets each user once, alternately to one of two states.
  void set_all(std::uint64_t first, std::uint64_t count, bool busy) {
    std::uint64_t next = 0;
    Load(server_->port, kConnections)
        .run({.append_request =
                  [&](std::string& out) { requests_->append_set(out, first + next++ % count, busy); },
              .requests = count});
  }
  void set_one(Load& load, std::uint64_t person, bool busy) {
    std::string request;
    requests_->append_set(request, person, busy);
    load.ask(request);
  }

  // Users in order, one URL: items that become due during a post are sent with the next one.
  void many_people(bool sealed) {
    const std::uint64_t first = sealed ? kWatched : 0;
    Load load(server_->port, 1);
    for (std::uint64_t person = first; person < first + kWatched; person += kIdsMax) {
      std::vector<std::uint64_t> ids;
      for (std::uint64_t id = person; id < std::min(person + kIdsMax, first + kWatched); ++id)
        ids.push_back(id);
      subscribers_.at(sealed ? "Sealed many" : "Plain many").subscribe(load, receiver_.url(first), ids);
    }
    set_all(kUnwatchedFirst, kWatched, true);
    set_all(first, kWatched, true);
    measure_scene(Scene{fmt::format("{} people, one URL, {}", kWatched, sealed ? "encrypted" : "plain"),
                        kWatched, [&](bool busy) { set_all(first, kWatched, busy); }, 1});
  }

  // One user, in subscriptions with as many URLs, each together with another user.
  void many_urls(bool sealed) {
    const std::uint64_t person = 2 * kWatched + (sealed ? 1 : 0);
    Load load(server_->port, 1);
    for (std::size_t i = 0; i < kUrls; ++i)
      subscribers_.at(sealed ? "Sealed one" : "Plain one")
          .subscribe(load, receiver_.url((sealed ? kUrls : 0) + i), {person, kUnwatchedFirst - 1 - i});
    const auto set = [&](bool busy) {
      Load once(server_->port, 1);  // the server closes idle connections within a round
      set_one(once, person, busy);
    };
    set(true);
    measure_scene(Scene{fmt::format("one person, {} URLs, {}", kUrls, sealed ? "encrypted" : "plain"), kUrls,
                        set, kUrls});
  }

  void measure_scene(const Scene& scene) {
    receiver_.await_items(expected_items_ += scene.items);  // the initial states
    wait_until_idle(*server_);
    SceneFigures figures;
    bool busy = true;
    for (std::size_t round = 0; round < kRounds; ++round) {
      progress(fmt::format("webhooks, {}, round {} of {}", scene.name, round + 1, kRounds));
      busy = !busy;
      const double change_us =
          scene.urls == 1 ? cost_us([&] { set_all(kUnwatchedFirst, kWatched, busy); }) : 0;
      ReceivedCounts before = receiver_.received(), after;
      const std::int64_t begin = now_ns();
      const double us = cost_us([&] {
        scene.change(busy);
        after = receiver_.await_items(expected_items_ += scene.items);
      });
      const double seconds = static_cast<double>(after.last_ns - begin) / 1e9;
      const auto posts = static_cast<double>(after.posts - before.posts);
      const auto items = static_cast<double>(scene.items);
      figures.items_per_second.push_back(items / seconds);
      figures.posts_per_second.push_back(posts / seconds);
      figures.cpu_us_per_item.push_back((us - change_us) / items);
      figures.cpu_us_per_post.push_back((us - change_us) / posts);
    }
    report_results(scene, figures);
  }

  // Processor time of the server until it is idle.
  double cost_us(const std::function<void()>& work) {
    const std::int64_t before = server_->process.cpu_ns();
    work();
    wait_until_idle(*server_);
    return static_cast<double>(server_->process.cpu_ns() - before) / 1000;
  }

  void report_results(const Scene& scene, const SceneFigures& figures) {
    const std::string what = "webhooks, " + scene.name;
    report_.add(what + ": delivered", "items/s", figures.items_per_second);
    report_.add(what + ": delivered", "POSTs/s", figures.posts_per_second);
    report_.add(what + ": CPU an item", "us", figures.cpu_us_per_item);
    report_.add(what + ": CPU a POST", "us", figures.cpu_us_per_post);
    auto floor = post_bare(scene.urls == 1 ? 1 : kHosts, scene.urls == 1 ? 1 : kHosts * kPostsAtOnce);
    report_.add(what + ": a bare libcurl loop, the same bytes", "POSTs/s", floor["posts_per_second"]);
    report_.add(what + ": a bare libcurl loop, CPU", "us", floor["cpu_us_per_post"]);
    if (scene.urls == 1) return;  // its posts have a varying number of items
    const double over = median(figures.cpu_us_per_post) / median(floor["cpu_us_per_post"]);
    report_.add(what + ": CPU a POST, porchlight over libcurl", "x", {over});
  }

  // Posts the last body many times.
  std::map<std::string, Samples> post_bare(std::size_t hosts, std::size_t at_once) {
    const std::filesystem::path body = setting_.folder / "body";
    write_file(body, receiver_.last_body());
    const long posts = std::filesystem::file_size(body) > 10'000 ? kFloorPostsOfMany : kFloorPosts;
    std::map<std::string, Samples> figures;
    for (std::size_t round = 0; round < kRounds; ++round) {
      Process floor({setting_.tools / "bench_post_floor", receiver_.ca_file(), receiver_.port(),
                     std::to_string(hosts), std::to_string(at_once), body, std::to_string(posts)},
                    setting_.processors.server, setting_.stderr_file());
      std::istringstream lines(floor.read_all());
      double value = 0;
      for (std::string name; lines >> name >> value;) figures[name].push_back(value);
      if (floor.wait() != 0) throw std::runtime_error("the bare loop failed");
    }
    expected_items_ = receiver_.received().items;
    return figures;
  }

  // The latency from sending a change until its notification arrives, one change at a time.
  void latency() {
    progress("webhooks, the way of a change");
    Load load(server_->port, 1);
    Samples ms;
    for (std::size_t change = 0; change < kChanges; ++change) {
      const std::int64_t begin = now_ns();
      set_one(load, 0, change % 2 == 0);
      const ReceivedCounts received = receiver_.await_items(expected_items_ + 1);
      expected_items_ = received.items;
      ms.push_back(static_cast<double>(received.last_ns - begin) / 1e6);
    }
    std::ranges::sort(ms);
    report_.add("webhooks, from a change that is sent to its POST: p50", "ms", {ms[ms.size() / 2]});
    report_.add("webhooks, from a change that is sent to its POST: p99", "ms", {ms[ms.size() * 99 / 100]});
  }

  const Setting& setting_;
  Report& report_;
  Receiver receiver_;
  std::optional<Requests> requests_;
  std::map<std::string, Subscriber> subscribers_;
  std::optional<Served> server_;
  std::uint64_t expected_items_ = 0;  // items received and to be received
};

}  // namespace

void measure_deliveries(const Setting& setting, Report& report) { Bench(setting, report).run(); }

}  // namespace porchlight::bench
