// One post over libcurl: its request, the addresses it may dial, and its reply.
#pragma once

#include <curl/curl.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/time.h"
#include "webhook/post_queue.h"

namespace porchlight::webhook {

// Of a reply's headers, interim responses included.
inline constexpr std::size_t kReplyHeadBytesMax = 16 * 1024;

// The longest time for which a connection is used; then the host's addresses are looked up again.
inline constexpr std::chrono::seconds kConnectionAgeMax{600};

// Used by the client's thread only.
class Transfer {
 public:
  Transfer(DeliveryTask task, SteadyTime began) : task_(std::move(task)), began_(began) {}
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  // The post and its callback.
  const DeliveryTask& task() const { return task_; }
  // When the post times out.
  SteadyTime ends() const { return began_ + task_.post.timeout; }

  // Returns a configured handle that points back to this object (CURLOPT_PRIVATE). It may dial the addresses
  // in `checked`; if that is empty it may only use an open connection. Returns null if memory is short.
  // `ca_file`: empty for the system's certificates.
  // Connections older than `age_max` are not used; 0: no open one.
  CURL* prepare(const std::filesystem::path& ca_file, std::vector<IpAddress> checked,
                std::chrono::seconds age_max, SteadyTime now);

  // Whether curl needed a new connection while no address was checked.
  bool wants_to_dial() const { return wants_to_dial_; }

  // The reply, once curl has finished the handle with `code`.
  Reply take_reply(CURLcode code, SteadyTime now);
  // A reply without a response.
  Reply fail(PostError error, SteadyTime now) const;

  // Calls the task's callback.
  void answer(Reply reply) { task_.done(std::move(reply)); }

 private:
  // Callbacks of curl; `self` is the Transfer.
  static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t on_head(char* data, std::size_t size, std::size_t count, void* self);
  static curl_socket_t on_dial(void* self, curlsocktype purpose, curl_sockaddr* address);

  struct Cleanup {
    void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
  };
  using CurlHandle = std::unique_ptr<CURL, Cleanup>;
  using CurlList = std::unique_ptr<curl_slist, Cleanup>;

  DeliveryTask task_;
  const SteadyTime began_;
  std::vector<IpAddress> checked_;
  bool wants_to_dial_ = false;
  bool too_long_ = false;  // the reply exceeded a limit
  std::size_t head_bytes_ = 0;
  std::string body_;
  CurlList headers_, resolved_;
  std::string url_;
  CurlHandle easy_;  // last, so destroyed first: it points to the other members
};

}  // namespace porchlight::webhook
