// A manual page in the language of scdoc, from which scdoc makes roff.
#pragma once

#include <string>
#include <string_view>

namespace porchlight::cli {

// `text` as scdoc prints it: none of its characters is markup.
std::string scdoc_escaped(std::string_view text);

// A page that is written from its title to its end.
class ScdocPage {
 public:
  // `name`: "porchlight-user". `section`: that of the manual, 1 or 5.
  ScdocPage(std::string_view name, int section, std::string_view version, std::string_view purpose);

  void heading(std::string_view text);
  void subheading(std::string_view text);
  // Lines of prose, and paragraphs between empty lines. Lines that begin with two spaces are printed as they are.
  void text(std::string_view text);
  // A paragraph that is markup already.
  void markup(std::string_view paragraph);
  // A term, which is markup, and what it means, which is text.
  void entry(std::string_view term, std::string_view meaning);

  const std::string& source() const { return source_; }

 private:
  std::string source_;
};

}  // namespace porchlight::cli
