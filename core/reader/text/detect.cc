#include "core/reader/text/detect.h"

#include <algorithm>
#include <string_view>

#include "core/reader/text/decoder.h"
#include "crypto/memory/wiped.h"

namespace signpost::reader::text {
namespace {

using wire::reader::Encoding;
using wire::reader::FileRefusal;
using namespace std::string_view_literals;

// What is certainly no text, though some of it holds numbers (a spreadsheet is a zip).
constexpr std::string_view kMagic[] = {"PK\x03\x04"sv,
                                       "PK\x05\x06"sv,
                                       "SQLite format 3\0"sv,
                                       "%PDF-"sv,
                                       "\x1f\x8b"sv,
                                       "\xd0\xcf\x11\xe0"sv,
                                       "\x89PNG"sv,
                                       "\xff\xd8\xff"sv,
                                       "7z\xbc\xaf"sv,
                                       "Rar!\x1a"sv,
                                       "bplist00"sv,
                                       "\x7f"
                                       "ELF"sv};
// A Cellebrite report behind a password.
constexpr std::string_view kProtected = "\x2d\x06\x52\x6d";

struct Nuls {
  size_t even = 0, odd = 0;
};

Nuls CountNuls(ByteView sample) {
  Nuls nuls;
  for (size_t i = 0; i < sample.size(); ++i) {
    if (sample[i] == 0) ++(i % 2 == 0 ? nuls.even : nuls.odd);
  }
  return nuls;
}

bool IsControl(char c) {
  const auto b = static_cast<uint8_t>(c);
  return b < 0x20 && std::string_view("\t\n\v\f\r\x1a\x1b\x1f").find(c) == std::string_view::npos;
}

// kNone, kEmpty or kBinary, of decoded text.
FileRefusal Judge(std::string_view text) {
  if (text.find('\0') != std::string_view::npos) return FileRefusal::kBinary;
  const auto controls = static_cast<size_t>(std::count_if(text.begin(), text.end(), IsControl));
  if (controls > text.size() / 50 + 1) return FileRefusal::kBinary;
  const bool blank = text.find_first_not_of(" \t\r\n\v\f\x1a") == std::string_view::npos;
  return blank ? FileRefusal::kEmpty : FileRefusal::kNone;
}

Detected DetectUtf16(ByteView sample, Encoding encoding) {
  memory::Wiped<std::string> text;
  text.reserve(2 * sample.size() + 8);
  TextDecoder decoder(encoding);
  decoder.Feed(sample, text);
  Detected detected{encoding, Judge(text)};
  const auto broken = static_cast<size_t>(std::count(text.begin(), text.end(), '\xff'));
  if (detected.refusal == FileRefusal::kNone && broken > text.size() / 50 + 1) {
    detected.refusal = FileRefusal::kBadEncoding;
  }
  return detected;
}

struct Utf8Score {
  size_t good = 0, bad = 0;  // sequences of several bytes
};

Utf8Score ScoreUtf8(ByteView sample, bool complete) {
  memory::Wiped<std::string> text;
  text.reserve(sample.size() + 8);
  TextDecoder decoder(Encoding::kUtf8);
  decoder.Feed(sample, text);
  if (complete) decoder.Finish(text);
  Utf8Score score;
  for (const char c : text) {
    if (c == TextDecoder::kBroken) {
      ++score.bad;
    } else if (static_cast<uint8_t>(c) >= 0xc0) {
      ++score.good;
    }
  }
  return score;
}

bool LooksLikeCp1252(ByteView sample) {
  size_t high = 0, undefined = 0;
  for (const uint8_t b : sample) {
    if (b < 0x80) continue;
    ++high;
    if (b == 0x81 || b == 0x8d || b == 0x8f || b == 0x90 || b == 0x9d) ++undefined;
  }
  return undefined <= high / 8 + 1;
}

}  // namespace

Detected DetectEncoding(ByteView sample, bool complete) {
  const std::string_view head = AsText(sample);
  if (head.starts_with(kProtected)) return {Encoding::kUtf8, FileRefusal::kProtected};
  for (const std::string_view magic : kMagic) {
    if (head.starts_with(magic)) return {Encoding::kUtf8, FileRefusal::kBinary};
  }
  if (head.starts_with("\xff\xfe\0\0"sv) || head.starts_with("\0\0\xfe\xff"sv)) {
    return {Encoding::kUtf8, FileRefusal::kBadEncoding};  // UTF-32
  }
  if (head.starts_with("\xff\xfe"sv)) return DetectUtf16(sample, Encoding::kUtf16Le);
  if (head.starts_with("\xfe\xff"sv)) return DetectUtf16(sample, Encoding::kUtf16Be);
  // Delimiters, line ends and digits all have a zero half, so a third of the pairs is not much to
  // ask, whatever the names are written in.
  const Nuls nuls = CountNuls(sample);
  const size_t pairs = sample.size() / 2;
  if (pairs >= 4 && nuls.odd >= pairs / 3 && nuls.even <= pairs / 50) {
    return DetectUtf16(sample, Encoding::kUtf16Le);
  }
  if (pairs >= 4 && nuls.even >= pairs / 3 && nuls.odd <= pairs / 50) {
    return DetectUtf16(sample, Encoding::kUtf16Be);
  }
  const bool mark = head.starts_with("\xef\xbb\xbf");
  const FileRefusal refusal = Judge(mark ? head.substr(3) : head);
  if (mark) return {Encoding::kUtf8Bom, refusal};
  if (refusal != FileRefusal::kNone) return {Encoding::kUtf8, refusal};
  const Utf8Score score = ScoreUtf8(sample, complete);
  // A few broken bytes in a file that is else plainly UTF-8 do not make it another encoding.
  if (score.bad == 0 || score.good > score.bad) return {Encoding::kUtf8, FileRefusal::kNone};
  return {Encoding::kCp1252,
          LooksLikeCp1252(sample) ? FileRefusal::kNone : FileRefusal::kBadEncoding};
}

}  // namespace signpost::reader::text
