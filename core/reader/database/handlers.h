// Reads the rows of each kind of database: which tables, what ties a time to a number, what is the
// owner's. The rest of what there is to know of a kind is its row in
// core/shared/formats/databases.h.
//
// Each handler tells the owner's numbers first and then its readings, through `reader`. What its
// columns mean, and the public parsers that they are known from: see its .cc.
#pragma once

#include <algorithm>

#include "core/reader/database/cursor.h"
#include "core/shared/formats/databases.h"

namespace signpost::reader::database {

void ReadAndroidContacts(DatabaseReader& reader);
void ReadAndroidCalls(DatabaseReader& reader);
void ReadAndroidMessages(DatabaseReader& reader);
void ReadAndroidWhatsapp(DatabaseReader& reader);
void ReadAndroidWhatsappContacts(DatabaseReader& reader);
void ReadIosAddressBook(DatabaseReader& reader);
void ReadIosCalls(DatabaseReader& reader);
void ReadIosMessages(DatabaseReader& reader);
void ReadIosWhatsapp(DatabaseReader& reader);
void ReadIosWhatsappContacts(DatabaseReader& reader);
void ReadIosWhatsappCalls(DatabaseReader& reader);
void ReadIosInteractions(DatabaseReader& reader);

struct Handler {
  formats::Format format;
  void (*read)(DatabaseReader& reader);
};

// In the order of formats::kDatabases.
inline constexpr Handler kHandlers[] = {
    {formats::Format::kAndroidContacts, ReadAndroidContacts},
    {formats::Format::kAndroidCalls, ReadAndroidCalls},
    {formats::Format::kAndroidMessages, ReadAndroidMessages},
    {formats::Format::kAndroidWhatsapp, ReadAndroidWhatsapp},
    {formats::Format::kAndroidWhatsappContacts, ReadAndroidWhatsappContacts},
    {formats::Format::kIosAddressBook, ReadIosAddressBook},
    {formats::Format::kIosCalls, ReadIosCalls},
    {formats::Format::kIosMessages, ReadIosMessages},
    {formats::Format::kIosWhatsapp, ReadIosWhatsapp},
    {formats::Format::kIosWhatsappContacts, ReadIosWhatsappContacts},
    {formats::Format::kIosWhatsappCalls, ReadIosWhatsappCalls},
    {formats::Format::kIosInteractions, ReadIosInteractions},
};
static_assert(std::ranges::equal(kHandlers, formats::kDatabases, {}, &Handler::format,
                                 [](const formats::Database& database) -> formats::Format {
                                   return database.format;
                                 }),
              "each database of core/shared/formats/databases.h needs its handler, in its order");

// Rows of a table with an address of WhatsApp (or a number) in it, and a time: the plain case.
void TellAddresses(DatabaseReader& reader, uint32_t reading, std::string_view table,
                   std::string_view column, std::string_view otherwise, std::string_view time,
                   Epoch epoch);

}  // namespace signpost::reader::database
