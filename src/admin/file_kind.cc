#include "admin/file_kind.h"

#include "base/text.h"

namespace porchlight::admin {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kMark = "\xEF\xBB\xBF";  // the byte order mark of UTF-8
constexpr std::string_view kArchive =
    "a ZIP archive, as workbooks (.xlsx, .ods) are: save the sheet as CSV and import that";

// The first bytes of files that people have imported in place of CSV.
constexpr std::pair<std::string_view, std::string_view> kMagic[] = {
    {"PK\x03\x04"sv, kArchive},
    {"PK\x05\x06"sv, kArchive},
    {"\xD0\xCF\x11\xE0"sv,
     "a workbook or document of older Microsoft Office: save the sheet as CSV and import that"},
    {"%PDF"sv, "a PDF document"},
    {"\x1F\x8B"sv, "compressed with gzip: decompress it and import the result"},
    {"{\\rtf"sv, "a document in Rich Text Format: save it as plain text"},
    {"SQLite format 3"sv, "an SQLite database"},
    {"\x89PNG"sv, "an image"},
    {"\xFF\xD8\xFF"sv, "an image"},
    {"BEGIN:VCALENDAR"sv, "a calendar (docs/calendars.md says where calendars go)"},
    {"BEGIN:VCARD"sv, "an address book in vCard format"},
};

}  // namespace

std::optional<std::string_view> kind_of_other_file(std::string_view bytes) {
  for (const auto& [magic, kind] : kMagic)
    if (bytes.starts_with(magic)) return kind;
  if (bytes.starts_with(kMark)) bytes.remove_prefix(kMark.size());
  const std::string_view text = bytes.substr(std::min(bytes.find_first_not_of(" \t\r\n"), bytes.size()));
  for (const std::string_view tag : {"<!doctype html"sv, "<html"sv})
    if (equals_ignore_case(text.substr(0, tag.size()), tag))
      return "an HTML page, as a download that needs a sign-in is";
  if (text.starts_with('<')) return "an XML document";
  return std::nullopt;
}

}  // namespace porchlight::admin
