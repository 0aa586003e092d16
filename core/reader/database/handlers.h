// Reads the rows of each kind of database: which tables, what ties a time to a number, what is the
// owner's. The rest of what there is to know of a kind is its row in core/shared/formats/databases.h.
//
// Each handler tells the owner's numbers first and then its readings, through `work`. What its
// columns mean, and the public parsers that they are known from: see its .cc.
#pragma once

#include <algorithm>

#include "core/reader/database/walk.h"
#include "core/shared/formats/databases.h"

namespace signpost::reader::database {

void ReadAndroidContacts(Work& work);
void ReadAndroidCalls(Work& work);
void ReadAndroidMessages(Work& work);
void ReadAndroidWhatsapp(Work& work);
void ReadAndroidWhatsappContacts(Work& work);
void ReadIosAddressBook(Work& work);
void ReadIosCalls(Work& work);
void ReadIosMessages(Work& work);
void ReadIosWhatsapp(Work& work);
void ReadIosWhatsappContacts(Work& work);
void ReadIosWhatsappCalls(Work& work);
void ReadIosInteractions(Work& work);

struct Handler {
  formats::Format format;
  void (*read)(Work& work);
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
void TellAddresses(Work& work, uint32_t reading, std::string_view table, std::string_view column,
                   std::string_view otherwise, std::string_view time, Epoch epoch);

}  // namespace signpost::reader::database
