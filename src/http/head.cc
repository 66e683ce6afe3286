// Reading of a request's head. llhttp splits it in callbacks that only store views. examine_fields() then
// decides the framing with rules that are stricter than llhttp's: exactly one of Content-Length and
// Transfer-Encoding, one Host, no coding but chunked. Ambiguous framing is what request smuggling needs
// (RFC 9112 §6.3).
#include "http/head.h"

#include "http/request_target.h"

namespace porchlight::http {
namespace {

constexpr RequestError kBadHead{400, "The head of the request is malformed."};
constexpr RequestError kBadHost{400, "The request needs exactly one well-formed Host."};
constexpr RequestError kBadLength{400, "The length of the request's body is in doubt."};
constexpr RequestError kBadTarget{400, "The request target is malformed."};
constexpr RequestError kUnknownMethod{501, "The method is not known here."};
constexpr RequestError kUnknownCoding{501, "The only transfer coding known here is chunked."};
constexpr RequestError kUnknownExpectation{417, "The only expectation met here is 100-continue."};

Method method_of(std::uint8_t method) {
  switch (method) {
    case HTTP_GET:
      return Method::kGet;
    case HTTP_HEAD:
      return Method::kHead;
    case HTTP_POST:
      return Method::kPost;
    case HTTP_PUT:
      return Method::kPut;
    case HTTP_PATCH:
      return Method::kPatch;
    case HTTP_DELETE:
      return Method::kDelete;
    case HTTP_OPTIONS:
      return Method::kOptions;
    default:
      return Method::kOther;
  }
}

// Parses digits only. Saturates, since such a length is beyond every limit. Returns -1 if it is no number, or has
// leading zeros: other parsers read such a length as octal, and would see another end of the body.
std::int64_t parse_length(std::string_view digits) {
  constexpr std::int64_t kMost = std::int64_t{1} << 60;
  if (digits.empty() || (digits.size() > 1 && digits[0] == '0')) return -1;
  std::int64_t length = 0;
  for (char c : digits) {
    if (c < '0' || c > '9') return -1;
    length = length > kMost / 10 ? kMost : length * 10 + (c - '0');
  }
  return length;
}

std::string_view without_trailing_blanks(std::string_view value) {
  while (value.ends_with(' ') || value.ends_with('\t')) value.remove_suffix(1);
  return value;
}

HeadReader& self(llhttp_t* parser) { return *static_cast<HeadReader*>(parser->data); }

}  // namespace

// The fields that decide the framing, and how often each occurs; and whether a coding of the response is asked for.
struct HeadReader::Fields {
  std::string_view host, length, coding, expectation, accept_encoding;
  unsigned hosts = 0, lengths = 0, codings = 0, expectations = 0, accept_encodings = 0;

