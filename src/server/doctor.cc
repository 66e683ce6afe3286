#include "server/doctor.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <system_error>

#include "base/time_text.h"
#include "http/tls.h"
#include "issuers/https_get.h"
#include "node/config_check.h"
#include "node/data_folder.h"

namespace porchlight::server {
namespace {

namespace fs = std::filesystem;

using Findings = std::vector<Finding>;

std::string shown_time(Time time) {
  std::string text;
  append_date_time_seconds(text, time);
  return text;
}

Finding ok(std::string text) { return {Health::kOk, std::move(text), {}}; }

// When the newest file of a folder was written; nullopt if it has none.
std::optional<Time> newest_in(const fs::path& folder) {
  std::optional<Time> newest;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    struct stat status;
    if (::stat(entry->path().c_str(), &status) != 0 || !S_ISREG(status.st_mode)) continue;
    const Time written{std::chrono::seconds(status.st_mtim.tv_sec)};
    newest = std::max(newest.value_or(written), written);
  }
  return newest;
}

void examine_config(const node::ReadConfig& read, Time now, Findings& out) {
  std::vector<std::string> faults = read.faults;
  if (faults.empty()) faults = node::config_faults(read.config, now);
  if (faults.empty()) out.push_back(ok("the configuration is valid"));
  for (const std::string& fault : faults)
    out.push_back(
        {Health::kProblem, fault, "correct the configuration; porchlight config check FILE checks it"});
  for (const std::string& warning : read.warnings)
    out.push_back({Health::kWarning, warning, "remove the variable, or correct its name"});
}

// The files that another user owns: the server cannot replace those.
void examine_owners(const node::DataFolder& folder, Findings& out) {
  struct stat root;
  if (::stat(folder.root().c_str(), &root) != 0) return;
  std::size_t strange = 0;
  std::string first;
  std::error_code error;
  for (fs::recursive_directory_iterator entry(folder.root(), error), end; !error && entry != end;
       entry.increment(error)) {
    struct stat status;
    if (::lstat(entry->path().c_str(), &status) != 0 || status.st_uid == root.st_uid) continue;
    if (strange++ == 0) first = entry->path().string();
  }
  if (strange > 0)
    out.push_back(
        {Health::kProblem,
         fmt::format("{} files belong to another user than the data folder, the first is {}", strange, first),
         fmt::format("chown -R {} {}", root.st_uid, folder.root().string())});
  else
    out.push_back(ok(fmt::format("all files belong to the owner of the data folder, user {}", root.st_uid)));
  if (root.st_uid != ::geteuid() && ::geteuid() != 0)
    out.push_back({Health::kProblem, fmt::format("the data folder belongs to user {}", root.st_uid),
                   "run the server and this command as that user"});
}

void examine_keys(const node::DataFolder& folder, Findings& out) {
  std::error_code error;
  bool good = true;
  for (fs::directory_iterator entry(folder.keys(), error), end; !error && entry != end;
       entry.increment(error)) {
    struct stat status;
    if (::stat(entry->path().c_str(), &status) != 0 || (status.st_mode & 0077) == 0) continue;
    good = false;
    out.push_back({Health::kProblem, entry->path().string() + " may be used by other users",
                   "chmod 600 " + entry->path().string() + ", and replace the key if they may have read it"});
  }
  if (good) out.push_back(ok("keys are readable by their owner only"));
}

// Of the configured certificate. That it is valid now is a check of the configuration.
void examine_certificate(const node::Config& config, Time now, Findings& out) {
  if (config.tls_certificate.empty()) return;
  const auto context = http::TlsContext::load(config.tls_certificate, config.tls_key);
  if (!context || !(*context)->validity(now).good) return;
  const std::string text = "the certificate " + config.tls_certificate.string() + " is ";
  if ((*context)->validity(now + kCertificateLeft).good)
    out.push_back(ok(text + (*context)->validity(now).text));
  else
    out.push_back({Health::kWarning, text + (*context)->validity(now).text,
                   "replace its files; the server takes the new ones within a minute"});
}

void examine_issuers(const node::Config& config, Findings& out) {
  for (const node::TrustedIssuer& issuer : config.issuers) {
    const std::string& url = issuer.jwks_url.empty() ? issuer.discovery_url : issuer.jwks_url;
    if (url.empty()) continue;
    const auto answer = issuers::https_get(url, issuer.ca_file, {});
    if (answer)
      out.push_back(ok("issuer " + issuer.iss + " answers at " + url));
    else
      out.push_back(
          {Health::kWarning, "issuer " + issuer.iss + " does not answer at " + url + ": " + answer.error(),
           "its tokens are refused a day after its keys were last fetched. In a network without a way there, "
           "copy its keys to a file and set jwks_file"});
  }
}

// Checks of the machine. The limits of a server that is not visible, or that belongs to another user, are not known.
void examine_machine(const fs::path& data, std::optional<pid_t> server, Findings& out) {
  struct statvfs disk;
  if (::statvfs(data.c_str(), &disk) == 0) out.push_back(disk_finding(disk.f_bavail * disk.f_frsize));
  rlimit limit{};
  constexpr pid_t kThisProcess = 0;
  if (server != kThisProcess && ::prlimit(server.value_or(kThisProcess), RLIMIT_NOFILE, nullptr, &limit) == 0)
    out.push_back(descriptors_finding(limit.rlim_max));
}

}  // namespace

