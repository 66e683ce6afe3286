// The outcome of a command on a user, or of a change of the directory.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <variant>

#include "log/event.h"
#include "presence/event.h"

namespace porchlight::state {

// Why a command was not carried out, apart from the rules of presence.
enum class WriteError : std::uint8_t {
  kNoSuchUser,
  kUnavailable,  // the log can't append now, or the outcome is unknown: the caller may repeat the command
  kOverloaded,   // kPendingMax commands of the shard are waiting, most of them of the tenant of this one
};

// The position of the batch that contains the change, or the last batch before if nothing had to change.
using Outcome = std::expected<log::Position, std::variant<presence::Rejection, WriteError>>;
using WriteCallback = std::move_only_function<void(const Outcome&)>;

}  // namespace porchlight::state
