// Splits lists, such as header values and query strings, at a separator. Nothing is copied or allocated.
//
//   for (const std::string_view range : split(accept, ',')) …
#pragma once

#include <iterator>
#include <string_view>
#include <utility>

namespace porchlight {

// The range that split() returns.
class SplitView {
 public:
  // The current part; past the end once the last part was passed.
  class Iterator {
   public:
    Iterator(std::string_view text, char separator) : rest_(text), separator_(separator) { find_end(); }
    std::string_view operator*() const { return rest_.substr(0, end_); }
    Iterator& operator++() {
      is_done_ = end_ == std::string_view::npos;
      rest_.remove_prefix(is_done_ ? rest_.size() : end_ + 1);
      find_end();
      return *this;
    }
    bool operator==(std::default_sentinel_t) const { return is_done_; }

   private:
    void find_end() { end_ = rest_.find(separator_); }

    std::string_view rest_;  // from the current part on
    std::size_t end_;        // of the current part
    char separator_;
    bool is_done_ = false;
  };

  SplitView(std::string_view text, char separator) : text_(text), separator_(separator) {}
  Iterator begin() const { return {text_, separator_}; }
  std::default_sentinel_t end() const { return {}; }

 private:
  std::string_view text_;
  char separator_;
};

// The parts of `text` between separators, in order, as views into it: one more than there are separators, so an empty
// text has one empty part.
inline SplitView split(std::string_view text, char separator) { return {text, separator}; }

// The text before and after the first separator. The second is empty if there is no separator.
inline std::pair<std::string_view, std::string_view> split_once(std::string_view text, char separator) {
  const std::size_t at = text.find(separator);
  if (at == std::string_view::npos) return {text, {}};
  return {text.substr(0, at), text.substr(at + 1)};
}

}  // namespace porchlight
