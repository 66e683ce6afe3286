// Users as JSON: a list of objects, a page of Graph (`{"value":[…]}`), or one object or page after the other.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "admin/line_cursor.h"
#include "admin/person_row.h"
#include "base/json.h"

namespace porchlight::admin {

// Bytes of one object, and of what stands before the list of a page.
inline constexpr std::size_t kPersonBytesMax = 64 * 1024;

// Reads rows. The text is split into objects by counting braces outside of strings; each object is then parsed by
// itself, so that a list of millions of users needs no tree in memory.
class PeopleJson {
 public:
  // `text` must outlive the reader.
  explicit PeopleJson(std::string_view text) : cursor_(text) {}

  // The next user; nullopt at the end. After a fault, reading continues behind the object, or with the next line that
  // begins with a brace if the object's end is not found.
  std::optional<ReadRow> next();

  std::size_t offset() const { return cursor_.offset(); }

 private:
  // Where the reader is: between whole texts of JSON, or in a list, which may be that of a page.
  enum class Place { kTop, kList, kPage };

  // Moves to the next object. Returns false at the end of the text.
  std::expected<bool, RowFault> find_object();
  void leave_list();
  void skip_to_object();
  ReadRow read_object();
  RowFault fault(std::string_view what) const { return {cursor_.line(), std::string(what)}; }

  LineCursor cursor_;
  Place place_ = Place::kTop;
  bool needs_comma_ = false;  // in a list, behind an element
  JsonReader json_;
};

}  // namespace porchlight::admin
