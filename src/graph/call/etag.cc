// The tag is a hash of the response's body. The body is written in any case: reading a presence costs less than
// proving that it has not changed, and a tag of the bytes cannot be stale.
#define XXH_INLINE_ALL
#include "graph/call/etag.h"

#include <xxhash.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "http/compression.h"

namespace porchlight::graph {
namespace {

constexpr std::string_view kIfNoneMatch = "If-None-Match";

// Sixteen hexadecimal digits in quotes.
using ETag = std::array<char, 18>;

// A strong tag: equal tags mean equal bytes. The hash need not be secret, because it reveals nothing that the body does
// not.
ETag etag_of(std::string_view body) {
  ETag tag;
  tag.front() = tag.back() = '"';
  write_hex(XXH3_64bits(body.data(), body.size()), tag.data() + 1);
  return tag;
}

bool client_has(const Call& call, std::string_view tag) {
  return call.headers.conditional &&
         std::ranges::any_of(call.request.headers, [&](const http::HeaderField& field) {
           return http::same_name(field.name, kIfNoneMatch) && etag_list_contains(field.value, tag);
         });
}

}  // namespace

bool etag_list_contains(std::string_view list, std::string_view tag) {
  if (trimmed(list) == "*") return true;
  while (true) {
    list.remove_prefix(std::min(list.find_first_not_of(" \t,"), list.size()));
    if (list.starts_with("W/")) list.remove_prefix(2);
    if (!list.starts_with('"')) return false;
    const std::size_t end = list.find('"', 1);
    if (end == std::string_view::npos) return false;
    if (list.substr(0, end + 1) == tag) return true;
    list.remove_prefix(end + 1);
  }
}

void reply_with_etag(const HandlerContext& context, const Call& call, std::string_view media_type) {
  const ETag tag = etag_of(call.response.body);
  const std::string_view text(tag.data(), tag.size());
  if (!client_has(call, text)) {
    if (media_type.empty()) return context.response_writer.json(call.response, call.info, text);
    return context.response_writer.with_content_type(call.response, call.info, media_type, text);
  }
  // A 304 has the tag that the 200 would have (RFC 9110 §15.4.5), and a compressed 200 has a weak one. A step of a
  // batch is not compressed by itself.
  const bool weak = !call.info.in_batch && http::is_compressed(http::negotiate_coding(call.request.headers),
                                                               call.response.body.size());
  std::array<char, http::kWeakTag.size() + std::tuple_size_v<ETag>> weak_tag;
  std::ranges::copy(tag, std::ranges::copy(http::kWeakTag, weak_tag.begin()).out);
  context.response_writer.not_modified(call.response, call.info,
                                       weak ? std::string_view(weak_tag.data(), weak_tag.size()) : text);
}

}  // namespace porchlight::graph
