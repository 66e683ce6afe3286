// porchlight.toml(5), made from the example file, so that there is one description of each setting.
#include <ranges>
#include <vector>

#include "cli/command.h"
#include "cli/manual.h"
#include "cli/scdoc.h"

namespace porchlight::cli {
namespace {

using Lines = std::vector<std::string_view>;

std::string_view without(std::string_view prefix, std::string_view line) {
  return line.starts_with(prefix) ? line.substr(prefix.size()) : line;
}

// "[tls]" and "# [[issuer]]", without what follows; empty if the line names no table.
std::string_view table_of(std::string_view line) {
  line = without("# ", line);
  return line.starts_with('[') ? line.substr(0, line.rfind(']') + 1) : std::string_view();
}

// "# key = value": a setting that is shown, and has no default.
bool is_unset_key(std::string_view line) {
  const std::size_t end = line.find_first_not_of("abcdefghijklmnopqrstuvwxyz_", 2);
  return line.starts_with("# ") && end > 2 && end != std::string_view::npos &&
         line.substr(end).starts_with(" = ");
}

bool is_prose(std::string_view line) {
  return line.starts_with('#') && !is_unset_key(line) && table_of(line).empty();
}

// One paragraph of the example: the table as a heading, the comment as prose, the rest as it is.
void add_paragraph(ScdocPage& page, const Lines& lines) {
  std::string prose;
  std::string keys;
  for (std::string_view line : lines) {
    if (keys.empty() && !table_of(line).empty()) {
      page.subheading(table_of(line));
      line = without(" ", without(table_of(line), without("# ", line)));
    }
    if (line.empty()) continue;
    if (keys.empty() && is_prose(line)) {
      prose += without(" ", without("#", line));
      prose += '\n';
    } else {
      keys.append("  ").append(line) += '\n';
    }
  }
  if (!prose.empty()) page.text(prose);
  if (!keys.empty()) page.text(keys);
}

}  // namespace

std::string settings_page(std::string_view example) {
  ScdocPage page("porchlight.toml", 5, kVersion, "configuration of a Porchlight server");
  page.heading("DESCRIPTION");
  Lines lines;
  for (const auto part : std::views::split(example, '\n')) {
    const std::string_view line(part.begin(), part.end());
    if (!line.empty()) {
      lines.push_back(line);
    } else {
      if (!lines.empty()) add_paragraph(page, lines);
      lines.clear();
    }
  }
  page.heading("SEE ALSO");
  page.markup("*porchlight*(1), *porchlight-serve*(1)");
  return page.source();
}

}  // namespace porchlight::cli
