// Checks docs/log_format.md against the codecs: the worked example and the tables of numbers.
#include <gtest/gtest.h>
#include <rocksdb/db.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <future>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <sstream>

#include "base/time_text.h"
#include "log/batch_codec.h"
#include "log/embedded_log.h"
#include "log/event_codec.h"
#include "log/record_codec.h"
#include "log/samples.h"
#include "log/wal_scan.h"
#include "presence/rules.h"

namespace porchlight::log {
namespace {

std::string read_document() {
  std::ifstream in(PORCHLIGHT_SOURCE "/docs/log_format.md", std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::string trimmed(std::string text) {
  text.erase(0, std::min(text.find_first_not_of(' '), text.size()));
  text.erase(text.find_last_not_of(' ') + 1);
  return text;
}

// The cells of a table row; empty if the line is not a table row.
std::vector<std::string> cells_of(const std::string& line) {
  std::vector<std::string> cells;
  if (!line.starts_with("|")) return cells;
  std::istringstream in(line.substr(1));
  for (std::string cell; std::getline(in, cell, '|');) cells.push_back(trimmed(cell));
  return cells;
}

// The text between the first pair of backticks; otherwise empty.
std::string quoted(const std::string& cell) {
  const std::size_t begin = cell.find('`');
  const std::size_t end = cell.find('`', begin + 1);
  return end == std::string::npos ? std::string() : cell.substr(begin + 1, end - begin - 1);
}

std::string bytes_of(const std::string& hex) {
  std::string bytes;
  std::istringstream in(hex);
  for (std::string pair; in >> pair;) {
    std::uint8_t byte = 0;
    const auto [end, fault] = std::from_chars(pair.data(), pair.data() + pair.size(), byte, 16);
    EXPECT_TRUE(pair.size() == 2 && fault == std::errc{} && end == pair.data() + 2) << pair;
    bytes.push_back(static_cast<char>(byte));
  }
  return bytes;
}

struct Row {
  std::size_t offset;
  std::string bytes;
  std::string type;
  std::string field;
  std::string value;
};

// A hex dump of the document, and the rows of the table that explains it.
struct Example {
  std::string bytes;
  std::vector<Row> rows;
};

// The dump is fenced as "hex NAME"; the table is the next one.
Example example(const std::string& name) {
  const std::vector<std::string> lines = lines_of(read_document());
  Example found;
  auto line = std::ranges::find(lines, "```hex " + name);
  if (line == lines.end()) return found;
  for (++line; line != lines.end() && *line != "```"; ++line) {
    const std::string dump = line->substr(0, line->find('|'));
    found.bytes += bytes_of(dump.substr(dump.find(' ')));
  }
  while (line != lines.end() && !line->starts_with("|")) ++line;
  for (; line != lines.end() && line->starts_with("|"); ++line) {
    const auto cells = cells_of(*line);
    if (cells.size() != 5 || cells[0].find_first_not_of("0123456789") != std::string::npos) continue;
    found.rows.push_back(
        {std::stoul(cells[0]), bytes_of(quoted(cells[1])), cells[2], cells[3], quoted(cells[4])});
  }
  return found;
}

template <typename T>
T big_endian(std::string_view bytes) {
  T value = 0;
  for (const char byte : bytes) value = static_cast<T>(value << 8 | static_cast<std::uint8_t>(byte));
  return value;
}

// Checks that the bytes of a row, read as its type, give its value.
void expect_value(const Row& row) {
  SCOPED_TRACE(row.field + " at " + std::to_string(row.offset));
  ByteReader in(row.bytes);
  std::optional<std::uint64_t> number;
  std::optional<std::string> text;
  if (row.type == "u8") number = in.fixed<std::uint8_t>();
  if (row.type == "u16") number = in.fixed<std::uint16_t>();
  if (row.type == "u32") number = in.fixed<std::uint32_t>();
  if (row.type == "u64") number = in.fixed<std::uint64_t>();
  if (row.type == "i64") number = static_cast<std::uint64_t>(in.fixed<std::int64_t>());
  if (row.type == "varint") number = in.varint();
  if (row.type == "u32 be") number = big_endian<std::uint32_t>(in.raw(4));
  if (row.type == "u64 be") number = big_endian<std::uint64_t>(in.raw(8));
  if (row.type == "guid") text = to_string(in.guid());
  if (row.type == "text") text = std::string(in.text(kEventTextBytesMax));
  if (row.type == "bytes") text = std::string(in.raw(row.bytes.size()));
  ASSERT_TRUE(number || text) << "unknown type " << row.type;
  EXPECT_TRUE(in.ok() && in.at_end());
  if (number) {
    EXPECT_EQ(std::stoull(row.value, nullptr, 0), *number);
  } else {
    EXPECT_EQ(row.value, *text);
  }
}

Guid guid(std::string_view text) { return parse_guid(text).value(); }
Time time_at(std::string_view text) { return parse_date_time(text).value(); }

const std::uint32_t kDocumentedShard = 62;
const Guid kTenant = guid("1f34c53f-13b8-89c8-bc76-0204a92c3355");
const Guid kUser = guid("fa8bf3dc-eca7-46b7-bad1-db199b62afc3");

// The values that the document names.
Batch documented_batch() {
  const Time at = time_at("2030-01-31T08:00:00Z");
  const presence::SessionSet set{
      .key = {guid("5852c2ae-7c72-8075-890b-d4918c300cbf"), guid("c2f7a1d4-58e3-4b96-a07c-1d9e4f6b8a35")},
      .state = state_of("Busy", "InACall"),
      .expires_at = time_at("2030-01-31T09:00:00Z")};
  Batch batch{.epoch = 1, .at = at, .events = {}};
  batch.events.push_back(
      {.id = guid("5d0c6a2e-93f1-4c57-8f0b-2a6d1e7b4c90"),
       .tenant = kTenant,
       .subject = kUser,
       .version = 1,
       .body = DirectoryEvent{at, directory::UserPut{"ana@contoso.com", "Ana Lindqvist"}}});
  batch.events.push_back({.id = guid("b81f4e07-2c6a-4d3b-9e55-70c1a9f3d862"),
                          .tenant = kTenant,
                          .subject = kUser,
                          .version = 2,
                          .body = presence::Event{at, 1, set}});
  return batch;
}

TEST(FormatDocument, TheBatchEncodesToTheDocumentedBytes) {
  const Batch batch = documented_batch();
  const std::string events = encode_events(batch);
  EXPECT_EQ(encode_batch(header_of(batch), events, 1, next_chain(0, events)), example("batch").bytes);
}

TEST(FormatDocument, TheDocumentedBytesDecodeToTheBatch) {
  const auto decoded = decode_batch(example("batch").bytes);
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->batch, documented_batch());
  EXPECT_EQ(decoded->n, 1u);
  EXPECT_EQ(decoded->chain, next_chain(0, events_of(example("batch").bytes)));
}

TEST(FormatDocument, TheDatabaseHoldsTheDocumentedKeysAndValues) {
  const Folder folder;
  {
    const auto engine = EmbeddedEngine::open({.dir = folder.path()}).value();
    std::promise<Appended> outcome;
    engine->shard(kDocumentedShard).append(documented_batch(), 0, [&](Appended appended, const Tail&) {
      outcome.set_value(appended);
    });
    ASSERT_EQ(outcome.get_future().get(), Appended::kOk);
  }
  rocksdb::DB* raw = nullptr;
  ASSERT_TRUE(rocksdb::DB::OpenForReadOnly({}, folder.path(), &raw).ok());
  const std::unique_ptr<rocksdb::DB> database(raw);
  const std::unique_ptr<rocksdb::Iterator> it(database->NewIterator({}));
  std::map<std::string, std::string> found;
  for (it->SeekToFirst(); it->Valid(); it->Next()) found[it->key().ToString()] = it->value().ToString();
  const std::map<std::string, std::string> documented = {{"G", example("marker").bytes},
                                                         {example("key").bytes, example("batch").bytes}};
  EXPECT_EQ(found, documented);
}

TEST(FormatDocument, TheDocumentedShardIsTheHashOfTheSubject) {
  std::string key;
  ByteWriter(key).guid(kTenant);
  ByteWriter(key).guid(kUser);
  EXPECT_EQ(next_chain(0, key) % 64, kDocumentedShard);  // XXH64 with seed 0
}

TEST(FormatDocument, TheEventsApplyToTheDocumentedRecord) {
  const Batch batch = documented_batch();
  presence::Record record;
  presence::apply(record, std::get<presence::Event>(batch.events.back().body));
  std::string bytes;
  ByteWriter out(bytes);
  append_record(out, record);
  EXPECT_EQ(bytes, example("record").bytes);
  ByteReader in(bytes);
  EXPECT_EQ(read_record(in), record);
  EXPECT_TRUE(in.ok() && in.at_end());
}

TEST(FormatDocument, EachTableRowMatchesItsBytes) {
  for (const std::string name : {"key", "batch", "marker", "record"}) {
    SCOPED_TRACE(name);
    const Example shown = example(name);
    ASSERT_FALSE(shown.rows.empty());
    std::string bytes;
    for (const Row& row : shown.rows) {
      EXPECT_EQ(row.offset, bytes.size()) << row.field;
      bytes += row.bytes;
      expect_value(row);
    }
    EXPECT_EQ(bytes, shown.bytes);
  }
}

// The rows of all tables under a heading, up to the next heading.
std::vector<std::vector<std::string>> rows_under(const std::string& heading) {
  const std::vector<std::string> lines = lines_of(read_document());
  std::vector<std::vector<std::string>> rows;
  auto line = std::ranges::find(lines, heading);
  if (line == lines.end()) return rows;
  for (++line; line != lines.end() && !line->starts_with("#"); ++line) {
    if (auto cells = cells_of(*line); !cells.empty()) rows.push_back(std::move(cells));
  }
  return rows;
}

// Every known kind has a body, so an event without a body is damaged if its kind is known.
bool is_known_kind(std::uint8_t kind) {
  std::string bytes;
  ByteWriter out(bytes);
  out.fixed(kind);
  out.fixed(std::uint8_t{0});
  out.text(std::string(16 + 16 + 1 + 16, '\0'));
  ByteReader in(bytes);
  return read_event(in).error() == CodecError::kDamaged;
}

std::set<std::string> first_cells_that_are_numbers(const std::vector<std::vector<std::string>>& rows) {
  std::set<std::string> numbers;
  for (const auto& cells : rows)
    if (cells[0].find_first_not_of("0123456789") == std::string::npos) numbers.insert(cells[0]);
  return numbers;
}

TEST(FormatDocument, EveryKindOfEventHasARow) {
  std::set<std::string> known;
  for (int kind = 0; kind < 256; ++kind)
    if (is_known_kind(static_cast<std::uint8_t>(kind))) known.insert(std::to_string(kind));
  EXPECT_EQ(first_cells_that_are_numbers(rows_under("## Kinds of event")), known);
}

TEST(FormatDocument, EveryStateHasItsRow) {
  std::set<std::vector<std::string>> expected, found;
  for (const presence::State state : presence::documented_states())
    expected.insert(
        {std::to_string(state.code()), std::string(state.availability()), std::string(state.activity())});
  for (const auto& cells : rows_under("### States"))
    if (cells[0] != "code" && !cells[0].starts_with("-")) found.insert(cells);
  EXPECT_EQ(found, expected);
}

}  // namespace
}  // namespace porchlight::log
