// The plain text of a ticket: expiry, number, and the caller with its permissions. The number makes it usable once.
#include "graph/call/stream_tickets.h"

#include "base/bytes.h"
#include "graph/wire/sealed_token.h"
#include "log/event_codec.h"

namespace porchlight::graph {
namespace {

constexpr std::string_view kPurpose = "streamTicket";
constexpr Guid kAnyTenant{};  // the tenant is part of the ticket
constexpr std::size_t kTextMax = 64 * 1024;

struct SealedTicket {
  Time expires_at;
  Guid number;
  identity::Caller caller;
};

// The token was verified before the ticket was issued, so the caller has a user id and is not a personal account.
std::string encode_ticket(const SealedTicket& ticket) {
  const identity::Caller& caller = ticket.caller;
  std::string bytes;
  ByteWriter out(bytes);
  log::append_time(out, ticket.expires_at);
  out.guid(ticket.number);
  out.guid(caller.tenant);
  out.guid(caller.app);
  out.varint(caller.user.has_value());
  if (caller.user) out.guid(*caller.user);
  out.varint(caller.permissions);
  out.varint(caller.clouds);
  out.varint(caller.own_issuer);
  out.text(caller.granted);
  log::append_time(out, caller.issued_at);
  log::append_time(out, caller.expires_at);
  return bytes;
}

std::optional<SealedTicket> decode_ticket(std::string_view bytes) {
  ByteReader in(bytes);
  SealedTicket ticket;
  identity::Caller& caller = ticket.caller;
  ticket.expires_at = log::read_time(in);
  ticket.number = in.guid();
  caller.tenant = in.guid();
  caller.app = in.guid();
  if (in.varint() != 0) caller.user = in.guid();
  caller.permissions = static_cast<identity::Permissions>(in.varint());
  caller.clouds = static_cast<identity::Clouds>(in.varint());
  caller.own_issuer = in.varint() != 0;
  caller.granted = in.text(kTextMax);
  caller.issued_at = log::read_time(in);
  caller.expires_at = log::read_time(in);
  if (!in.ok() || !in.at_end()) return std::nullopt;
  return ticket;
}

}  // namespace

std::string StreamTickets::issue(const identity::Caller& caller, Time now) const {
  return seal_token(key_, kPurpose, kAnyTenant,
                    encode_ticket({now + kTicketLife, secure_random_guid(), caller}));
}

std::optional<identity::Caller> StreamTickets::redeem(std::string_view text, Time now) {
  const auto bytes = open_sealed_token(key_, kPurpose, kAnyTenant, text);
  auto ticket = bytes ? decode_ticket(*bytes) : std::nullopt;
  // If the clock has jumped back, a ticket does not become valid for longer.
  if (!ticket || now >= ticket->expires_at || now < ticket->expires_at - kTicketLife) return std::nullopt;
  if (now >= ticket->caller.expires_at) return std::nullopt;
  const MutexLock lock(mutex_);
  used_.erase(used_.begin(), used_.lower_bound({now, Guid{}}));
  if (!used_.emplace(ticket->expires_at, ticket->number).second) return std::nullopt;
  return std::move(ticket->caller);
}

}  // namespace porchlight::graph
