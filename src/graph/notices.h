// What subscribers of presences see, and the bodies that are posted to them (spec notifications §4, §6, §8).
#pragma once

#include <map>
#include <string>
#include <utility>

#include "graph/shared.h"
#include "identity/caller.h"
#include "notify/dialect.h"
#include "webhook/certificate.h"

namespace porchlight::graph {

// The right to subscribe: whether the directory says that the owner's application may.
bool is_granted(const state::View& view, const notify::Subscription& subscription);

// Where it is not said otherwise, any thread.
class Notices final : public notify::Dialect {
 public:
  explicit Notices(const Shared& shared) : shared_(shared) {}

  std::vector<Guid> people(const notify::Subscription& subscription) const override;
  std::vector<state::UserKey> keys_of(const notify::Subscription& subscription,
                                      const Guid& person) const override;
  notify::Seen seen(const notify::Subscription& subscription, const Guid& person, Time now) const override;
  bool is_rightful(const notify::Subscription& subscription) const override;
  // On one thread.
  std::optional<std::string> body(std::span<const notify::Notice> notices, Time now) override;

 private:
  bool append_change(std::string& out, const notify::Notice& notice);
  bool append_sealed(std::string& out, const notify::Notice& notice);
  void append_tokens(std::string& out, std::span<const notify::Notice> notices, Time now);
  const webhook::Certificate* certificate_of(const notify::Subscription& subscription);
  const std::string& token_for(const Guid& app, const Guid& tenant, Time now);

  struct Token {
    std::string jwt;
    Time made_at{};
  };
  const Shared& shared_;
  std::map<notify::Text, webhook::Certificate> certificates_;  // that were used lately
  std::map<std::pair<Guid, Guid>, Token> tokens_;              // by application and tenant
};

}  // namespace porchlight::graph
