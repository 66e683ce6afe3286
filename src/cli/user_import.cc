// Rows go to the server in batches, so that a file of any size needs little memory there and a long import does not
// delay other commands.
#include "cli/user_import.h"

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <memory>
#include <sstream>

#include "admin/people_file.h"
#include "base/json.h"
#include "cli/admin_client.h"
#include "cli/directory_command.h"

namespace porchlight::cli {
namespace {

// A batch stays well below the size limit of one request.
constexpr std::size_t kRowsPerBatch = 2000;
constexpr std::size_t kBytesPerBatch = 512 * 1024;

constexpr const char* kUserImportExamples = R"(
A CSV file has a header with the columns userPrincipalName (or upn), displayName (or name) and optionally id. A JSON
file is an array of objects, or one object per line, with members of the same names. Rows are imported in batches of
up to 2000. The first wrong row ends the import with an error that names its line: its batch is not imported, the
batches before it are. Importing the same file again changes nothing.

Examples:
  porchlight user import people.csv --data ~/porch
  porchlight user import people.json --data ~/porch --tenant Contoso)";

// The options of the command.
struct UserImportOptions : CommonOptions {
  std::filesystem::path file;
};

// The users of the file so far, by outcome.
struct Counts {
  std::uint64_t added = 0, updated = 0, unchanged = 0;
  std::uint64_t all() const { return added + updated + unchanged; }
};

// Writes the progress to stderr: on a terminal it rewrites one line, elsewhere it adds a line every few seconds.
class Progress {
 public:
  void show(const Counts& counts, std::size_t done_bytes, std::size_t all_bytes) {
    const auto now = SteadyClock::now();
    const auto gap = terminal_ ? std::chrono::milliseconds(200) : std::chrono::milliseconds(3000);
    if (now - shown_ < gap) return;
    shown_ = now;
    shown_any_ = true;
    std::fprintf(stderr, "%s%llu users, %.0f a second, %.0f %%%s", terminal_ ? "\r" : "",
                 static_cast<unsigned long long>(counts.all()), counts.all() / seconds(),
                 100.0 * done_bytes / all_bytes, terminal_ ? "   " : "\n");
  }
  void end() const {
    if (terminal_ && shown_any_) std::fputs("\n", stderr);
  }
  double seconds() const { return std::chrono::duration<double>(SteadyClock::now() - begin_).count() + 1e-9; }

 private:
  using SteadyClock = std::chrono::steady_clock;
  const bool terminal_ = ::isatty(STDERR_FILENO) == 1;
  const SteadyClock::time_point begin_ = SteadyClock::now();
  SteadyClock::time_point shown_ = begin_;
  bool shown_any_ = false;
};

// Appends [line, id, upn, name] to an array that stays open.
void append_row(std::string& rows, const admin::PersonRow& row) {
  rows += rows.empty() ? '[' : ',';
  JsonArray(rows).number(row.line).text(row.id).text(row.upn).text(row.name);
}

// Sends rows in batches and counts their outcomes.
class Importer {
 public:
  Importer(AdminClient& client, std::string tenant) : client_(client), tenant_(std::move(tenant)) {}

  CommandStatus add(const admin::PersonRow& row) {
    append_row(rows_, row);
    return ++count_ < kRowsPerBatch && rows_.size() < kBytesPerBatch ? CommandStatus() : send();
  }
  CommandStatus send() {
    if (count_ == 0) return {};
    const auto result = client_.run(admin_command(
        "user.import", [&](JsonObject& out) { out.text_if("tenant", tenant_).json("rows", rows_ + ']'); }));
    rows_.clear();
    count_ = 0;
    if (!result) return std::unexpected(result.error());
    return count(*result);
  }
  const Counts& counts() const { return counts_; }

 private:
  CommandStatus count(const std::string& result) {
    const auto root = reader_.parse(result);
    std::uint64_t added, updated, unchanged;
    if (!root || (*root)["added"].get_uint64().get(added) || (*root)["updated"].get_uint64().get(updated) ||
        (*root)["unchanged"].get_uint64().get(unchanged))
      return std::unexpected("the server's answer has no counts");
    counts_.added += added;
    counts_.updated += updated;
    counts_.unchanged += unchanged;
    return {};
  }

  AdminClient& client_;
  const std::string tenant_;
  std::string rows_;  // of the batch, as a JSON array without its last bracket
  std::size_t count_ = 0;
  Counts counts_;
  JsonReader reader_;
};

// Reads the whole file and sends it in batches. Stops at the first error.
CommandStatus import_all(const std::string& text, Importer& importer, Progress& progress) {
  admin::PeopleFile file(text);
  while (true) {
    const auto rows = file.next(kRowsPerBatch);
    if (!rows) return std::unexpected(rows.error());
    if (rows->empty()) return importer.send();
    for (const admin::PersonRow& row : *rows) {
      if (auto sent = importer.add(row); !sent) return sent;
    }
    progress.show(importer.counts(), file.offset(), text.size());
  }
}

// Prints the outcome, with --json as an object.
void print_counts(const UserImportOptions& options, const Counts& counts, double seconds) {
  const std::string text =
      options.json ? json_object([&](JsonObject& out) {
        out.number("added", counts.added).number("updated", counts.updated);
        out.number("unchanged", counts.unchanged);
      })
                   : fmt::format("{} users added, {} updated, {} unchanged, in {} ms", counts.added,
                                 counts.updated, counts.unchanged, std::uint64_t(seconds * 1000));
  std::puts(text.c_str());
}

// Imports a file. An error says how many users were imported before it.
CommandStatus import(const UserImportOptions& options) {
  std::ifstream in(options.file, std::ios::binary);
  std::ostringstream buffer;
  if (!in || !(buffer << in.rdbuf()))
    return std::unexpected("cannot read " + options.file.string() +
                           ": it does not exist, is not readable, or is empty");
  auto client = AdminClient::open(options.data);
  if (!client) return std::unexpected(client.error());
  Importer importer(**client, options.tenant);
  Progress progress;
  const CommandStatus ended = import_all(buffer.str(), importer, progress);
  progress.end();
  if (!ended)
    return std::unexpected(options.file.string() + ": " + ended.error() + " (" +
                           std::to_string(importer.counts().all()) +
                           " users of the lines before it are imported)");
  print_counts(options, importer.counts(), progress.seconds());
  return {};
}

}  // namespace

void add_user_import(CLI::App& group, SelectedCommand& selected) {
  const auto options = std::make_shared<UserImportOptions>();
  CLI::App* command = group.add_subcommand("import", "Add or update users from a CSV or JSON file");
  add_common(*command, *options);
  add_tenant_option(*command, *options);
  command->add_option("--file,file", options->file, "The file: CSV, a JSON array, or JSON lines")
      ->required()
      ->type_name("FILE");
  command->footer(kUserImportExamples);
  set_action(*command, selected, [options] { return import(*options); });
}

}  // namespace porchlight::cli
