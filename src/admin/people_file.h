// Files of people to import: CSV with a header (RFC 4180), a JSON array of objects, or JSON lines.
// Columns and members: id (may be absent), userPrincipalName or upn, displayName or name; others are passed
// over.
#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace porchlight::admin {

// One person as written. Whether the texts are good is checked where people are made.
struct PersonRow {
  std::size_t line = 0;  // in the file, from 1: where the row begins
  std::string id;        // empty: find by upn, or make one
  std::string upn;
  std::string name;
  friend bool operator==(const PersonRow&, const PersonRow&) = default;
};

// Reads rows one by one from a whole file's text, which must outlive the reader.
class PeopleFile {
 public:
  // JSON where the first character is '[' or '{', else CSV.
  explicit PeopleFile(std::string_view text);

  // Up to `limit` more rows; none at the end. An error names the line; nothing can be read after it.
  std::expected<std::vector<PersonRow>, std::string> next(std::size_t limit);

  // How far reading has come, in bytes.
  std::size_t offset() const { return at_; }

 private:
  using ReadRow = std::expected<PersonRow, std::string>;
  using HasMore = std::expected<bool, std::string>;  // whether there is another
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
  std::size_t line_ = 1;      // where at_ stands
  std::size_t row_line_ = 1;  // where the CSV row read last begins
  FileFormat format_;
  bool started_ = false;
  bool ended_ = false;
  std::vector<std::string> fields_;       // of the CSV row read last
  std::array<std::size_t, 3> columns_{};  // of id, upn, name; fields_.size() or more: absent
  std::size_t columns_count_ = 0;
  JsonReader json_;
};

}  // namespace porchlight::admin
