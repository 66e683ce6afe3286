// A receiver that does as a test wants: HTTPS on the loopback address, a thread for each connection, and the
// worst of manners on request. What it does is said by the path of the request:
//   /echo 200 with the request's body, /no-content 204, /subscriber as one who wants notifications,
//   /subscriber/PATH as one who says so and then does as /PATH, /status/NNN, /redirect 302 to /no-content,
//   /body/N so many bytes, /endless bytes without end, /headers headers without end, /interim interim answers
//   without end, /drip a byte now and then, /hang nothing, /reset a reset, /drop the end of the connection
//   instead of an answer, /close 204 and then the end of the connection though it promised to go on,
//   /promise/N two bytes of N and then the end, /gate 204 once open_gate() was called, /garbage what is not
//   HTTP.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

struct ssl_ctx_st;
struct ssl_st;

namespace porchlight::webhook {

struct ReceivedRequest {
  std::string head;  // as it came
  std::string body;
  std::string server_name;  // of the TLS handshake
};

class Receiver {
 public:
  enum class Manners {
    kGood,
    kOldTls,        // nothing above TLS 1.1
    kNoHandshake,   // takes connections and says nothing
    kClosesAtOnce,  // takes connections and ends them
  };

  // With a certificate for `names` and for localhost, of a CA that is made in `folder`.
  explicit Receiver(const std::filesystem::path& folder, const std::vector<std::string>& names,
                    Manners manners = Manners::kGood);
  ~Receiver();

  std::uint16_t port() const { return port_; }
  const std::filesystem::path& ca_file() const { return ca_file_; }

  std::vector<ReceivedRequest> requests() const;
  // Waits until so many requests came in all; throws where they do not.
  void await_requests(std::size_t count) const;
  void open_gate();
  std::size_t connections() const { return connections_; }
  std::size_t most_at_once() const { return most_at_once_; }

 private:
  void accept();
  void serve(int fd);
  bool answer(ssl_st* tls, int fd, const ReceivedRequest& request);
  void forever(ssl_st* tls, std::string_view piece, bool slowly);

  const Manners manners_;
  std::filesystem::path ca_file_;
  ssl_ctx_st* context_ = nullptr;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<bool> stopping_ = false;
  std::atomic<std::size_t> connections_ = 0, most_at_once_ = 0;

  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::vector<ReceivedRequest> requests_;  // these three guarded by mutex_
  std::set<int> open_;
  bool gate_open_ = false;

  std::vector<std::thread> threads_;  // the acceptor's
  std::thread acceptor_;
};

}  // namespace porchlight::webhook
