#include "cli/user_import.h"

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

// A batch stays well under what a server takes as one request.
constexpr std::size_t kRowsPerBatch = 2000;
constexpr std::size_t kBytesPerBatch = 512 * 1024;

constexpr const char* kUserImportExamples = R"(
CSV has a header that names userPrincipalName (or upn), displayName (or name) and, if you like, id. JSON is an
array of objects, or one object a line, with members of the same names. Rows go in batches: a bad row is named by
its line, and nothing of its batch is changed. Importing the same file again changes nothing.

Examples:
  porchlight user import people.csv --data ~/porch
  porchlight user import people.json --data ~/porch --tenant Contoso)";

struct UserImportOptions : CommonOptions {
  std::filesystem::path file;
};

struct Counts {
  std::uint64_t added = 0, updated = 0, unchanged = 0;
  std::uint64_t all() const { return added + updated + unchanged; }
};

// Says on stderr how far it is: over one line of a terminal, or every few seconds elsewhere.
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

void append_row(std::string& rows, const admin::PersonRow& row) {
  rows += rows.empty() ? "[[" : ",[";
  rows += std::to_string(row.line);
  for (const std::string* text : {&row.id, &row.upn, &row.name}) {
    rows += ',';
    append_json_string(rows, *text);
  }
  rows += ']';
}

// Sends rows in batches and counts what became of them.
class Importer {
 public:
  Importer(AdminClient& client, std::string tenant) : client_(client), tenant_(std::move(tenant)) {}

  CommandStatus add(const admin::PersonRow& row) {
    append_row(rows_, row);
    return ++count_ < kRowsPerBatch && rows_.size() < kBytesPerBatch ? CommandStatus() : send();
  }
  CommandStatus send() {
    if (count_ == 0) return {};
    CommandText command("user.import");
    command.text_if("tenant", tenant_).raw("rows", rows_ + ']');
    const auto result = client_.run(command.take());
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
      return std::unexpected("the answer holds no counts");
    counts_.added += added;
    counts_.updated += updated;
    counts_.unchanged += unchanged;
    return {};
  }

  AdminClient& client_;
  const std::string tenant_;
  std::string rows_;  // of the batch, as JSON without the last bracket
  std::size_t count_ = 0;
  Counts counts_;
  JsonReader reader_;
};

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

void print_counts(const UserImportOptions& options, const Counts& counts, double seconds) {
  const auto number = [](std::uint64_t n) { return std::to_string(n); };
  const std::string text =
      options.json
          ? "{\"added\":" + number(counts.added) + ",\"updated\":" + number(counts.updated) +
                ",\"unchanged\":" + number(counts.unchanged) + "}"
          : number(counts.added) + " users added, " + number(counts.updated) + " updated, " +
                number(counts.unchanged) + " unchanged, in " + number(std::uint64_t(seconds * 1000)) + " ms";
  std::puts(text.c_str());
}

CommandStatus import(const UserImportOptions& options) {
  std::ifstream in(options.file, std::ios::binary);
  std::ostringstream buffer;
  if (!in || !(buffer << in.rdbuf()))
    return std::unexpected("cannot read " + options.file.string() + ", or it is empty");
  auto client = AdminClient::open(options.data);
  if (!client) return std::unexpected(client.error());
  Importer importer(**client, options.tenant);
  Progress progress;
  const CommandStatus ended = import_all(buffer.str(), importer, progress);
  progress.end();
  if (!ended)
    return std::unexpected(options.file.string() + ": " + ended.error() + " (" +
                           std::to_string(importer.counts().all()) +
                           " users of the lines before are imported)");
  print_counts(options, importer.counts(), progress.seconds());
  return {};
}

}  // namespace

void add_user_import(CLI::App& group, SelectedCommand& selected) {
  const auto options = std::make_shared<UserImportOptions>();
  CLI::App* command = group.add_subcommand("import", "Add or update users from a CSV or JSON file");
  add_common(*command, *options);
  add_tenant_option(*command, *options);
  command->add_option("--file,file", options->file, "CSV, a JSON array, or JSON lines")
      ->required()
      ->type_name("FILE");
  command->footer(kUserImportExamples);
  set_action(*command, selected, [options] { return import(*options); });
}

}  // namespace porchlight::cli
