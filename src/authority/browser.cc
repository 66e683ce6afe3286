#include "authority/browser.h"

#include <fmt/format.h>

#include "authority/pages.h"
#include "authority/redirect.h"
#include "base/text.h"

namespace porchlight::authority {

Browser::Browser(Desk& desk, const Visit& visit, http::Response& response)
    : desk_(desk), visit_(visit), response_(response) {}

std::string_view Browser::cookie(std::string_view name) const {
  return visit_.request.count("Cookie") == 1 ? find_cookie(visit_.request.header("Cookie"), name)
                                             : std::string_view();
}

void Browser::set_cookie(std::string_view name, std::string_view value) {
  response_.add("Set-Cookie", fmt::format("{}={}; Path=/; Secure; HttpOnly; SameSite=Lax{}", name, value,
                                          value.empty() ? "; Max-Age=0" : ""));
}

Result<std::optional<Guest>> Browser::find_guest(const Guid& tenant) const {
  const auto session = desk_.sessions.find(cookie(kSessionCookie), visit_.now);
  if (!session || session->tenant != tenant) return std::nullopt;
  auto user = find_present(desk_, tenant, session->user, session->begun);
  if (!user) return std::unexpected(user.error());
  if (!*user) return std::nullopt;
  return Guest{*session, **std::move(user)};
}

Result<Guest> Browser::sign_in(const Guid& tenant, directory::User user) {
  desk_.sessions.end(cookie(kSessionCookie));
  const Session session{tenant, user.id, visit_.now};
  const auto value = desk_.sessions.begin(session, visit_.now);
  if (!value) return refuse(Fault::kUnavailable);
  set_cookie(kSessionCookie, *value);
  response_.authenticated = true;
  return Guest{session, std::move(user)};
}

void Browser::sign_out() {
  desk_.sessions.end(cookie(kSessionCookie));
  set_cookie(kSessionCookie, "");
}

Result<Form> Browser::read_posted() const {
  // Browsers say where a form was posted from; those that do not are left to the word.
  if (visit_.request.count("Origin") > 0 && visit_.request.header("Origin") != visit_.base)
    return refuse(Fault::kMalformed);
  auto form = Form::parse(visit_.request.body);
  if (!form) return std::unexpected(form_error(form.error()));
  if (!desk_.guard.accepts(cookie(kFormCookie), form->find("word").value_or("")))
    return refuse(Fault::kMalformed);
  return *std::move(form);
}

std::string Browser::form_word() {
  std::string value(cookie(kFormCookie));
  // 43 characters are what we make; anything else is not ours.
  if (value.size() != FormGuard::make_cookie().size()) {
    value = FormGuard::make_cookie();
    set_cookie(kFormCookie, value);
  }
  return desk_.guard.word(value);
}

void Browser::add_page_fields(std::string_view origin) {
  response_.add("Cache-Control", "no-store");
  response_.add("Content-Security-Policy", page_policy(origin));
  response_.add("X-Frame-Options", "DENY");
  response_.add("X-Content-Type-Options", "nosniff");
  // Not no-referrer: forms would then be posted without saying from where.
  response_.add("Referrer-Policy", "same-origin");
  response_.add("x-ms-request-id", to_string(visit_.trace.trace_id));
  if (visit_.request.door == http::Door::kTls) response_.add("Strict-Transport-Security", "max-age=31536000");
}

void Browser::show(int status, std::string page, std::string_view origin) {
  response_.status = status;
  add_page_fields(origin);
  response_.add("Content-Type", "text/html; charset=utf-8");
  response_.body = std::move(page);
}

void Browser::show_error(const Error& error) {
  show(row_of(error.fault).status, message_page("Sign-in failed", describe(error, visit_.trace)));
}

void Browser::redirect(std::string_view uri) {
  // 303: what was posted here is not posted again there.
  response_.status = visit_.request.method == http::Method::kPost ? 303 : 302;
  add_page_fields(redirect_origin(uri));
  response_.add("Location", uri);
}

void Browser::send_back(const ReplyTo& to, std::vector<std::pair<std::string, std::string>> parameters) {
  if (!to.state.empty()) parameters.emplace_back("state", to.state);
  if (to.mode == ResponseMode::kFormPost)
    return show(200, post_page(to.uri, parameters), redirect_origin(to.uri));
  std::string place = to.uri;
  char mark = to.mode == ResponseMode::kFragment ? '#' : place.find('?') == std::string::npos ? '?' : '&';
  for (const auto& [name, value] : parameters) {
    place += std::exchange(mark, '&');
    append_form_value(place, name);
    place += '=';
    append_form_value(place, value);
  }
  redirect(place);
}

void Browser::send_back(const ReplyTo& to, const Error& error) {
  send_back(to, {{"error", std::string(row_of(error.fault).error)},
                 {"error_description", describe(error, visit_.trace)}});
}

}  // namespace porchlight::authority
