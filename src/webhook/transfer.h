// One post over libcurl: what is sent, to whom it may be sent, and what comes back.
#pragma once

#include <curl/curl.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/time.h"
#include "webhook/post_queue.h"

namespace porchlight::webhook {

inline constexpr std::size_t kReplyHeadBytesMax = 16 * 1024;  // of an answer's headers, interim ones included

class Transfer {
 public:
  Transfer(DeliveryTask task, SteadyTime began) : task_(std::move(task)), began_(began) {}
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  const DeliveryTask& task() const { return task_; }
  SteadyTime ends() const { return began_ + task_.post.timeout; }

  // A handle that is ready to go and points back to this (CURLOPT_PRIVATE). It may dial the addresses that
  // were checked; without any it may only use a connection that is open. Nothing where memory is short.
  // `ca_file`: empty for the system's.
  CURL* prepare(const std::filesystem::path& ca_file, std::vector<IpAddress> checked, SteadyTime now);

  // Whether it would have had to dial, and could not as no address was checked.
  bool wants_to_dial() const { return wants_to_dial_; }

  // What came of it, at the end of the handle's work.
  Reply take_reply(CURLcode code, SteadyTime now);
  // The same where there was none.
  Reply fail(PostError error, SteadyTime now) const;

  // Calls the errand's `done`.
  void answer(Reply reply) { task_.done(std::move(reply)); }

 private:
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
  bool too_long_ = false;
  std::size_t head_bytes_ = 0;
  std::string body_;
  CurlList headers_, resolved_;
  std::string url_;
  CurlHandle easy_;  // goes first: it points to the others
};

}  // namespace porchlight::webhook
