// signpost-reader: parses the evidence of one import. No arguments; see
// core/shared/wire/reader_boundary.h. Everything that a library loads late is loaded before the lock-down,
// and that before the first byte of the start frame or of the evidence.
#include "cli/reader/syscalls.h"
#include "core/reader/job.h"
#include "core/shared/wiping/wiping.h"
#include "crypto/memory/stack.h"

int main() {
  using namespace signpost;
  Result<reader::Prepared> prepared = reader::Prepared::Create();
  if (!prepared) {
    const bool memory = prepared.error().code == Code::kSandbox;
    ExitSealed(memory ? LockStep::kLockedMemory : LockStep::kPrepare);
  }
  if (!CheckWiping()) ExitSealed(LockStep::kWiping);
  if (!LockStack()) ExitSealed(LockStep::kLockedMemory);
  if (const Locked locked = LockDown(reader::kProfile); !locked) ExitSealed(locked.error());
  const Result<void> done = reader::RunReader(std::move(*prepared), OwnedFd(reader::kControlFd),
                                              OwnedFd(reader::kNumbersFd));
  ExitSealed(done ? 0 : ExitCode(done.error().code));
}
