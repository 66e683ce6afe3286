// Whoever follows a stream of a house over connections that break, and what they take people for by it.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "house.h"
#include "support/stream_client.h"

namespace porchlight::graph {

enum class Way : std::uint8_t { kEvents, kSocket };

// Whom a stream is about.
struct Subject {
  enum class Of : std::uint8_t { kPeople, kGroup, kTenant };
  Of of = Of::kPeople;
  std::set<Guid> people = {};
  Guid group = {};
  bool operator==(const Subject&) const = default;
};

// People as a caller reads them, by id: each the JSON of their presence.
using Picture = std::map<std::string, std::string>;
Picture read(House& house, const std::string& token, const Subject& subject);

// "Busy/InACall A0000000007": what of a presence's JSON changes in any case when it does.
std::string sight_of(const Answer& presence);

// It checks what it hears: nothing it knows already, and nobody's number goes back.
class Follower {
 public:
  Follower(House& house, Way way, std::string token, Subject subject)
      : house_(house), way_(way), token_(std::move(token)), subject_(std::move(subject)) {
    save();
  }

  const std::string& token() const { return token_; }
  Way way() const { return way_; }
  const Subject& subject() const { return subject_; }
  const Picture& picture() const { return picture_; }
  // All that was ever told of a person, as sight_of().
  const std::map<std::string, std::set<std::string>>& sights() const { return sights_; }

  // Connects, anew where it was connected, and says what it heard last. What was on its way is lost.
  void come();
  // As come(), with an id that is not its own, which must not fit.
  void come_with(const std::string& last_id);
  // As come(), knowing what the other knows; they must follow the same people.
  void come_as(const Follower& other);
  // The connection is gone.
  void lose() { client_.reset(); }
  bool is_connected() const { return client_ != nullptr; }
  const std::string& last_id() const { return last_id_; }
  // Remembers what it knows now; comes with what it knew then.
  void save() { saved_ = {subject_, picture_, last_id_}; }
  void come_as_saved();

  // Hears what has come, `count` events at most.
  void hear(int count);
  // Hears until its picture is this one; fails where it does not become so.
  void hear_until(const Picture& picture);
  // Hears all up to the end of the stream.
  void hear_to_the_end();

  // Of a WebSocket: from now on it is about these as well, about the group instead, or without these.
  void subscribe(const Guid& person);
  void subscribe_group(const Guid& group);
  void unsubscribe(const Guid& person);
  void unsubscribe();

 private:
  struct Saved {
    Subject subject;
    Picture picture;
    std::string last_id;
  };
  void connect(const std::string& last_id);
  void say(const std::string& message, std::string_view answer = "subscribed");
  void take(const StreamEvent& event);
  void take_presence(const std::string& json);
  std::string query() const;

  House& house_;
  const Way way_;
  const std::string token_;
  Subject subject_;
  Picture picture_;
  std::string last_id_;
  Saved saved_;
  std::unique_ptr<StreamClient> client_;
  bool is_anew_ = false;                        // this connection began with a snapshot
  std::map<std::string, std::string> numbers_;  // the last sequence number of each person
  std::map<std::string, std::set<std::string>> sights_;
};

}  // namespace porchlight::graph
