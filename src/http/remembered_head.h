// The last request head of a connection. Clients repeat their heads, but for the target: the bytes of such a head have
// been parsed before, and only its target is new.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "http/head.h"
#include "http/limits.h"

namespace porchlight::http {

// A head to remember has at most so many bytes without its target, and fields: with these, an idle connection stays
// below 4 KiB.
inline constexpr std::size_t kRememberedBytesMax = 2048;
inline constexpr std::size_t kRememberedFieldsMax = 16;

// Belongs to one connection.
class RememberedHead {
 public:
  // Whether the head that a reader made of `bytes` can be remembered: HTTP/1.1 on a connection that stays open, a
  // method that handlers distinguish, a target that begins with '/', within the limits above.
  static bool can_remember(std::string_view bytes, const Head& head);

  // Remembers `bytes`, for which can_remember() is true, in place of an earlier head. `fields_id`: see
  // Request::fields_id.
  void remember(std::string_view bytes, const Head& head, std::uint64_t fields_id);

  // If `input` begins with the remembered head with any well-formed target that begins with '/', returns its length,
  // and head() has that target; otherwise returns 0. Whatever it accepts, HeadScan and HeadReader accept with the same
  // result.
  std::size_t recall(std::string_view input, const Limits& limits);
  // The head that was recalled last, without a body. It has views into the input and into this object, valid until the
  // next remember().
  Head& head() { return head_; }

 private:
  std::string text_;                 // the bytes without the target: "GET " and " HTTP/1.1\r\nHost: …"
  std::size_t target_begin_ = 0;     // where the target was
  std::vector<HeaderField> fields_;  // views into text_
  Head head_;
};

// Remembers what the reader has made of `bytes`, if it can be remembered. Returns the head to use: the remembered one,
// or the reader's.
Head& remember_head(std::string_view bytes, HeadReader& reader, const Limits& limits,
                    std::unique_ptr<RememberedHead>& remembered);

}  // namespace porchlight::http
