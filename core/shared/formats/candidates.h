// Names by which a file of an extraction, in a folder or in a zip, is taken for a database that may
// be a source. The reader confirms by content; a file that was named itself is called anything.
#pragma once

#include <algorithm>
#include <iterator>
#include <string_view>

namespace signpost::formats {

// `lower`: without its folders, in small letters.
inline bool IsDatabaseName(std::string_view lower) {
  constexpr std::string_view kNames[] = {"addressbook.sqlitedb",
                                         "call_history.db",
                                         "callhistory.sqlite",
                                         "callhistory.storedata",
                                         "calllog.db",
                                         "chatstorage.sqlite",
                                         "contacts.db",
                                         "contacts2.db",
                                         "contactsv2.sqlite",
                                         "interactionc.db",
                                         "mmssms.db",
                                         "msgstore.db",
                                         "sms.db",
                                         "wa.db"};
  return std::find(std::begin(kNames), std::end(kNames), lower) != std::end(kNames);
}

}  // namespace signpost::formats
