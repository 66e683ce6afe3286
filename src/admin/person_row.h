// What a file of users to import has of one user, and the names under which spreadsheets, portals and programs write
// it.
#pragma once

#include <array>
#include <cstddef>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace porchlight::admin {

// One user as the file has it. The texts are checked later, by user.import.
struct PersonRow {
  std::size_t line = 0;  // the line where the row starts, from 1
  std::string id;        // empty: the user with that upn, or a new one
  std::string upn;
  std::string name;
  friend bool operator==(const PersonRow&, const PersonRow&) = default;
};

// Why a row is not imported: a phrase without the line.
struct RowFault {
  std::size_t line = 0;  // from 1
  std::string what;
  friend bool operator==(const RowFault&, const RowFault&) = default;
};

using ReadRow = std::expected<PersonRow, RowFault>;

// The text of a fault, with its line.
std::string to_text(const RowFault& fault);

// Where the texts of a row are in a file: for each text, which of the columns or members has its best name. The names
// of a text are ranked: a file with `displayName` and `name` is read by `displayName`.
class PersonFields {
 public:
  // Takes the next column or member into account. A name counts without blanks, letter case and what surrounds
  // `[propertyName]`, as in `User name [userPrincipalName] Required`. Returns false if the same name was there before.
  bool add(std::string_view name, std::size_t position);

  // The positions of the id, the userPrincipalName and the display name; nullopt if no column or member has it.
  std::optional<std::size_t> id() const { return places_[0].position; }
  std::optional<std::size_t> upn() const { return places_[1].position; }
  std::optional<std::size_t> name() const { return places_[2].position; }

 private:
  struct Place {
    std::optional<std::size_t> position;
    std::size_t rank = 0;  // of its name; 0 is best
  };
  std::array<Place, 3> places_;
};

}  // namespace porchlight::admin
