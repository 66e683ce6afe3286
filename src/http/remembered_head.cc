// What is compared byte for byte needs no second check. The target is checked as check_request_line() and
// parse_target() do; llhttp accepts every visible character but '#' in a target that begins with '/'.
#include "http/remembered_head.h"

#include "http/characters.h"
#include "http/request_target.h"

namespace porchlight::http {

bool RememberedHead::can_remember(std::string_view bytes, const Head& head) {
  const Request& request = head.request;
  return head.keep_alive && !head.is_http10 && request.method != Method::kOther &&
         request.target.starts_with('/') && bytes.size() - request.target.size() <= kRememberedBytesMax &&
         request.headers.size() <= kRememberedFieldsMax;
}

void RememberedHead::remember(std::string_view bytes, const Head& head, std::uint64_t fields_id) {
  const std::string_view target = head.request.target;
  target_begin_ = static_cast<std::size_t>(target.data() - bytes.data());
  const std::size_t text_bytes = bytes.size() - target.size();
  if (text_.capacity() < text_bytes) {  // exactly as much as needed: a string that grows takes twice that
    std::string().swap(text_);
    text_.reserve(text_bytes);
  }
  text_.assign(bytes.substr(0, target_begin_)).append(bytes.substr(target_begin_ + target.size()));
  // All other views of the head are behind its target. An absent value has no place.
  const auto moved = [&](std::string_view view) {
    if (view.data() == nullptr) return view;
    const auto place = static_cast<std::size_t>(view.data() - bytes.data()) - target.size();
    return std::string_view(text_).substr(place, view.size());
  };
  fields_.clear();
  fields_.reserve(head.request.headers.size());
  for (const HeaderField& field : head.request.headers)
    fields_.push_back({moved(field.name), moved(field.value)});
  head_ = head;
  head_.request.host = moved(head.request.host);
  head_.request.headers = fields_;
  head_.request.fields_id = fields_id;
  head_.accept_encoding = moved(head.accept_encoding);
}

std::size_t RememberedHead::recall(std::string_view input, const Limits& limits) {
  constexpr std::size_t kVersionBytes = std::string_view(" HTTP/1.1").size();
  const std::string_view before = std::string_view(text_).substr(0, target_begin_);
  const std::string_view after = std::string_view(text_).substr(target_begin_);
  if (!input.starts_with(before)) return 0;
  const std::size_t target_end = input.find(' ', target_begin_);
  if (target_end == std::string_view::npos || !input.substr(target_end).starts_with(after)) return 0;
  const std::string_view target = input.substr(target_begin_, target_end - target_begin_);
  if (!target.starts_with('/') || !characters::all_of_target(target) ||
      target_end + kVersionBytes > limits.request_line_bytes)
    return 0;
  head_.request.set_target(target);
  head_.request.body = {};
  return target_end + after.size();
}

Head& remember_head(std::string_view bytes, HeadReader& reader, const Limits& limits,
                    std::unique_ptr<RememberedHead>& remembered) {
  Head& head = reader.head();
  if (!RememberedHead::can_remember(bytes, head)) return head;
  if (!remembered) remembered = std::make_unique<RememberedHead>();
  remembered->remember(bytes, head, reader.new_fields_id());
  return remembered->recall(bytes, limits) == 0 ? head : remembered->head();
}

}  // namespace porchlight::http
