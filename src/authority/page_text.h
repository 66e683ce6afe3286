// The texts of the pages in each language: src/authority/languages/<tag>.txt, compiled in. A file has one line
// `key = text` for each text, empty lines, and comments after `#`. A text is plain, not HTML; `{app}` in it stands for
// what the page fills in.
#pragma once

#include <algorithm>
#include <array>
#include <initializer_list>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/check.h"
#include "base/language.h"

namespace porchlight::authority {

// The keys that each file has.
inline constexpr std::string_view kTextKeys[] = {
    "sign_in.title",
    "sign_in.for",
    "sign_in.name",
    "sign_in.password",
    "sign_in.button",
    "sign_in.enrol",
    "sign_in.wrong",
    "factor.title",
    "factor.explanation",
    "factor.label",
    "factor.button",
    "factor.wrong",
    "factor.expired",
    "enrolment.title",
    "enrolment.explanation",
    "enrolment.picture",
    "enrolment.key",
    "enrolment.link",
    "enrolment.label",
    "enrolment.button",
    "recovery.title",
    "recovery.explanation",
    "recovery.button",
    "consent.title",
    "consent.wants",
    "consent.signed_in_as",
    "consent.accept",
    "consent.cancel",
    "consent.permission",
    "consent.scope",
    "consent.offline",
    "consent.identity",
    "consent.device",
    "consent.device_name",
    "consent.device_hint",
    "code.title",
    "code.explanation",
    "code.label",
    "code.next",
    "code.wrong",
    "device.done_title",
    "device.done",
    "device.cancelled_title",
    "device.cancelled",
    "sign_out.title",
    "sign_out.question",
    "sign_out.button",
    "sign_out.done_title",
    "sign_out.done",
    "post.title",
    "post.button",
    "error.title",
    "error.locked",
    "error.unavailable",
    "error.administrator",
    "error.form",
    "error.application",
    "permission.Presence.Read",
    "permission.Presence.Read.All",
    "permission.Presence.ReadWrite",
    "permission.Porchlight.Admin",
    "permission.Porchlight.History.Read.All",
    "permission.Subscription.Read.All",
    "permission.User.Read",
    "permission.User.ReadBasic.All",
    "permission.User.Read.All",
    "permission.User.ReadWrite",
    "permission.User.ReadWrite.All",
    "permission.Directory.Read.All",
    "permission.Directory.ReadWrite.All",
    "permission.GroupMember.Read.All",
    "permission.GroupMember.ReadBasic.All",
    "permission.GroupMember.ReadWrite.All",
    "permission.Group.Read.All",
    "permission.Group.ReadBasic.All",
    "permission.Group.ReadWrite.All",
    "permission.Calendars.Read",
    "permission.Calendars.ReadWrite",
    "permission.MailboxSettings.Read",
    "permission.MailboxSettings.ReadWrite",
    "permission.ProfilePhoto.Read.All",
    "permission.ProfilePhoto.ReadWrite.All",
};
inline constexpr std::size_t kTextCount = std::size(kTextKeys);

// A key of the list: a key that is not in it does not compile.
class PageTextKey {
 public:
  template <std::size_t size>
  consteval PageTextKey(const char (&key)[size])
      : index_(static_cast<std::size_t>(std::ranges::find(kTextKeys, std::string_view(key)) - kTextKeys)) {
    if (index_ == kTextCount) throw "no such key";
  }
  constexpr std::size_t index() const { return index_; }

 private:
  std::size_t index_;
};

// The texts of one language. Immutable.
class PageTexts {
 public:
  // Nullopt unless the file has each key once, and no other, each with a text. `file` must outlive the texts.
  static std::optional<PageTexts> parse(Language language, std::string_view file);

  Language language() const { return language_; }
  std::string_view operator[](PageTextKey key) const { return texts_[key.index()]; }
  // The text of a key by its place in kTextKeys.
  std::string_view at(std::size_t index) const { return texts_[index]; }
  // The sentence for a delegated permission of permissions.h.
  std::string_view permission(std::string_view name) const;
  // The text with its placeholders filled in. `values`: names without braces, and what they stand for.
  std::string fill(PageTextKey key,
                   std::initializer_list<std::pair<std::string_view, std::string_view>> values) const;

 private:
  explicit PageTexts(Language language) : language_(language) {}

  Language language_;
  std::array<std::string_view, kTextCount> texts_;
};

// The texts of the language. They live as long as the program.
const PageTexts& texts_of(Language language);

}  // namespace porchlight::authority
