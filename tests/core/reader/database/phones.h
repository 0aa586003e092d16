// The tables of each kind of database, as SQL, with a few rows: fictional numbers only. All are
// reconstructions: see README.md for what from.
#pragma once

#include <string>
#include <vector>

#include "core/shared/wire/reader_boundary.h"

namespace signpost::reader::database {

struct Phone {
  formats::Format format;
  const char* file;  // what it is called on a phone
  std::string script;
};

// One of each kind, with two numbers at least, and the older schemas of some.
const std::vector<Phone>& Phones();
const std::string& ScriptOf(const char* file);

}  // namespace signpost::reader::database
