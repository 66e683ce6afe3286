// Files of users to import: CSV with a header, or JSON. Columns and members: id (optional), userPrincipalName or upn,
// displayName or name, and the names of exports (admin/person_row.h); others are ignored.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "admin/people_csv.h"
#include "admin/people_json.h"
#include "admin/person_row.h"
#include "base/text_encoding.h"

namespace porchlight::admin {

// Rows of a file that cannot be read or are there twice, before the rest of the file is skipped. A file with more is no
// list of users.
inline constexpr std::size_t kRowFaultsMax = 10'000;

// Reads rows from a whole file in memory.
class PeopleFile {
 public:
  // `bytes` are those of the file, in any encoding of base/text_encoding.h. The format is JSON if the first character
  // is '[' or '{', else CSV. An error is a sentence that says what the file is, or what is wrong with its header.
  static std::expected<std::unique_ptr<PeopleFile>, std::string> open(std::string bytes);

  // How the file is encoded.
  TextEncoding encoding() const { return decoded_.encoding; }

  // The next row, or why a row cannot be imported; nullopt at the end. A row with the id or the userPrincipalName of an
  // earlier one is a fault.
  std::optional<ReadRow> next();

  // The share of the file that is read, from 0 to 1.
  double progress() const;

 private:
  using Reader = std::variant<std::monostate, PeopleCsv, PeopleJson>;
  explicit PeopleFile(DecodedText decoded) : decoded_(std::move(decoded)) {}
  // What is wrong with a row that can be read.
  std::optional<RowFault> repeated(const PersonRow& row);

  const DecodedText decoded_;
  Reader reader_;  // of decoded_; set by open()
  std::size_t faults_ = 0;
  // 128 bits of hash in place of a text: a file of ten million users has twenty million texts. Two texts of a file have
  // the same with a probability below 10^-23.
  using TextHash = std::pair<std::uint64_t, std::uint64_t>;
  static TextHash hash_of(std::string_view text);
  absl::flat_hash_map<TextHash, std::uint32_t> lines_;  // by id and by folded userPrincipalName
};

}  // namespace porchlight::admin