Finding disk_finding(std::uint64_t free_bytes) {
  std::string text = fmt::format("the disk of the data folder has {} MiB free", free_bytes >> 20);
  if (free_bytes >= kFreeBytesEnough) return ok(std::move(text));
  return {free_bytes < kFreeBytesLeast ? Health::kProblem : Health::kWarning, std::move(text),
          "free space, or bound the stores with [log] max_bytes and [history] max_bytes; writes are refused "
          "when the disk "
          "is full"};
}

Finding descriptors_finding(std::uint64_t limit) {
  std::string text = fmt::format("a server may open {} files and connections", limit);
  if (limit >= kDescriptorsEnough) return ok(std::move(text));
  return {limit < kDescriptorsLeast ? Health::kProblem : Health::kWarning, std::move(text),
          fmt::format("raise the limit to {}: LimitNOFILE= of the unit, or ulimit -Hn", kDescriptorsEnough)};
}

Finding clock_finding(Time now, std::optional<Time> written) {
  constexpr const char* kAdvice =
      "set the clock, and keep it right with NTP; sessions and tokens expire by it";
  if (now < kClockLeast) return {Health::kProblem, "the clock shows " + shown_time(now), kAdvice};
  if (written && *written > now + kClockBehindMax)
    return {Health::kProblem,
            "the clock shows " + shown_time(now) + ", but the log was written at " + shown_time(*written),
            kAdvice};
  return ok("the clock shows " + shown_time(now));
}

Finding snapshot_finding(std::optional<Time> snapshot, std::optional<Time> written) {
  if (!snapshot) return ok("no snapshot yet: a start replays the whole log");
  std::string text = "the newest snapshot is of " + shown_time(*snapshot);
  if (!written || *written <= *snapshot + kSnapshotBehindMax) return ok(std::move(text));
  return {Health::kWarning, text + ", but the log goes on to " + shown_time(*written),
          "look for \"snapshot\" in the log of the server; until there is one, a start takes longer"};
}

std::vector<Finding> examine(const fs::path& data, const node::ReadConfig& read, std::optional<pid_t> server,
                             Time now) {
  Findings out;
  examine_config(read, now, out);
  examine_machine(data, server, out);
  const auto folder = node::DataFolder::open(data);
  if (!folder) {
    out.push_back({Health::kProblem, folder.error(),
                   "name the data folder of the server, or create one: porchlight init"});
    return out;
  }
  examine_owners(*folder, out);
  examine_keys(*folder, out);
  const auto written = newest_in(folder->log());
  out.push_back(clock_finding(now, written));
  out.push_back(snapshot_finding(newest_in(folder->snapshots()), written));
  examine_certificate(read.config, now, out);
  examine_issuers(read.config, out);
  out.push_back(ok(server ? "a server runs on the data folder" : "no server runs on the data folder"));
  return out;
}

}  // namespace porchlight::server
