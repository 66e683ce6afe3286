// Forms, scopes, redirect URIs and cookies from untrusted input. The first byte selects the parser.
#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "authority/form.h"
#include "authority/redirect.h"
#include "authority/scope.h"
#include "authority/sessions.h"

using namespace porchlight::authority;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

void fuzz_form(std::string_view text) {
  const auto form = Form::parse(text);
  if (!form) return;
  const auto value = form->find("scope");
  if (!value) return;
  std::string again = "scope=";
  append_form_value(again, *value);
  require(Form::parse(again)->find("scope") == value);
}

void fuzz_scope(std::string_view text) {
  const auto scope = parse_scope(text);
  if (!scope) return;
  const auto again = parse_scope(granted_text(*scope, scope->names));
  require(again.has_value() && again->names == scope->names && again->openid == scope->openid);
}

// A URI that matches a registered one could be registered itself, and has the same host.
void fuzz_redirect(std::string_view text) {
  const bool good = !redirect_fault(text);
  if (good) require(text.find_first_of(" \r\n\"<>#;,") == text.npos && !redirect_origin(text).empty());
  for (const char* ours : {"http://localhost/a", "http://127.0.0.1:80/a", "https://app.contoso.com/a"}) {
    if (!redirect_matches(ours, text)) continue;
    require(good && text.ends_with("/a"));
    require(text.starts_with("http://localhost") || text.starts_with("http://127.0.0.1") || text == ours);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0]) {
    case 'f':
      fuzz_form(text);
      break;
    case 's':
      fuzz_scope(text);
      break;
    case 'r':
      fuzz_redirect(text);
      break;
    default:
      require(find_cookie(text, "a").find(';') == std::string_view::npos);
  }
  return 0;
}
