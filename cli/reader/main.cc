// signpost-reader: parses the evidence of one import. No arguments; see
// core/shared/wire/reader_boundary.h. Everything that a library loads late is loaded before the
// lock-down, and that before the first byte of the start frame or of the extraction.
#include "cli/reader/syscalls.h"
#include "core/reader/job.h"
#include "core/shared/wiping/wiping.h"
#include "crypto/memory/stack.h"

int main() {
  using namespace signpost;
  Result<reader::Prepared> prepared = reader::Prepared::Create();
  if (!prepared) {
    const bool memory = prepared.error().code == Code::kSandbox;
    sandbox::ExitSealed(memory ? wire::LockStep::kLockedMemory : wire::LockStep::kPrepare);
  }
  if (!wiping::CheckWiping()) sandbox::ExitSealed(wire::LockStep::kWiping);
  if (!memory::LockStack()) sandbox::ExitSealed(wire::LockStep::kLockedMemory);
  if (const wire::Locked locked = sandbox::LockDown(reader::kProfile); !locked)
    sandbox::ExitSealed(locked.error());
  const Result<void> done = reader::RunReader(
      std::move(*prepared), OwnedFd(wire::reader::kControlFd), OwnedFd(wire::reader::kNumbersFd));
  sandbox::ExitSealed(done ? 0 : ExitCode(done.error().code));
}
