// Inputs for the test that compares the plan with libphonenumber: made while it runs, from a seed.
//
// Every kind of input comes up: the library's example numbers of every region and type, with their
// edges; numbers drawn from each of its patterns, so that every branch of each is met, and changed
// by a digit; trunk prefixes and prefixes for abroad, drawn from theirs; random digits behind every
// country code; each in many spellings, some in the digits of other scripts; and garbage.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "core/reader/number/oracle.h"
#include "core/reader/number/pattern.h"

namespace signpost::reader::number {

class GeneratedNumbers {
 public:
  explicit GeneratedNumbers(uint64_t seed);

  struct Dialled {
    bool plus = false;
    std::string digits;  // 3 to 20
    const Region* region = nullptr;
  };
  // Digits as the reading of a number gets them.
  Dialled NextDigits();
  // A cell of a file.
  std::string NextCell();
  const Region& NextRegion();  // one of all; often one of those with rules of their own

  size_t Below(size_t bound) { return random_() % bound; }
  bool OneIn(size_t n) { return Below(n) == 0; }

 private:
  struct Land {
    std::string country;
    std::vector<std::string> examples;  // national numbers
    std::vector<Pattern> patterns, trunks, abroad;
  };
  size_t IndexOf(const std::string& country, size_t from) const;
  std::string National(const Land& land);
  std::string Changed(std::string national);
  std::string Drawn(const PatternNode& node);
  std::string RandomDigits(size_t size);
  std::string Spelt(const std::string& digits);
  std::string Garbage();

  std::mt19937_64 random_;
  std::vector<Land> lands_;
};

}  // namespace signpost::reader::number
