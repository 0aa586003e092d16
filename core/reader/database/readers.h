// How each kind of database is read: which rows, what ties a time to a number, what is the owner's.
// Each tells the owner's numbers first and then its readings (core/shared/formats/readings.h), through
// `work`. Columns and meanings: see each .cc, with the public parsers that they are known from.
#pragma once

#include "core/reader/database/walk.h"

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

// Rows of a table with an address of WhatsApp (or a number) in it, and a time: the plain case.
void TellAddresses(Work& work, uint32_t reading, std::string_view table, std::string_view column,
                   std::string_view otherwise, std::string_view time, Epoch epoch);

}  // namespace signpost::reader::database
