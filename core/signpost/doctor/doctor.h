// Checks that sealed processes can run here, and says how to fix what is missing.
//
// Three parts: the machine (kernel, swap, cores, clock), the sealed processes (each is started for
// real, locks itself down for real, and ends without any work), and one home (who may read it, what
// is in place). Nothing is changed, and nothing is printed but names of files and of settings: no
// number, no count of people, no content.
//
// What it cannot tell: whether a disk is encrypted below what the kernel shows (a hypervisor's, an
// SSD's own), what backups take, and what root or the hypervisor reads.
#pragma once

#include <string>
#include <vector>

#include "core/signpost/home/home.h"

namespace signpost::doctor {

struct Finding {
  enum class Level { kOk, kWarn, kMissing };  // kMissing: something that is required
  Level level = Level::kOk;
  std::string area;  // "machine", "processes", "home"
  std::string name;  // "landlock", "signpost-reader": stable, for programs
  std::string what;  // for people
  std::string fix;   // empty when there is nothing to fix
};

// Where the kernel's files are: tests have others.
struct KernelFiles {
  std::string proc = "/proc";
  std::string sys = "/sys";
};

std::vector<Finding> CheckMachine(const KernelFiles& kernel);
std::vector<Finding> CheckProcesses();
// A home that cannot be opened is a finding, not an error.
std::vector<Finding> CheckHome(const home::HomeOptions& options);

std::string_view LevelName(Finding::Level level);  // "ok", "warn", "MISSING"

}  // namespace signpost::doctor
