#include "core/signpost/optout/optout_log.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <optional>

#include "core/signpost/home/home.h"
#include "crypto/base/file.h"

namespace signpost::optout {
namespace {

constexpr std::string_view kMagic = "signpost-optouts/v1 ";
constexpr size_t kSeedHex = 64;
constexpr size_t kHeaderBytes = kMagic.size() + kSeedHex + 1;
constexpr size_t kMaxLine = 128;  // 5 + 1 + 10 + 1 + 64 + 1 + 32 + '\n' and room
constexpr size_t kBlock = 64 * 1024;

tl::unexpected<Error> Older(const std::string& path, std::string message) {
  return Fail(
      Code::kCorrupt, std::move(message), path,
      "opt-outs may be missing: restore the newest copy of optouts.log before anything else");
}

Digest Chain(const Digest& previous, std::string_view line) {
  Sha256Stream stream;
  stream.Update(previous);
  stream.Update(AsBytes(line));
  return stream.Finish();
}

std::string EncodeLine(const token::OptOutToken& token, Day day) {
  std::array<uint8_t, 16> nonce;
  RandomBytes(nonce);
  return fmt::format("{} {} {} {}\n", token.generation, day.Text(), ToHex(token.bytes),
                     ToHex(nonce));
}

// One field up to the next blank or newline, which is taken, too.
std::string_view TakeField(std::string_view& line, char end) {
  const size_t at = line.find(end);
  if (at == std::string_view::npos) return {};
  const std::string_view field = line.substr(0, at);
  line.remove_prefix(at + 1);
  return field;
}

bool IsLowerHex(std::string_view text, size_t digits) {
  return text.size() == digits && text.find_first_not_of("0123456789abcdef") == text.npos;
}

std::optional<OptOutLine> DecodeLine(std::string_view line) {
  OptOutLine out;
  const std::string_view generation = TakeField(line, ' ');
  const auto [end, error] = std::from_chars(
      generation.data(), generation.data() + generation.size(), out.token.generation);
  if (error != std::errc() || end != generation.data() + generation.size() ||
      generation != std::to_string(out.token.generation)) {
    return std::nullopt;
  }
  const std::optional<Day> day = Day::Parse(TakeField(line, ' '));
  const std::string_view token = TakeField(line, ' ');
  const std::string_view nonce = TakeField(line, '\n');
  if (!day || !IsLowerHex(token, 64) || !IsLowerHex(nonce, 32) || !line.empty()) {
    return std::nullopt;
  }
  out.day = *day;
  const Bytes raw = FromHex(token).value();
  std::ranges::copy(raw, out.token.bytes.begin());
  return out;
}

Result<uint64_t> SizeOf(int fd, const std::string& path) {
  struct stat facts {};
  if (fstat(fd, &facts) != 0) return FailErrno("fstat", path);
  return static_cast<uint64_t>(facts.st_size);
}

Result<void> CutAt(int fd, uint64_t bytes, const std::string& path) {
  if (ftruncate(fd, static_cast<off_t>(bytes)) != 0) return FailErrno("ftruncate", path);
  if (fsync(fd) != 0) return FailErrno("fsync", path);
  return {};
}

// A crash can leave blocks that were allocated and never written.
bool OnlyZeros(std::string_view text) {
  return text.find_first_not_of('\0') == std::string_view::npos;
}

}  // namespace

// A new file gets its header; an existing one that a crash left without a whole header, too.
Result<void> OptOutLog::Begin(bool store_knows_one) {
  TRY_ASSIGN(const uint64_t size, SizeOf(fd_.get(), path_));
  if (size >= kHeaderBytes) return {};
  if (store_knows_one) return Older(path_, "the log of opt-outs is missing or cut off");
  TRY(CutAt(fd_.get(), 0, path_));
  std::array<uint8_t, kSeedHex / 2> seed;
  RandomBytes(seed);
  const std::string header = std::string(kMagic) + ToHex(seed) + "\n";
  TRY(WriteAll(fd_.get(), AsBytes(header), path_));
  if (fsync(fd_.get()) != 0) return FailErrno("fsync", path_);
  return SyncFolder(DirName(path_));
}

Result<OptOutLog> OptOutLog::Open(const std::string& path, store::Store& store, Check check) {
  TRY_ASSIGN(OwnedFd lock, home::LockFile(path, "another command that records opt-outs"));
  const int flags = fcntl(lock.get(), F_GETFL);
  if (flags < 0 || fcntl(lock.get(), F_SETFL, flags | O_APPEND) != 0) {
    return FailErrno("fcntl", path);
  }
  // Under the lock: whoever appended has recorded what it appended, or has died.
  TRY_ASSIGN(store::Store::OptOutLogMark mark, store.LastOptOutLogMark());
  OptOutLog log(path, std::move(lock));
  TRY(log.Begin(mark.bytes > 0));
  TRY_ASSIGN(const uint64_t size, SizeOf(log.fd_.get(), path));
  if (size < mark.bytes) return Older(path, "the log of opt-outs is shorter than it was");
  if (check == Check::kTail && mark.bytes >= kHeaderBytes) {
    log.bytes_ = mark.bytes;
    log.hash_ = mark.hash;
  }
  TRY(log.Scan(mark));
  if (log.bytes_ < mark.bytes) return Older(path, "the log of opt-outs is not the one it was");
  TRY_ASSIGN(const uint64_t whole, SizeOf(log.fd_.get(), path));
  if (whole != log.bytes_) TRY(CutAt(log.fd_.get(), log.bytes_, path));
  log.is_new_ = mark.bytes == 0;
  // Whoever wrote these lines may have died before its own fsync. The store must not know of a line
  // that a power cut can still take back: a log shorter than the store's mark opens no home.
  if (!log.behind_.empty()) TRY(log.Sync());
  return log;
}

Result<void> OptOutLog::TakeLine(std::string_view line, const store::Store::OptOutLogMark& mark) {
  if (bytes_ == 0) {
    if (!line.starts_with(kMagic) || line.size() != kHeaderBytes ||
        !IsLowerHex(line.substr(kMagic.size(), kSeedHex), kSeedHex)) {
      return Fail(Code::kCorrupt, "not a log of opt-outs", path_);
    }
    hash_ = Sha256(line);
  } else {
    const std::optional<OptOutLine> decoded = DecodeLine(line);
    if (!decoded) {
      return Older(path_, "a line of the log of opt-outs cannot be read");
    }
    if (bytes_ >= mark.bytes) behind_.push_back(*decoded);
    hash_ = Chain(hash_, line);
  }
  const bool crosses = bytes_ < mark.bytes && bytes_ + line.size() > mark.bytes;
  bytes_ += line.size();
  if (crosses || (bytes_ == mark.bytes && hash_ != mark.hash)) {
    return Older(path_, "the log of opt-outs is not the one that the store knows");
  }
  return {};
}

// A log that the store has never named may have been made by a process that died before it synced
// the folder.
Result<void> OptOutLog::Sync() {
  if (fsync(fd_.get()) != 0) return FailErrno("fsync", path_);
  return is_new_ ? SyncFolder(DirName(path_)) : Result<void>();
}

// From bytes_ to the end, line by line; stops in front of a torn last line.
Result<void> OptOutLog::Scan(const store::Store::OptOutLogMark& mark) {
  OwnedFd reader(open(path_.c_str(), O_RDONLY | O_CLOEXEC));
  if (!reader) return FailErrno("open", path_);
  if (lseek(reader.get(), static_cast<off_t>(bytes_), SEEK_SET) < 0) {
    return FailErrno("lseek", path_);
  }
  std::string text;
  Bytes block(kBlock);
  for (;;) {
    TRY_ASSIGN(const size_t got, ReadUpTo(reader.get(), block, path_));
    text.append(AsText(ByteView(block).first(got)));
    size_t begin = 0;
    for (size_t end = text.find('\n'); end != text.npos; end = text.find('\n', begin)) {
      TRY(TakeLine(std::string_view(text).substr(begin, end + 1 - begin), mark));
      begin = end + 1;
    }
    text.erase(0, begin);
    if (text.size() > kMaxLine && !OnlyZeros(text)) {
      return Older(path_, "a line of the log of opt-outs cannot be read");
    }
    if (got < block.size()) return {};
  }
}

Result<void> OptOutLog::Append(std::span<const token::OptOutToken> tokens, Day day) {
  std::string text;
  Digest hash = hash_;
  uint64_t bytes = bytes_;
  for (const token::OptOutToken& token : tokens) {
    const std::string line = EncodeLine(token, day);
    hash = Chain(hash, line);
    bytes += line.size();
    text += line;
    if (text.size() < kBlock) continue;
    TRY(WriteAll(fd_.get(), AsBytes(text), path_));
    text.clear();
  }
  TRY(WriteAll(fd_.get(), AsBytes(text), path_));
  TRY(Sync());
  hash_ = hash;
  bytes_ = bytes;
  return {};
}

}  // namespace signpost::optout
