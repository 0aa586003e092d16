#include "crypto/base/result.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <memory>
#include <string>

namespace signpost {
namespace {

Result<int> Half(int n) {
  if (n % 2 != 0) return Fail(Code::kInput, "odd", "place", "double it");
  return n / 2;
}

Result<int> Quarter(int n) {
  TRY_ASSIGN(const int half, Half(n));
  TRY_ASSIGN(const int quarter, Half(half));
  return quarter;
}

Result<void> MustBeEven(int n) {
  TRY(Half(n));
  return {};
}

Result<std::unique_ptr<int>> Boxed(int n) {
  auto box = std::make_unique<int>(n);
  TRY(MustBeEven(n));
  return box;
}

TEST(Result, FailureIsNotSwallowedOnTheWayUp) {
  EXPECT_EQ(*Quarter(8), 2);
  const Result<int> failed = Quarter(6);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, Code::kInput);
  EXPECT_EQ(failed.error().place, "place");
  EXPECT_EQ(failed.error().hint, "double it");
  EXPECT_FALSE(MustBeEven(1));
  EXPECT_TRUE(MustBeEven(2));
}

TEST(Result, MoveOnlyValueIsNotCopied) {
  Result<std::unique_ptr<int>> box = Boxed(4);
  ASSERT_TRUE(box);
  const std::unique_ptr<int> taken = *std::move(box);
  EXPECT_EQ(*taken, 4);
}

TEST(Result, ErrorTextCannotDriveATerminal) {
  std::string all;
  for (int c = 0; c < 0x20; ++c) all += static_cast<char>(c);
  all += '\x7f';
  const std::string text = ErrorText("signpost", {Code::kInput, "m" + all, "p" + all, "h" + all});
  size_t newlines = 0;
  for (const char c : text) {
    if (c == '\n') {
      ++newlines;
      continue;
    }
    EXPECT_GE(static_cast<unsigned char>(c), 0x20);
    EXPECT_NE(c, '\x7f');
  }
  EXPECT_EQ(newlines, 2u);
}

TEST(Result, ErrorTextHasPlaceMessageAndHint) {
  EXPECT_EQ(ErrorText("signpost", {Code::kInput, "row is too long", "calls.csv:17", "cut it"}),
            "signpost: calls.csv:17: row is too long\nsignpost: hint: cut it\n");
  EXPECT_EQ(ErrorText("signpost", {Code::kInput, "no", {}, {}}), "signpost: no\n");
}

TEST(Result, ErrorTextHasNoNumberInAnyPart) {
  const std::string typed = "/cases/07700 900123/home";
  EXPECT_EQ(ErrorText("signpost", {Code::kInput, "no " + typed, typed, "chmod " + typed}),
            "signpost: /cases/(digits)/home: no /cases/(digits)/home\n"
            "signpost: hint: chmod /cases/(digits)/home\n");
}

TEST(Result, FullDiskIsNotTakenForABug) {
  for (const int e : {ENOSPC, EDQUOT, EIO, EFBIG, EROFS}) {
    errno = e;
    EXPECT_EQ(FailErrno("write", "f").value().code, Code::kStorage) << e;
  }
  errno = ENOENT;
  EXPECT_EQ(FailErrno("open", "f").value().code, Code::kNotFound);
  errno = EINVAL;
  EXPECT_EQ(FailErrno("write", "f").value().code, Code::kInternal);
}

TEST(Result, ExitCodesDoNotMove) {
  EXPECT_EQ(ExitCode(Code::kInternal), 1);
  EXPECT_EQ(ExitCode(Code::kUsage), 2);
  EXPECT_EQ(ExitCode(Code::kInput), 3);
  EXPECT_EQ(ExitCode(Code::kNotFound), 3);
  EXPECT_EQ(ExitCode(Code::kRefused), 4);
  EXPECT_EQ(ExitCode(Code::kStorage), 5);
  EXPECT_EQ(ExitCode(Code::kCorrupt), 5);
  EXPECT_EQ(ExitCode(Code::kGateway), 6);
  EXPECT_EQ(ExitCode(Code::kSandbox), 7);
  EXPECT_EQ(CodeName(Code::kNotFound), "not-found");
}

}  // namespace
}  // namespace signpost
