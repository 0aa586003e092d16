// Tells by the name of a file in an extraction, in a folder or in a zip, whether it may be a
// source. The reader confirms by content; a file that was named itself is called anything. Names
// are given without their folders and in small letters.
#pragma once

#include "core/shared/formats/databases.h"
#include "core/shared/formats/text_formats.h"

namespace signpost::formats {

constexpr bool IsDatabaseName(std::string_view lower) {
  for (const Database& database : kDatabases) {
    if (database.file_names.Has(lower)) return true;
  }
  return false;
}

constexpr bool IsTextName(std::string_view lower) {
  for (const TextFormat& each : kTextFormats) {
    for (const std::string_view ending : each.endings) {
      if (lower.ends_with(ending)) return true;
    }
  }
  return false;
}

// Of a kind of which an extraction is full: it counts only where it says of itself what it is.
constexpr bool IsOfMuchElse(std::string_view lower) {
  return lower.ends_with(".xml") || lower.ends_with(".txt");
}

// It may say whose phone it is, and so comes first.
constexpr bool TellsOwner(std::string_view lower) {
  for (const Database& database : kDatabases) {
    if (database.tells_owner && database.file_names.Has(lower)) return true;
  }
  return lower == "report.xml";  // of Cellebrite
}

}  // namespace signpost::formats