  void add(const HeaderField& field) {
    auto count_if = [&](std::string_view name, std::string_view& value, unsigned& count) {
      if (!same_name(field.name, name)) return;
      value = field.value;
      ++count;
    };
    switch (field.name.size()) {  // nearly every other field differs in its length already
      case 4:
        return count_if("Host", host, hosts);
      case 6:
        return count_if("Expect", expectation, expectations);
      case 14:
        return count_if("Content-Length", length, lengths);
      case 15:
        return count_if("Accept-Encoding", accept_encoding, accept_encodings);
      case 17:
        return count_if("Transfer-Encoding", coding, codings);
      default:
        return;
    }
  }
};

HeadReader::HeadReader(const Limits& limits) { fields_.reserve(limits.headers_count); }

int HeadReader::on_url(llhttp_t* parser, const char* at, std::size_t length) {
  self(parser).url_ = {at, length};
  return 0;
}

int HeadReader::on_field(llhttp_t* parser, const char* at, std::size_t length) {
  HeadReader& reader = self(parser);
  // llhttp accepts a field without a name. More fields than HeadScan counted lines would mean that the two
  // disagree.
  if (length == 0 || reader.fields_.size() == reader.fields_.capacity()) return -1;
  reader.fields_.push_back({{at, length}, {}});
  return 0;
}

int HeadReader::on_value(llhttp_t* parser, const char* at, std::size_t length) {
  HeadReader& reader = self(parser);
  HeaderField& field = reader.fields_.back();
  if (field.value.data() != nullptr) return -1;
  field.value = {at, length};
  return 0;
}

int HeadReader::on_complete(llhttp_t* parser) {
  HeadReader& reader = self(parser);
  reader.complete_ = true;
  reader.chunked_ = (parser->flags & F_CHUNKED) != 0;
  reader.keep_alive_ = llhttp_should_keep_alive(parser) != 0;
  parser->upgrade = 0;  // llhttp must not switch protocols: handlers do
  return 1;             // llhttp does not read the body: Http1Parser does
}

const llhttp_settings_t& HeadReader::settings() {
  static const llhttp_settings_t kSettings = [] {
    llhttp_settings_t made;
    llhttp_settings_init(&made);
    made.on_url = on_url;
    made.on_header_field = on_field;
    made.on_header_value = on_value;
    made.on_headers_complete = on_complete;
    return made;
  }();
  return kSettings;
}

std::expected<void, RequestError> HeadReader::read(std::string_view bytes) {
  llhttp_init(&parser_, HTTP_REQUEST, &settings());
  parser_.data = this;
  // With these, llhttp accepts some heads that examine_fields() then refuses with the right status.
  llhttp_set_lenient_chunked_length(&parser_, 1);
  llhttp_set_lenient_transfer_encoding(&parser_, 1);
  fields_.clear();
  complete_ = false;
  const llhttp_errno_t error = llhttp_execute(&parser_, bytes.data(), bytes.size());
  if (error == HPE_INVALID_METHOD) return std::unexpected(kUnknownMethod);
  if (error != HPE_OK || !complete_) return std::unexpected(kBadHead);

  head_ = {};
  head_.request.method = method_of(parser_.method);
  const auto fields = examine_fields();
  if (!fields) return std::unexpected(fields.error());
  const auto target = parse_target(url_, head_.request.method);
  if (!target) return std::unexpected(kBadTarget);
  head_.request.target = url_;
  head_.request.path = target->path;
  head_.request.query = target->query;
  head_.request.host = target->host.empty() ? fields->host : target->host;
  head_.request.headers = fields_;
  head_.body_bytes = fields->codings ? -1 : fields->lengths ? parse_length(fields->length) : 0;
  head_.keep_alive = keep_alive_;
  head_.is_http10 = parser_.http_minor == 0;
  head_.accept_encodings = fields->accept_encodings;
  head_.accept_encoding = fields->accept_encoding;
  head_.expects_continue = fields->expectations != 0 && !head_.is_http10;
  return {};
}

std::expected<HeadReader::Fields, RequestError> HeadReader::examine_fields() {
  const bool is_http10 = parser_.http_minor == 0;
  Fields fields;
  for (HeaderField& field : fields_) {
    field.value = without_trailing_blanks(field.value);
    fields.add(field);
  }
  if (fields.lengths + fields.codings > 1) return std::unexpected(kBadLength);
  if (fields.lengths && parse_length(fields.length) < 0) return std::unexpected(kBadLength);
  if (fields.codings && is_http10) return std::unexpected(kBadLength);
  if (fields.codings && !same_name(fields.coding, "chunked")) return std::unexpected(kUnknownCoding);
  if (fields.codings && !chunked_) return std::unexpected(kBadLength);
  if (fields.hosts > 1 || (fields.hosts == 0 && !is_http10)) return std::unexpected(kBadHost);
  if (fields.hosts && !is_authority(fields.host)) return std::unexpected(kBadHost);
  if (fields.expectations && !is_http10 &&
      (fields.expectations > 1 || !same_name(fields.expectation, "100-continue")))
    return std::unexpected(kUnknownExpectation);
  return fields;
}

}  // namespace porchlight::http
