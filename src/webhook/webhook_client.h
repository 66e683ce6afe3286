// Requests that the house makes of others: bodies POSTed to addresses that strangers chose.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/time.h"

namespace porchlight::webhook {

// Of an answer's body so much is read and no more (spec security §8).
inline constexpr std::size_t kReplyBytesMax = 4096;

struct Post {
  std::string url{};
  std::string content_type{};
  std::string body{};
  Duration timeout{};  // from the dial to the last byte of the answer
};

// Why there is no whole answer. For the log and for our own decisions: callers are not told of it
// (spec security §8: never whether a port was open).
enum class PostError : std::uint8_t {
  kNone,
  kBlockedAddress,  // the URL, or an address of its host, is one that we do not call
  kResolve,
  kConnect,
  kTls,
  kTimeout,
  kTooLong,  // it goes on beyond kReplyBytesMax; what is before that is there
  kOther,
};

// What came of a post. Where `fault` is set, the rest may be part of an answer or nothing.
struct Reply {
  PostError error = PostError::kNone;
  int status = 0;
  std::string content_type{};
  std::string body{};
  Duration took{};

  // Whether the receiver took what was posted: any 2xx in time, however much it says with it
  // (spec notifications §7).
  bool accepted() const {
    return (error == PostError::kNone || error == PostError::kTooLong) && status >= 200 && status < 300;
  }
};

class WebhookClient {
 public:
  using ReplyCallback = std::move_only_function<void(Reply)>;

  virtual ~WebhookClient() = default;
  // Sends `post`, from any thread. `done` is called exactly once, on the poster's thread, also when the
  // poster ends (with Fault::kOther); it must not wait.
  virtual void post(Post post, ReplyCallback done) = 0;
};

}  // namespace porchlight::webhook
