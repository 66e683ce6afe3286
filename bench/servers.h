// The measured porchlight: its data folder, its server, and the requests to it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "process.h"

namespace porchlight::bench {

// The parameters of all measurements.
struct Setting {
  std::filesystem::path porchlight;  // the program
  std::filesystem::path tools;       // the folder of bench_floor and bench_engine
  std::filesystem::path folder;      // for all created files; on the disk that is measured
  std::uint64_t people;
  Processors processors = choose_processors();

  std::filesystem::path stderr_file() const { return folder / "stderr.txt"; }
};

// A running program that serves HTTP on a local port.
struct Served {
  Process process;
  int port;
};

// Starts a program that prints "listening on http://HOST:PORT", bound to a processor.
Served serve(const Setting& setting, const Arguments& arguments, int processor);
// Starts porchlight on a data folder with one serving thread and without request limits, on the processor for servers;
// the second on any processor, to measure the start, which uses several threads. `more`: further arguments.
Served serve_porchlight(const Setting& setting, const std::filesystem::path& data,
                        const Arguments& more = {});
Served serve_porchlight_anywhere(const Setting& setting, const std::filesystem::path& data);
// Waits until the server has no background work, such as indexing the history. Throws after a minute.
void wait_until_idle(const Served& served);

// Creates a data folder with a tenant and a client application, whose sessions do not expire.
void make_data(const Setting& setting, const std::filesystem::path& data);
// A token of that application that may read and write. A secret: use it only in requests.
std::string mint_token(const Setting& setting, const std::filesystem::path& data);

// Builds requests of that application. All reads have the same size.
class Requests {
 public:
  Requests(const std::string& token, std::uint64_t people);

  // GET presence of a user; of a random user.
  void append_read(std::string& out, std::uint64_t person) const;
  void append_random_read(std::string& out) { append_read(out, random_person()); }
  std::size_t read_bytes() const;
  // getPresencesByUserId of this many random users, with the query "" or "?$select=…". All have the same size.
  void append_random_bulk(std::string& out, std::size_t people, std::string_view query);
  // A $batch of this many reads of random users.
  void append_random_batch(std::string& out, std::size_t steps);

  // GET of a path.
  void append_get(std::string& out, std::string_view path) const;

  // setPresence of a user, to Available or Busy.
  void append_set(std::string& out, std::uint64_t person, bool busy) const;
  void append_random_set(std::string& out);

 private:
  void append_post(std::string& out, std::string_view path, const std::string& body) const;
  std::uint64_t random_person() { return scrambled() % people_; }
  std::uint64_t scrambled();

  const std::uint64_t people_;
  std::uint64_t drawn_ = 0;
  std::string before_read_id_, after_read_id_, before_set_id_, after_set_id_, fields_;
};

}  // namespace porchlight::bench
