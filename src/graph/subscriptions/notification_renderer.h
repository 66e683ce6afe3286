// What subscribers may see, and the bodies of notifications (spec notifications §4, §6, §8).
#pragma once

#include <map>
#include <string>
#include <utility>

#include "base/json_writer.h"
#include "graph/call/services.h"
#include "identity/caller.h"
#include "notify/subscriber_view.h"
#include "webhook/encryption_certificate.h"

namespace porchlight::graph {

// Whether the directory grants the owner's application the permission to read all presences.
bool is_granted(const state::View& view, const notify::Subscription& subscription);

// Thread-safe except render(), which caches certificates and tokens. The services must outlive it.
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
  std::optional<TraceContext> cause(std::span<const notify::Notification> notifications,
                                    Time now) const override;
  // On the publisher's thread only.
  std::optional<std::string> render(std::span<const notify::Notification> notifications, Time now) override;

 private:
  bool write_change(JsonObject& item, const notify::Notification& notification);
  bool write_encrypted_content(JsonObject& item, const notify::Notification& notification);
  void write_tokens(JsonObject& body, std::span<const notify::Notification> notifications, Time now);
  const webhook::EncryptionCertificate* certificate_of(const notify::Subscription& subscription);
  const std::string& token_for(const Guid& app, const Guid& tenant, Time now);

  // A validation token and when it was issued.
  struct CachedToken {
    std::string jwt;
    Time made_at{};
  };
  const Services& services_;
  std::map<notify::InternedString, webhook::EncryptionCertificate> certificates_;  // parsed
  std::map<std::pair<Guid, Guid>, CachedToken> tokens_;  // by application and tenant
};

}  // namespace porchlight::graph
