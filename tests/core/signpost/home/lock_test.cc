#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "tests/core/signpost/home/small_home.h"

namespace signpost::home {
namespace {

// Another process that holds the lock until it is told, or killed.
class Holder {
 public:
  explicit Holder(const std::string& path) {
    int ready[2];
    EXPECT_EQ(pipe(ready), 0);
    pid_ = fork();
    if (pid_ == 0) {
      const auto lock = LockFile(path, "somebody");
      const char answer = lock ? '!' : '?';
      if (write(ready[1], &answer, 1) != 1) _exit(1);
      for (;;) pause();
    }
    char answer = 0;
    EXPECT_EQ(read(ready[0], &answer, 1), 1);
    EXPECT_EQ(answer, '!');
    close(ready[0]);
    close(ready[1]);
  }
  ~Holder() { Kill(); }
  void Kill() {
    if (pid_ <= 0) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }

 private:
  pid_t pid_ = -1;
};

TEST(Lock, IsFreeAgainWhenItsHolderIsKilled) {
  const test::SmallHome home;
  Holder holder(home.path + "/lock");
  holder.Kill();
  EXPECT_TRUE(LockFile(home.path + "/lock", "somebody").has_value());
}

TEST(Lock, GoesWithItsDescriptor) {
  const test::SmallHome home;
  for (int i = 0; i < 3; ++i) {
    const Result<OwnedFd> lock = LockFile(home.path + "/lock", "somebody");
    ASSERT_TRUE(lock.has_value());
    struct stat s {};
    ASSERT_EQ(fstat(lock->get(), &s), 0);
    EXPECT_EQ(s.st_mode & 0777, 0600u);
  }
}

TEST(Lock, SomebodyElsesIsWaitedForAndThenAnError) {
  const test::SmallHome home;
  Holder holder(home.path + "/lock");
  const int64_t begin = MonotonicMillis();
  const Result<OwnedFd> lock = LockFile(home.path + "/lock", "another command", 500);
  ASSERT_FALSE(lock.has_value());
  EXPECT_GE(MonotonicMillis() - begin, 500);
  EXPECT_EQ(lock.error().code, Code::kStorage);
  EXPECT_EQ(lock.error().message, "another command is running on this home");
}

TEST(Lock, OneLockDoesNotHoldUpTheOther) {
  const test::SmallHome home;
  Holder holder(home.path + "/dispatch.lock");
  HomeOptions options;
  options.path = home.path;
  options.moves_files = true;
  EXPECT_TRUE(OpenHome(options).has_value());
}

}  // namespace
}  // namespace signpost::home
