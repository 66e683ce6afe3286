// A webhook receiver for tests: HTTPS on the loopback address, a thread for each connection. The path of a
// request selects its behaviour:
//   /echo            200 with the request's body
//   /no-content      204
//   /subscriber      validates the URL as a subscriber does, and accepts notifications
//   /subscriber/PATH validates the URL, and otherwise behaves as /PATH
//   /status/NNN      that status
//   /redirect        302 to /no-content
//   /body/N          a body of N bytes
//   /endless         an endless body
//   /headers         endless headers
//   /interim         endless interim responses
//   /drip            a byte now and then
//   /hang            no response
//   /reset           a reset
//   /drop            the end of the connection in place of a response
//   /close           204, then the end of a connection announced as persistent
//   /promise/N       two bytes of an announced N, then the end
//   /gate            204 once open_gate() is called
//   /garbage         bytes that are not HTTP
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/mutex.h"

struct ssl_ctx_st;
struct ssl_st;

namespace porchlight::webhook {

// A request as received.
struct ReceivedRequest {
  std::string head;  // as it came
  std::string body;
  std::string server_name;  // SNI of the TLS handshake
};

// The receiver. Its threads end in the destructor.
class Receiver {
 public:
  enum class Behavior {
    kGood,
    kOldTls,        // at most TLS 1.1
    kNoHandshake,   // accepts connections and sends nothing
    kClosesAtOnce,  // accepts connections and closes them
  };

  // With a certificate for `names` and localhost, from a CA that is made in `folder`.
  explicit Receiver(const std::filesystem::path& folder, const std::vector<std::string>& names,
                    Behavior behavior = Behavior::kGood);
  ~Receiver();

  std::uint16_t port() const { return port_; }
  const std::filesystem::path& ca_file() const { return ca_file_; }

  std::vector<ReceivedRequest> requests() const;
  // Waits until that many requests, in all, have arrived. Throws after a time-out.
  void await_requests(std::size_t count) const;
  void open_gate();
  std::size_t connections() const { return connections_; }
  std::size_t most_at_once() const { return most_at_once_; }

 private:
  void accept();
  void serve(int fd);
  bool answer(ssl_st* tls, int fd, const ReceivedRequest& request);
  void send_forever(ssl_st* tls, std::string_view piece, bool slowly);

  const Behavior behavior_;
  std::filesystem::path ca_file_;
  ssl_ctx_st* context_ = nullptr;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<bool> stopping_ = false;
  std::atomic<std::size_t> connections_ = 0, most_at_once_ = 0;

  mutable Mutex mutex_;
  mutable CondVar changed_;
  std::vector<ReceivedRequest> requests_ ABSL_GUARDED_BY(mutex_);
  std::set<int> open_ ABSL_GUARDED_BY(mutex_);  // sockets that are being served
  bool gate_open_ ABSL_GUARDED_BY(mutex_) = false;

  std::vector<std::thread> threads_;  // the acceptor's
  std::thread acceptor_;
};

}  // namespace porchlight::webhook
