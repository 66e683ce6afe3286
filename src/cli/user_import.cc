// Rows go to the server in batches, so that a file of any size needs little memory there and a long import does not
// delay other commands. With --strict, a first pass over all batches only checks them.
#include "cli/user_import.h"

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <memory>

#include "admin/people_file.h"
#include "base/json.h"
#include "cli/admin_client.h"
#include "cli/directory_command.h"

namespace porchlight::cli {
namespace {

// A batch stays well below the size limit of one request.
constexpr std::size_t kRowsPerBatch = 2000;
constexpr std::size_t kBytesPerBatch = 512 * 1024;
// Of a result: each row of a batch may have a fault.
constexpr JsonLimits kResultLimits = {.members = 10 * kRowsPerBatch};

constexpr const char* kUserImportExamples = R"(
The file is CSV with a header, or JSON: a list of objects, a page of Graph ({"value":[...]}), or one object per line.
Columns or members are userPrincipalName (or upn), displayName (or name) and optionally id; others are ignored. CSV is
separated by commas, semicolons or tabs, in UTF-8, UTF-16 or Latin-1. docs/people_import.md has the details.

A row that is wrong is printed with its line and left out; the others are imported, and the exit code is 1. With
--strict, one wrong row rejects the whole file. Importing the same file again changes nothing.

Examples:
  porchlight user import people.csv --data ~/porch
  porchlight user import people.json --data ~/porch --tenant Contoso --strict)";

// The options of the command.
struct UserImportOptions : CommonOptions {
  std::filesystem::path file;
  bool strict = false;
};

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

// Sends rows in batches and adds up what became of them.
class Importer {
 public:
  // `is_check`: the server only says what is wrong.
  Importer(AdminClient& client, std::string tenant, bool is_check)
      : client_(client), tenant_(std::move(tenant)), is_check_(is_check) {}

  CommandStatus add(const admin::ReadRow& row) {
    if (!row) {
      outcome_.faults.push_back(row.error());
      return {};
    }
    append_row(rows_, *row);
    return ++count_ < kRowsPerBatch && rows_.size() < kBytesPerBatch ? CommandStatus() : send();
  }
  CommandStatus send() {
    if (count_ == 0) return {};
    const auto result = client_.run(admin_command("user.import", [&](JsonObject& out) {
      out.text_if("tenant", tenant_).boolean("check", is_check_).json("rows", rows_ + ']');
    }));
    rows_.clear();
    count_ = 0;
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
  const bool is_check_;
  std::string rows_;  // of the batch, as a JSON array without its last bracket
  std::size_t count_ = 0;
  ImportOutcome outcome_;
  JsonReader reader_;
};

// Sends all rows of the file. Stops at the first error that is not a row's own.
CommandStatus send_all(admin::PeopleFile& file, Importer& importer, Progress& progress) {
  while (const auto row = file.next()) {
    if (auto sent = importer.add(*row); !sent) return sent;
    progress.show(importer.outcome().imported(), file.progress());
  }
  return importer.send();
}

// Prints the outcome, with --json as an object. Rows that are wrong are then in it, and else on stderr.
void print_outcome(const UserImportOptions& options, ImportOutcome outcome, double seconds) {
  std::ranges::stable_sort(outcome.faults, {}, &admin::RowFault::line);
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
    std::fprintf(stderr, "%s: %s\n", options.file.c_str(), to_text(fault).c_str());
  fmt::print("{} users added, {} updated, {} unchanged, in {} ms\n", outcome.added, outcome.updated,
             outcome.unchanged, static_cast<std::uint64_t>(seconds * 1000));
}

// The bytes of the file, or why it cannot be read.
std::expected<std::string, std::string> read_file(const std::filesystem::path& path) {
  if (std::filesystem::is_directory(path)) return std::unexpected("it is a folder");
  if (!std::filesystem::exists(path)) return std::unexpected("it does not exist");
  std::ifstream in(path, std::ios::binary);
  std::string bytes(std::istreambuf_iterator<char>(in), {});
  if (!in.is_open() || in.bad()) return std::unexpected("it is not readable");
  return bytes;
}

// One pass over the file. Prints what became of the rows; an error says how many are not imported.
CommandStatus run_pass(const UserImportOptions& options, AdminClient& client, std::string bytes,
                       bool is_check) {
  const auto refuse = [&](const std::string& what) {
    return std::unexpected(options.file.string() + ": " + what);
  };
  const auto file = admin::PeopleFile::open(std::move(bytes));
  if (!file) return refuse(file.error());
  if ((*file)->encoding() != TextEncoding::kUtf8 && !is_check)
    std::fprintf(stderr, "%s: read as %s\n", options.file.c_str(),
                 std::string(to_text((*file)->encoding())).c_str());
  Importer importer(client, options.tenant, is_check);
  Progress progress;
  const CommandStatus ended = send_all(**file, importer, progress);
  progress.end();
  ImportOutcome outcome = importer.outcome();
  if (!ended)
    return refuse(fmt::format("{} ({} users of the rows before are imported)", ended.error(),
                              is_check ? 0 : outcome.imported()));
  const std::size_t faults = outcome.faults.size();
  if (is_check) outcome.added = outcome.updated = outcome.unchanged = 0;
  if (!is_check || faults > 0) print_outcome(options, std::move(outcome), progress.seconds());
  if (faults == 0) return {};
  return refuse(fmt::format("{} {} wrong{}", faults, faults == 1 ? "row is" : "rows are",
                            is_check ? "; nothing is imported" : ", and not imported"));
}

CommandStatus import(const UserImportOptions& options) {
  auto bytes = read_file(options.file);
  if (!bytes) return std::unexpected("cannot read " + options.file.string() + ": " + bytes.error());
  auto client = AdminClient::open(options.data);
  if (!client) return std::unexpected(client.error());
  if (options.strict)
    if (auto checked = run_pass(options, **client, *bytes, true); !checked) return checked;
  return run_pass(options, **client, *std::move(bytes), false);
}

}  // namespace

void add_user_import(CLI::App& group, SelectedCommand& selected) {
  const auto options = std::make_shared<UserImportOptions>();
  CLI::App* command = group.add_subcommand("import", "Add or update users from a CSV or JSON file");
  add_common(*command, *options);
  add_tenant_option(*command, *options);
  command->add_option("--file,file", options->file, "The file: CSV or JSON")->required()->type_name("FILE");
  command->add_flag("--strict", options->strict, "Import nothing if one row is wrong");
  command->footer(kUserImportExamples);
  set_action(*command, selected, [options] { return import(*options); });
}

}  // namespace porchlight::cli
