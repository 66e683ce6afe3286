// The requests of the benchmark to a server with its generated users.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "people.h"

namespace porchlight::bench {

class Requests;

// A kind of request: appends the next one. All requests of a kind have the same size.
using Append = void (Requests::*)(std::string& out);
// nullopt if no kind has this name.
std::optional<Append> find_kind(std::string_view name);

class Requests {
 public:
  Requests(std::string_view token, std::uint64_t people);

  // GET presence of a random user.
  void append_read(std::string& out);
  // getPresencesByUserId of 650 random users; the same, compressed; the same with $select.
  void append_bulk(std::string& out);
  void append_bulk_gzip(std::string& out);
  void append_bulk_select(std::string& out);
  // A $batch of 20 reads of random users.
  void append_batch(std::string& out);
  // setPresence of a random user, to Available or Busy.
  void append_set(std::string& out);
  // setPresence of the next user, in order, to Available.
  void append_sign_in(std::string& out);

 private:
  void append_set_of(std::string& out, std::uint64_t person, std::string_view state) const;
  void append_bulk_read(std::string& out, std::string_view query, std::string_view field);
  void append_post(std::string& out, std::string_view path, std::string_view field,
                   std::string_view body) const;
  std::uint64_t random_person() { return random() % people_; }
  std::uint64_t random() { return scramble(++drawn_); }

  const std::uint64_t people_;
  const std::string fields_;  // of every request
  std::uint64_t drawn_ = 0;
  std::uint64_t signed_in_ = 0;
};

}  // namespace porchlight::bench
