// CHECK: conditions that only a defect can make false. Active in every build, release included.
//
//   CHECK(positions.size() == kShards);   →  view.cc:31: CHECK failed: positions.size() == kShards (63 == 64)
//
// Never for input: a request, a file or a peer that is wrong gets an error.
#pragma once

#include <concepts>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace porchlight::internal {

// The text of an operand: a number, a string, an enumerator's number, or what to_string gives.
template <typename T>
std::string check_text(const T& value) {
  if constexpr (std::is_same_v<T, bool>) {
    return value ? "true" : "false";
  } else if constexpr (std::is_arithmetic_v<T>) {
    return std::to_string(value);
  } else if constexpr (std::is_enum_v<T>) {
    return std::to_string(static_cast<long long>(value));
  } else if constexpr (std::convertible_to<const T&, std::string_view>) {
    return '"' + std::string(std::string_view(value)) + '"';
  } else if constexpr (requires { to_string(value); }) {
    return to_string(value);
  } else {
    return "…";
  }
}

// The integers that std::cmp_equal and its kin take.
template <typename T>
concept CheckedInteger =
    std::integral<T> && !std::same_as<T, bool> && !std::same_as<T, char> && !std::same_as<T, wchar_t> &&
    !std::same_as<T, char8_t> && !std::same_as<T, char16_t> && !std::same_as<T, char32_t>;

// A comparison and its result. Refers to its operands: valid within the expression of the CHECK.
template <typename L, typename R>
struct CheckedComparison {
  bool holds;
  const L& left;
  const char* comparison;
  const R& right;
  explicit operator bool() const { return holds; }
};

// The left operand of a comparison, or a whole condition.
template <typename L>
struct CheckedOperand {
  const L& value;
  explicit operator bool() const { return static_cast<bool>(value); }

#define PORCHLIGHT_CHECKED_COMPARISON(op, integers)                  \
  template <typename R>                                              \
  CheckedComparison<L, R> operator op(const R& right) const {        \
    if constexpr (CheckedInteger<L> && CheckedInteger<R>) {          \
      return {std::integers(value, right), value, #op, right};       \
    } else {                                                         \
      return {static_cast<bool>(value op right), value, #op, right}; \
    }                                                                \
  }
  PORCHLIGHT_CHECKED_COMPARISON(==, cmp_equal)
  PORCHLIGHT_CHECKED_COMPARISON(!=, cmp_not_equal)
  PORCHLIGHT_CHECKED_COMPARISON(<, cmp_less)
  PORCHLIGHT_CHECKED_COMPARISON(<=, cmp_less_equal)
  PORCHLIGHT_CHECKED_COMPARISON(>, cmp_greater)
  PORCHLIGHT_CHECKED_COMPARISON(>=, cmp_greater_equal)
#undef PORCHLIGHT_CHECKED_COMPARISON
};

// The source position of a CHECK. `site | condition` aborts if the condition is false.
struct CheckSite {
  const char* file;
  int line;
  const char* condition;

  template <typename L, typename R>
  void operator|(const CheckedComparison<L, R>& compared) const {
    if (!compared.holds) [[unlikely]]
      fail_comparison(compared);
  }
  template <typename L>
  void operator|(const CheckedOperand<L>& operand) const {
    if (!operand) [[unlikely]]
      fail({});
  }
  void operator|(bool holds) const {
    if (!holds) [[unlikely]]
      fail({});
  }

  // Apart, so that a CHECK that holds is a comparison and a branch.
  template <typename L, typename R>
  [[noreturn, gnu::cold, gnu::noinline]] void fail_comparison(const CheckedComparison<L, R>& compared) const {
    fail(" (" + check_text(compared.left) + ' ' + compared.comparison + ' ' + check_text(compared.right) +
         ')');
  }

  // Writes the message to standard error and aborts; a core file keeps the state.
  [[noreturn, gnu::cold, gnu::noinline]] void fail(const std::string& operands) const {
    std::fprintf(stderr, "%s:%d: CHECK failed: %s%s\n", file, line, condition, operands.c_str());
    std::abort();
  }
};

// `CheckBegin() << a == b` is `(CheckBegin() << a) == b`: << binds more tightly than comparisons do.
struct CheckBegin {
  template <typename L>
  CheckedOperand<L> operator<<(const L& value) const {
    return {value};
  }
};

}  // namespace porchlight::internal

// Aborts with the condition, and with both values of a comparison, if it is false.
#define CHECK(...)                                                            \
  (::porchlight::internal::CheckSite{__FILE_NAME__, __LINE__, #__VA_ARGS__} | \
   (::porchlight::internal::CheckBegin() << __VA_ARGS__))
