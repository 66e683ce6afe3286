// What subscribers of presences see, and the bodies that are posted to them (spec notifications §4, §6, §8).
#pragma once

#include <map>
#include <string>
#include <utility>

#include "graph/call/services.h"
#include "identity/caller.h"
#include "notify/subscriber_view.h"
#include "webhook/encryption_certificate.h"

namespace porchlight::graph {

// The right to subscribe: whether the directory says that the owner's application may.
bool is_granted(const state::View& view, const notify::Subscription& subscription);

// Where it is not said otherwise, any thread.
class NotificationRenderer final : public notify::SubscriberView {
 public:
  explicit NotificationRenderer(const Services& services) : services_(services) {}

  std::vector<Guid> people(const notify::Subscription& subscription) const override;
  std::vector<state::UserKey> watch_keys(const notify::Subscription& subscription,
                                         std::span<const Guid> people) const override;
  bool may_have_moved(const notify::Subscription& subscription,
                      std::span<const state::UserKey> changed) const override;
  notify::VisibleState visible_state(const notify::Subscription& subscription, const Guid& person,
                                     Time now) const override;
  bool is_still_permitted(const notify::Subscription& subscription) const override;
  // On one thread.
  std::optional<std::string> render(std::span<const notify::Notification> notifications, Time now) override;

 private:
  bool append_change(std::string& out, const notify::Notification& notification);
  bool append_encrypted_content(std::string& out, const notify::Notification& notification);
  void append_tokens(std::string& out, std::span<const notify::Notification> notifications, Time now);
  const webhook::EncryptionCertificate* certificate_of(const notify::Subscription& subscription);
  const std::string& token_for(const Guid& app, const Guid& tenant, Time now);

  struct CachedToken {
    std::string jwt;
    Time made_at{};
  };
  const Services& services_;
  std::map<notify::InternedString, webhook::EncryptionCertificate> certificates_;  // that were used lately
  std::map<std::pair<Guid, Guid>, CachedToken> tokens_;  // by application and tenant
};

}  // namespace porchlight::graph
