// Makes the operations of the route table out of functions that parse and run
// (docs/decisions/0007-operations.md). The checks between the two are written once, here, in Graph's order
// (spec presence §10).
#pragma once

#include <type_traits>

#include "graph/call/authorization.h"
#include "graph/call/handlers.h"
#include "graph/wire/query.h"
#include "state/user_key.h"

namespace porchlight::graph {

// The arguments of an operation that takes none; its functions have no parameter for them.
struct NoArguments {};

// Parses requests whose query and body are ignored.
inline Result<NoArguments> parse_nothing(HandlerContext&, const Call&) { return NoArguments{}; }

// Parses requests that may have no query option.
inline Result<NoArguments> parse_no_options(HandlerContext&, const Call& call) {
  if (auto none = reject_options(call.request.query); !none) return std::unexpected(std::move(none.error()));
  return NoArguments{};
}

// The template's parameters are plain functions, file-local where the operation is defined:
//
//   Result<Arguments> Parse(HandlerContext&, const Call&)
//     Step 5: query options and body, as far as they can be checked without the caller and the target.
//   Result<void> Authorize(const HandlerContext&, const Call&, [const std::optional<Guid>& user], Arguments)
//     Steps 6 and 7, instead of the row's access.
//   Result<Handled> Run(HandlerContext&, const Call&, [target], Arguments)
//     Steps 8 to 10 as far as they remain, and the answer.
//
// The target is that of the route, as the type of Run's parameter asks for it:
//   none                    The route names no user.
//   const Guid&             The id of the named user. Run finds out whether the user exists (step 8).
//   const state::UserKey&   The named user in the caller's tenant; exists (step 8).
struct OperationFactory {
  template <auto Parse>
  using ArgumentsOf =
      typename std::invoke_result_t<decltype(Parse), HandlerContext&, const Call&>::value_type;

  // Calls `Function`, with the arguments last unless they are NoArguments.
  template <auto Function, typename Context, typename RequestArguments, typename... Target>
  static auto invoke(Context& context, const Call& call, RequestArguments& args, const Target&... target) {
    if constexpr (std::is_same_v<RequestArguments, NoArguments>)
      return Function(context, call, target...);
    else
      return Function(context, call, target..., args);
  }

  template <auto Run, typename RequestArguments, typename Target>
  static constexpr bool runs_on() {
    if constexpr (std::is_same_v<RequestArguments, NoArguments>)
      return std::is_invocable_v<decltype(Run), HandlerContext&, const Call&, const Target&>;
    else
      return std::is_invocable_v<decltype(Run), HandlerContext&, const Call&, const Target&,
                                 RequestArguments&>;
  }

  // Steps 6 and 7. `Rule`: the operation's own, or nullptr.
  template <Requirement required, auto Rule, typename RequestArguments, typename... Target>
  static Result<void> check_caller(const HandlerContext& context, const Call& call, RequestArguments& args,
                                   const Target&... user) {
    if constexpr (required == Requirement::kRule) return invoke<Rule>(context, call, args, user...);
    if constexpr (required == Requirement::kAccess) {
      if constexpr (sizeof...(user) == 0)
        return authorize(call, std::nullopt);
      else
        return authorize(call, user...);
    }
    return {};
  }

  // The walk of an operation: the first failure is the answer.
  template <Requirement required, auto Rule, auto Parse, auto Run>
  static Result<Handled> walk(HandlerContext& context, const Call& call) {
    using RequestArguments = ArgumentsOf<Parse>;
    auto args = Parse(context, call);
    if (!args) return std::unexpected(std::move(args.error()));
    if constexpr (runs_on<Run, RequestArguments, Guid>() ||
                  runs_on<Run, RequestArguments, state::UserKey>()) {
      const std::optional<Guid> user = target_user(context, call);
      if (auto allowed = check_caller<required, Rule>(context, call, *args, user); !allowed)
        return std::unexpected(std::move(allowed.error()));
      if (!user) return std::unexpected(user_not_found(call));
      if constexpr (runs_on<Run, RequestArguments, Guid>()) {
        return invoke<Run>(context, call, *args, *user);
      } else {
        const state::UserKey key{call.caller->tenant, *user};
        if (!context.services.view.contains(key)) return std::unexpected(user_not_found(call));
        return invoke<Run>(context, call, *args, key);
      }
    } else {
      if (auto allowed = check_caller<required, Rule>(context, call, *args); !allowed)
        return std::unexpected(std::move(allowed.error()));
      return invoke<Run>(context, call, *args);
    }
  }

  template <Requirement required, auto Rule, auto Parse, auto Run>
  static constexpr RouteOperation make() {
    using RequestArguments = ArgumentsOf<Parse>;
    return {walk<required, Rule, Parse, Run>, required,
            runs_on<Run, RequestArguments, Guid>() || runs_on<Run, RequestArguments, state::UserKey>()};
  }
};

// An operation that needs the access of its row.
template <auto Parse, auto Run>
constexpr RouteOperation operation() {
  return OperationFactory::make<Requirement::kAccess, nullptr, Parse, Run>();
}

// One with a rule of its own.
template <auto Parse, auto Authorize, auto Run>
constexpr RouteOperation operation_with_rule() {
  return OperationFactory::make<Requirement::kRule, Authorize, Parse, Run>();
}

// One that any token suffices for.
template <auto Parse, auto Run>
constexpr RouteOperation operation_for_any_token() {
  return OperationFactory::make<Requirement::kToken, nullptr, Parse, Run>();
}

// One that needs no token. Its calls have no caller.
template <auto Parse, auto Run>
constexpr RouteOperation public_operation() {
  return OperationFactory::make<Requirement::kNothing, nullptr, Parse, Run>();
}

}  // namespace porchlight::graph
