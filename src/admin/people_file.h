// Parses files of users to import: CSV with a header (RFC 4180), a JSON array of objects, or JSON lines. Columns and
// members: id (optional), userPrincipalName or upn, displayName or name; others are ignored.
#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace porchlight::admin {

// One user as the file has it. The texts are checked later, by user.import.
struct PersonRow {
  std::size_t line = 0;  // the line where the row starts, from 1
  std::string id;        // empty: the user with that upn, or a new one
  std::string upn;
  std::string name;
  friend bool operator==(const PersonRow&, const PersonRow&) = default;
};

// Reads rows from the text of a whole file, which must outlive the reader. Rows are read in portions, so memory does
// not grow with the file.
class PeopleFile {
 public:
  // The format is JSON if the first character is '[' or '{', else CSV.
  explicit PeopleFile(std::string_view text);

  // Up to `limit` more rows; empty at the end. An error is a sentence that starts with the line; nothing can be read
  // after it.
  std::expected<std::vector<PersonRow>, std::string> next(std::size_t limit);

  // Bytes of the text read so far.
  std::size_t offset() const { return at_; }

 private:
  using ReadRow = std::expected<PersonRow, std::string>;
  using HasMore = std::expected<bool, std::string>;  // whether there is another row
  enum class FileFormat : std::uint8_t { kCsv, kJsonArray, kJsonLines };

  void skip_space();
  HasMore more_json();
  HasMore json_array_end();
  ReadRow next_json();
  std::string_view json_object();

  std::expected<void, std::string> read_header();
  HasMore next_csv_fields();
  std::expected<void, std::string> next_quoted(std::string& field);
  ReadRow csv_row() const;
  std::unexpected<std::string> fault(std::size_t line, std::string_view what) const;

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;      // the line of at_
  std::size_t row_line_ = 1;  // the line where the last CSV row starts
  FileFormat format_;
  bool started_ = false;
  bool ended_ = false;
  std::vector<std::string> fields_;       // of the last CSV row
  std::array<std::size_t, 3> columns_{};  // index in fields_ of id, upn, name; kAbsent if missing
  std::size_t columns_count_ = 0;
  JsonReader json_;
};

}  // namespace porchlight::admin
