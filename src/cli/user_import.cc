// Rows go to the server in batches, so that a file of any size needs little memory there and a long import does not
// delay other commands. While the server carries out a batch, the rows of the next one are read. With --strict, a first
// pass over all batches only checks them; with --dry-run, it is the only one.
#include "cli/user_import.h"

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <future>
#include <iostream>
#include <iterator>
#include <memory>
#include <tuple>

#include "admin/people_file.h"
#include "base/json.h"
#include "cli/admin_client.h"
#include "cli/directory_command.h"

namespace porchlight::cli {
namespace {

// A batch stays well below the size limit of one request.
constexpr std::size_t kRowsPerBatch = 8000;
constexpr std::size_t kBytesPerBatch = 1024 * 1024;
// Of a result: each row of a batch may have a fault.
constexpr JsonLimits kResultLimits = {.members = 10 * kRowsPerBatch};

constexpr const char* kUserImportExamples = R"(
The file is CSV with a header, or JSON: a list of objects, a page of Graph ({"value":[...]}), or one object per line.
Columns or members are userPrincipalName (or upn), displayName (or name) and optionally id; others are ignored. CSV is
separated by commas, semicolons or tabs, in UTF-8, UTF-16 or Latin-1. docs/people_import.md has the details.

A row that is wrong is printed with its line and left out; the others are imported, and the exit code is 1. With
--strict, one wrong row rejects the whole file. Importing the same file again changes nothing. With --dry-run, nothing is
written, and what would be is printed. Ctrl-C stops the import after the rows that were sent.

Examples:
  porchlight user import people.csv --data ~/porch
  porchlight user import people.json --data ~/porch --tenant Contoso --strict
  porchlight user import - --data ~/porch --dry-run)";

// The options of the command.
struct UserImportOptions : CommonOptions {
  std::filesystem::path file;
  bool strict = false, dry_run = false;
  // The name of the input in messages.
  std::string source() const { return file == "-" ? "stdin" : file.string(); }
};

// Whether a pass only finds out what its rows would do, or writes them.
enum class Pass : std::uint8_t { kCheck, kWrite };

// Whether Ctrl-C was pressed since catch_interrupts(); a second one ends the process as usual.
volatile std::sig_atomic_t interrupted = 0;

void catch_interrupts() {
  struct sigaction action {};
  action.sa_handler = [](int) { interrupted = 1; };
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  ::sigaction(SIGINT, &action, nullptr);
}

// What became of the rows so far.
struct ImportOutcome {
  std::uint64_t added = 0, updated = 0, unchanged = 0;
  std::vector<admin::RowFault> faults;
  std::uint64_t imported() const { return added + updated + unchanged; }
};

// Writes the progress to stderr: on a terminal it rewrites one line, elsewhere it adds a line every few seconds.
class Progress {
 public:
  // `users` so far, and the share of the file that is read.
  void show(std::uint64_t users, double share) {
    const auto now = SteadyClock::now();
    const auto gap = terminal_ ? std::chrono::milliseconds(200) : std::chrono::milliseconds(3000);
    if (now - shown_ < gap) return;
    shown_ = now;
    shown_any_ = true;
    std::fprintf(stderr, "%s%llu users, %.0f a second, %.0f %%%s", terminal_ ? "\r" : "",
                 static_cast<unsigned long long>(users), users / seconds(), 100 * share,
                 terminal_ ? "   " : "\n");
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

// Sends rows in batches, each on a thread of its own once the one before is done, and adds up what became of them.
// After Ctrl-C it sends nothing more.
class Importer {
 public:
  Importer(AdminClient& client, std::string tenant, Pass pass)
      : client_(client), tenant_(std::move(tenant)), pass_(pass) {}

  CommandStatus add(const admin::ReadRow& row) {
    if (!row) {
      outcome_.faults.push_back(row.error());
      return {};
    }
    append_row(rows_, *row);
    return ++count_ < kRowsPerBatch && rows_.size() < kBytesPerBatch ? CommandStatus() : send();
  }
  CommandStatus send() {
    if (auto taken = finish(); !taken || count_ == 0) return taken;
    if (interrupted) return std::unexpected("interrupted");
    std::string command = admin_command("user.import", [&](JsonObject& out) {
      out.text_if("tenant", tenant_).boolean("check", pass_ == Pass::kCheck).json("rows", rows_ + ']');
    });
    rows_.clear();
    count_ = 0;
    sent_ =
        std::async(std::launch::async, [this, command = std::move(command)] { return client_.run(command); });
    return {};
  }
  // Waits for the batch that was sent last.
  CommandStatus finish() {
    if (!sent_.valid()) return {};
    const auto result = sent_.get();
    if (!result) return std::unexpected(result.error());
    return take(*result);
  }
  const ImportOutcome& outcome() const { return outcome_; }

 private:
  CommandStatus take(const std::string& result) {
    const std::unexpected<std::string> unexpected("the server's answer is not the result of an import");
    const auto root = reader_.parse(result, kResultLimits);
    std::uint64_t added, updated, unchanged;
    simdjson::dom::array faults;
    if (!root || (*root)["added"].get_uint64().get(added) || (*root)["updated"].get_uint64().get(updated) ||
        (*root)["unchanged"].get_uint64().get(unchanged) || (*root)["faults"].get_array().get(faults))
      return unexpected;
    outcome_.added += added;
    outcome_.updated += updated;
    outcome_.unchanged += unchanged;
    for (const simdjson::dom::element fault : faults) {
      std::uint64_t line;
      std::string_view what;
      if (fault["line"].get_uint64().get(line) || fault["error"].get_string().get(what)) return unexpected;
      outcome_.faults.push_back({line, std::string(what)});
    }
    return {};
  }

  AdminClient& client_;
  const std::string tenant_;
  const Pass pass_;
  std::string rows_;  // of the batch, as a JSON array without its last bracket
  std::size_t count_ = 0;
  ImportOutcome outcome_;
  JsonReader reader_;
  std::future<std::expected<std::string, std::string>> sent_;  // the result of the batch that was sent last
};

// Sends all rows of the file. Stops at the first error that is not a row's own.
CommandStatus send_all(admin::PeopleFile& file, Importer& importer, Progress& progress) {
  while (const auto row = file.next()) {
    if (auto sent = importer.add(*row); !sent) return sent;
    progress.show(importer.outcome().imported(), file.progress());
  }
  if (auto sent = importer.send(); !sent) return sent;
  return importer.finish();
}

// Prints the outcome, with --json as an object. Rows that are wrong are then in it, and else on stderr.
void print_outcome(const UserImportOptions& options, ImportOutcome outcome, double seconds) {
  std::ranges::sort(outcome.faults, {},
                    [](const admin::RowFault& fault) { return std::tie(fault.line, fault.what); });
  if (options.json) {
    const std::string text = json_object([&](JsonObject& out) {
      out.number("added", outcome.added).number("updated", outcome.updated);
      out.number("unchanged", outcome.unchanged);
      out.array("faults", outcome.faults, [](JsonArray& list, const admin::RowFault& fault) {
        list.object([&](JsonObject& one) { one.number("line", fault.line).text("error", fault.what); });
      });
    });
    std::puts(text.c_str());
    return;
  }
  for (const admin::RowFault& fault : outcome.faults)
    std::fprintf(stderr, "%s: %s\n", options.source().c_str(), to_text(fault).c_str());
  if (options.dry_run)
    fmt::print("{} users would be added, {} updated, {} unchanged; nothing is written\n", outcome.added,
               outcome.updated, outcome.unchanged);
  else
    fmt::print("{} users added, {} updated, {} unchanged, in {} ms\n", outcome.added, outcome.updated,
               outcome.unchanged, static_cast<std::uint64_t>(seconds * 1000));
}

// The bytes of the file or of stdin, or why they cannot be read.
std::expected<std::string, std::string> read_file(const std::filesystem::path& path) {
  if (path == "-") return std::string(std::istreambuf_iterator<char>(std::cin), {});
  if (std::filesystem::is_directory(path)) return std::unexpected("it is a folder");
  if (!std::filesystem::exists(path)) return std::unexpected("it does not exist");
  std::ifstream in(path, std::ios::binary);
  std::string bytes(std::istreambuf_iterator<char>(in), {});
  if (!in.is_open() || in.bad()) return std::unexpected("it is not readable");
  return bytes;
}

// Why a pass ended early, and how far it came.
std::string stopped_text(const std::string& why, const ImportOutcome& outcome, Pass pass) {
  if (pass == Pass::kCheck) return why + "; nothing is imported";
  return fmt::format(
      "{} ({} users of the rows before are imported; importing the file again continues with the others)",
      why, outcome.imported());
}

// One pass over the file. Prints what became of the rows; an error says how many are not imported.
CommandStatus run_pass(const UserImportOptions& options, AdminClient& client, std::string bytes, Pass pass) {
  const auto refuse = [&](const std::string& what) {
    return std::unexpected(options.source() + ": " + what);
  };
  const auto file = admin::PeopleFile::open(std::move(bytes));
  if (!file) return refuse(file.error());
  const bool is_last = pass == Pass::kWrite || options.dry_run;
  if ((*file)->encoding() != TextEncoding::kUtf8 && is_last)
    std::fprintf(stderr, "%s: read as %s\n", options.source().c_str(),
                 std::string(to_text((*file)->encoding())).c_str());
  Importer importer(client, options.tenant, pass);
  Progress progress;
  const CommandStatus ended = send_all(**file, importer, progress);
  progress.end();
  ImportOutcome outcome = importer.outcome();
  if (!ended) return refuse(stopped_text(ended.error(), outcome, pass));
  const std::size_t faults = outcome.faults.size();
  if (!is_last) outcome.added = outcome.updated = outcome.unchanged = 0;
  if (is_last || faults > 0) print_outcome(options, std::move(outcome), progress.seconds());
  if (faults == 0) return {};
  return refuse(fmt::format("{} {} wrong{}", faults, faults == 1 ? "row is" : "rows are",
                            pass == Pass::kCheck ? "; nothing is imported" : ", and not imported"));
}

CommandStatus import(const UserImportOptions& options) {
  auto bytes = read_file(options.file);
  if (!bytes) return std::unexpected("cannot read " + options.file.string() + ": " + bytes.error());
  auto client = AdminClient::open(options.data, options.timeout);
  if (!client) return std::unexpected(client.error());
  catch_interrupts();
  if (options.dry_run) return run_pass(options, **client, *std::move(bytes), Pass::kCheck);
  if (options.strict)
    if (auto checked = run_pass(options, **client, *bytes, Pass::kCheck); !checked) return checked;
  return run_pass(options, **client, *std::move(bytes), Pass::kWrite);
}

}  // namespace

void add_user_import(CLI::App& group, SelectedCommand& selected) {
  const auto options = std::make_shared<UserImportOptions>();
  CLI::App* command = group.add_subcommand("import", "Add or update users from a CSV or JSON file");
  add_common(*command, *options);
  add_tenant_option(*command, *options);
  command->add_option("--file,file", options->file, "The file: CSV or JSON; - for stdin")
      ->required()
      ->type_name("FILE");
  command->add_flag("--strict", options->strict, "Import nothing if one row is wrong");
  command->add_flag("--dry-run", options->dry_run, "Write nothing; print what would be imported");
  command->footer(kUserImportExamples);
  set_action(*command, selected, [options] { return import(*options); });
}

}  // namespace porchlight::cli
