// What each operation does, once the caller and the route are known: translate, ask the core, translate back.
#pragma once

#include "base/json.h"
#include "base/random.h"
#include "graph/call.h"
#include "graph/service.h"

namespace porchlight::graph {

class Operations {
 public:
  Operations(const Shared& shared, const Replies& replies, Random& random);

  // Runs the call's operation. kLater: the answer comes through the call's exchange. An error is for the
  // envelope.
  Result<http::Handled> run(const Call& call);

 private:
  Result<http::Handled> get_presence(const Call& call);
  Result<http::Handled> list_presences(const Call& call);
  Result<http::Handled> act(const Call& call);
  Result<http::Handled> advance_clock(const Call& call);
  Result<http::Handled> discovery(const Call& call);
  Result<http::Handled> keys(const Call& call);

  // Whom the route speaks of: nothing where no such person can be named.
  std::optional<Guid> target(const Call& call) const;
  // The same, as an error: how the caller named them did not lead to anybody.
  Error nobody(const Call& call) const;
  // Values to a command (step 9).
  Result<presence::Command> command(const Call& call, const struct ActionBody& body) const;
  void submit(const Call& call, const state::UserKey& key, const struct ActionBody& body,
              const presence::Command& command);
  void append_context(const Call& call, std::string& out, const Guid& user) const;

  const Shared& shared_;
  const Replies& replies_;
  Random& random_;
  JsonReader reader_;
};

}  // namespace porchlight::graph
