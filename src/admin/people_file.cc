#include "admin/people_file.h"

#include <fmt/format.h>
#include <xxhash.h>

#include <array>

#include "admin/file_kind.h"
#include "base/overloaded.h"
#include "directory/directory.h"

namespace porchlight::admin {

std::expected<std::unique_ptr<PeopleFile>, std::string> PeopleFile::open(std::string bytes) {
  if (const auto kind = kind_of_other_file(bytes))
    return std::unexpected(fmt::format("the file is {}", *kind));
  std::unique_ptr<PeopleFile> file(new PeopleFile(decode_text(std::move(bytes))));
  const std::string_view text = file->decoded_.text;
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return std::unexpected("the file is empty");
  if (text.find('\0') != std::string_view::npos) return std::unexpected("the file is not a text");
  if (text[first] == '[' || text[first] == '{') {
    file->reader_.emplace<PeopleJson>(text);
    return file;
  }
  auto csv = PeopleCsv::open(text);
  if (!csv) return std::unexpected(std::move(csv.error()));
  file->reader_ = *std::move(csv);
  return file;
}

std::optional<ReadRow> PeopleFile::next() {
  if (faults_ > kRowFaultsMax) return std::nullopt;
  auto row = std::visit(Overloaded{[](std::monostate) -> std::optional<ReadRow> { return std::nullopt; },
                                   [](auto& reader) { return reader.next(); }},
                        reader_);
  if (!row) return row;
  if (*row)
    if (auto fault = repeated(**row)) row = std::unexpected(*std::move(fault));
  if (!*row && ++faults_ > kRowFaultsMax)
    return std::unexpected(RowFault{
        row->error().line, fmt::format("more than {} rows are wrong; the rest is not read", kRowFaultsMax)});
  return row;
}

PeopleFile::TextHash PeopleFile::hash_of(std::string_view text) {
  const std::string folded = directory::fold_upn(text);
  const XXH128_hash_t hash = XXH3_128bits(folded.data(), folded.size());
  return {hash.low64, hash.high64};
}

std::optional<RowFault> PeopleFile::repeated(const PersonRow& row) {
  // An @ is in every userPrincipalName and in no id, so one table holds both.
  const std::array<std::pair<std::string_view, TextHash>, 2> texts{
      {{row.upn, hash_of(row.upn)}, {row.id, hash_of(row.id)}}};
  for (const auto& [text, hash] : texts)
    if (const auto earlier = lines_.find(hash); earlier != lines_.end())
      return RowFault{row.line, fmt::format("\"{}\" is in line {} already", text, earlier->second)};
  for (const auto& [text, hash] : texts)
    if (!text.empty()) lines_.emplace(hash, static_cast<std::uint32_t>(row.line));
  return std::nullopt;
}

double PeopleFile::progress() const {
  const std::size_t read = std::visit(Overloaded{[](std::monostate) -> std::size_t { return 0; },
                                                 [](const auto& reader) { return reader.offset(); }},
                                      reader_);
  return static_cast<double>(read) / static_cast<double>(decoded_.text.size());
}

}  // namespace porchlight::admin
