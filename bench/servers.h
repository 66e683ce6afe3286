// The porchlight under measurement: its data folder, its server, and the requests that are sent to it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "process.h"

namespace porchlight::bench {

// What every measurement needs to know.
struct Setting {
  std::filesystem::path porchlight;  // the program
  std::filesystem::path tools;       // the folder of bench_floor and bench_engine
  std::filesystem::path folder;      // for whatever is made; on the disk that is measured
  std::uint64_t people;
  Processors processors = choose_processors();

  std::filesystem::path stderr_file() const { return folder / "stderr.txt"; }
};

// A program that serves HTTP on a port of this machine.
struct Served {
  Process process;
  int port;
};

// Starts a program that says "listening on http://HOST:PORT", bound to a processor.
Served serve(const Setting& setting, const Arguments& arguments, int processor);
// Starts porchlight on a data folder: one serving thread, no budgets, on the processor for servers; or on
// any, where its start is measured, which is not the work of one thread. `more`: further arguments.
Served serve_porchlight(const Setting& setting, const std::filesystem::path& data,
                        const Arguments& more = {});
Served serve_porchlight_anywhere(const Setting& setting, const std::filesystem::path& data);
// Returns once the server has nothing to do of itself, such as a history to catch up with. Throws after a
// minute.
void wait_until_idle(const Served& served);

// Makes a data folder with a tenant and an application that is a signed-in client, whose sessions do not end.
void make_data(const Setting& setting, const std::filesystem::path& data);
// A token of that application that may read and write. A secret: it goes into requests and nowhere else.
std::string mint_token(const Setting& setting, const std::filesystem::path& data);

// The requests of an application, as a client writes them. Every read has the same size.
class Requests {
 public:
  Requests(const std::string& token, std::uint64_t people);

  // GET presence of somebody; of a random person.
  void append_read(std::string& out, std::uint64_t person) const;
  void append_random_read(std::string& out) { append_read(out, random_person()); }
  std::size_t read_bytes() const;
  // getPresencesByUserId of so many random people, with this query: "" or "?$select=…". All of one size.
  void append_random_bulk(std::string& out, std::size_t people, std::string_view query);
  // A $batch of so many reads of random people.
  void append_random_batch(std::string& out, std::size_t steps);

  // GET of a path.
  void append_get(std::string& out, std::string_view path) const;

  // setPresence of somebody, to Available or Busy.
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
