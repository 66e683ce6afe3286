// The interface for posts to webhooks: URLs that API clients chose.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace porchlight::webhook {

// At most this much of a reply's body is read (spec security §8).
inline constexpr std::size_t kReplyBytesMax = 4096;

// A POST request.
struct Post {
  std::string url{};
  std::string content_type{};
  std::string body{};
  std::string traceparent{};  // of the header; empty: none
  Duration timeout{};         // from the dial to the last byte of the reply
};

// Why a reply is incomplete.
enum class PostError : std::uint8_t {
  kNone,
  kBlockedAddress,  // the URL, or an address of its host, may not be called
  kResolve,         // the host has no address
  kConnect,
  kCertificateUntrusted,  // no trusted authority issued the certificate
  kCertificateExpired,    // or it is not valid yet
  kCertificateName,       // the certificate is for other names
  kTls,                   // any other failure of the TLS handshake
  kTimeout,
  kTooLong,  // longer than kReplyBytesMax; the beginning is in `body`
  kOther,
};

// The reason as a clause, such as "the connection was refused", for the log only: API clients must not
// learn which ports are open and which names the server's network knows (spec security §8).
std::string_view describe(PostError error);

// The result of a post. If `error` is set, the other fields hold what was received before.
struct Reply {
  PostError error = PostError::kNone;
  int status = 0;
  std::string content_type{};
  std::string body{};
  Duration took{};

  // Whether the receiver accepted the post: any 2xx in time, whatever the body (spec notifications §7).
  bool accepted() const {
    return (error == PostError::kNone || error == PostError::kTooLong) && status >= 200 && status < 300;
  }
};

// Sends posts.
class WebhookClient {
 public:
  using ReplyCallback = std::move_only_function<void(Reply)>;

  virtual ~WebhookClient() = default;
  // Sends `post`, from any thread. `done` is called exactly once, on the client's thread, also if the client
  // is destroyed (with PostError::kOther). It must not block.
  virtual void post(Post post, ReplyCallback done) = 0;
};

}  // namespace porchlight::webhook
