// The first lookup lists all names: the files of the tzdata folder, and ICU's table of Windows names. Later lookups
// only search this list. Abseil opens a file by the name that it is given, so a text from a client reaches it only
// if it is in the list.
#include "timezone/names.h"

#include <unicode/unistr.h>
#include <unicode/ures.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <system_error>

#include "base/text.h"
#include "timezone/zone.h"

namespace porchlight::timezone {
namespace {

namespace fs = std::filesystem;

// Compares names without regard to ASCII case. No two names of tzdata differ in case only.
struct LessInAnyCase {
  using is_transparent = void;
  bool operator()(std::string_view a, std::string_view b) const {
    return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(),
                                        [](char x, char y) { return to_lower(x) < to_lower(y); });
  }
};

// From each name to its IANA name.
using ZoneNames = std::map<std::string, std::string, LessInAnyCase>;

// The folder that Abseil reads.
fs::path tzdata_folder() {
  const char* folder = std::getenv("TZDIR");
  return folder != nullptr && *folder != '\0' ? folder : "/usr/share/zoneinfo";
}

// Files of zones have names such as `Area/City` and `UTC`. Other entries of the folder are not zones: `posix/` and
// `right/` repeat them (`right/` with leap seconds), `localtime` is the system's own zone, and names with a dot are
// tables.
bool is_zone_name(const std::string& name) {
  return name.front() >= 'A' && name.front() <= 'Z' && name.find('.') == std::string::npos &&
         name.size() <= kZoneNameMax;
}

// A folder that cannot be read adds no names: UTC alone is known then.
void add_iana_names(ZoneNames& names) {
  const fs::path folder = tzdata_folder();
  std::error_code error;
  for (fs::recursive_directory_iterator file(folder, error), end; !error && file != end;
       file.increment(error)) {
    std::string name = file->path().lexically_relative(folder).string();
    if (!is_zone_name(name))
      file.disable_recursion_pending();
    else if (file->is_regular_file(error))
      names.emplace(name, name);
  }
  names.emplace("UTC", "UTC");  // Abseil needs no file for it
}

struct CloseBundle {
  void operator()(UResourceBundle* bundle) const { ures_close(bundle); }
};
using Bundle = std::unique_ptr<UResourceBundle, CloseBundle>;

// CLDR's table lists zones per country for each Windows name. The entry 001 (the world) is the zone that the name
// itself stands for.
void add_windows_names(ZoneNames& names) {
  UErrorCode error = U_ZERO_ERROR;
  const Bundle zones(ures_openDirect(nullptr, "windowsZones", &error));
  const Bundle map(ures_getByKey(zones.get(), "mapTimezones", nullptr, &error));
  while (U_SUCCESS(error) && ures_hasNext(map.get())) {
    const Bundle row(ures_getNextResource(map.get(), nullptr, &error));
    int32_t length = 0;
    const UChar* text = ures_getStringByKey(row.get(), "001", &length, &error);
    if (U_FAILURE(error)) return;
    std::string id;
    icu::UnicodeString(text, length).toUTF8String(id);
    if (names.contains(id)) names.emplace(ures_getKey(row.get()), std::move(id));
  }
}

ZoneNames all_names() {
  ZoneNames names;
  add_iana_names(names);
  add_windows_names(names);
  return names;
}

}  // namespace

const std::string* find_zone_id(std::string_view name) {
  static const ZoneNames names = all_names();
  if (name.size() > kZoneNameMax) return nullptr;
  const auto found = names.find(name);
  return found == names.end() ? nullptr : &found->second;
}

}  // namespace porchlight::timezone
