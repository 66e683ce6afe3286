// Users in a table of text: RFC 4180 with the separators and the first lines that spreadsheets and portals write.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "admin/line_cursor.h"
#include "admin/person_row.h"

namespace porchlight::admin {

// Reads rows. The header is the first line of more than separators. Lines before it are skipped if they begin with
// `#TYPE` (PowerShell) or `version:` (the templates of Entra ID), or are `sep=;` (spreadsheets). Columns are separated
// by what separates the header: a comma, a semicolon or a tab.
class PeopleCsv {
 public:
  // Reads the header. An error is a sentence with the line.
  static std::expected<PeopleCsv, std::string> open(std::string_view text);

  // The next row; nullopt at the end. After a fault, reading continues with the line behind the one where the row
  // starts: an open quote takes no other rows with it. Rows of nothing but separators and blanks are skipped. Fields at
  // the end of a row may be missing if they are not needed; surplus fields must be empty.
  std::optional<ReadRow> next();

  std::size_t offset() const { return cursor_.offset(); }

 private:
  explicit PeopleCsv(std::string_view text) : cursor_(text) {}

  // Fields of one row, blanks around unquoted ones removed; or what is wrong.
  using ReadFields = std::expected<std::vector<std::string>, std::string>;
  ReadFields read_fields();
  std::expected<std::string, std::string> read_field();
  std::expected<std::string, std::string> read_quoted();
  bool ends_field(char c) const { return c == separator_ || is_line_end(c); }
  // Whether a line before the header is to be skipped; sets the separator if the line says it.
  bool skip_preamble(std::string_view line);
  std::expected<PersonRow, std::string> row_of(std::vector<std::string> fields) const;

  LineCursor cursor_;
  char separator_ = ',';
  PersonFields columns_;
  std::size_t columns_count_ = 0;
};

}  // namespace porchlight::admin
