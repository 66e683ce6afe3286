#include "cli/scdoc.h"

#include <fmt/format.h>

#include <algorithm>
#include <ranges>

namespace porchlight::cli {

std::string scdoc_escaped(std::string_view text) {
  // Markup anywhere, and markup at the start of a line.
  constexpr std::string_view kAnywhere = "\\*_`+";
  constexpr std::string_view kAtStart = "#-;[]|";
  std::string escaped;
  for (const char c : text) {
    if (kAnywhere.contains(c) || (escaped.empty() && kAtStart.contains(c))) escaped += '\\';
    escaped += c;
  }
  return escaped;
}

ScdocPage::ScdocPage(std::string_view name, int section, std::string_view version, std::string_view purpose)
    : source_(fmt::format("{}({}) \"{}\" \"Porchlight\"\n", name, section, version)) {
  heading("NAME");
  markup(fmt::format("{} - {}", name, scdoc_escaped(purpose)));
}

// scdoc reads no markup in headings.
void ScdocPage::heading(std::string_view text) { source_ += fmt::format("\n# {}\n", text); }

void ScdocPage::subheading(std::string_view text) { source_ += fmt::format("\n## {}\n", text); }

void ScdocPage::text(std::string_view text) {
  source_ += '\n';
  bool as_is = false;
  text.remove_prefix(std::min(text.find_first_not_of('\n'), text.size()));
  text = text.substr(0, text.find_last_not_of('\n') + 1);
  for (const auto part : std::views::split(text, '\n')) {
    const std::string_view line(part.begin(), part.end());
    const bool now_as_is = line.starts_with("  ");
    if (now_as_is != as_is) source_ += "```\n";
    as_is = now_as_is;
    source_ += as_is ? std::string(line.substr(2)) : scdoc_escaped(line);
    source_ += '\n';
  }
  if (as_is) source_ += "```\n";
}

void ScdocPage::markup(std::string_view paragraph) { source_ += fmt::format("\n{}\n", paragraph); }

void ScdocPage::entry(std::string_view term, std::string_view meaning) {
  source_ += fmt::format("\n{}\n\t{}\n", term, scdoc_escaped(meaning));
}

}  // namespace porchlight::cli
