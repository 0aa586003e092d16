// What only a whole home can show: which files and keys lie there, and whether the ledger explains
// them.
#include <fmt/format.h>

#include "core/verifier/history.h"

namespace signpost::verifier {
namespace {

constexpr std::string_view kHint =
    " (a crash may have left it: run signpost sweep, then verify again)";

bool IsTemporary(std::string_view name) {
  return name.ends_with(".tmp") || name.find(".tmp-") != name.npos;
}

const Batch* BatchOfFile(const Bench& bench, const HeldFile& file) {
  for (const auto& [id, batch] : bench.history.batches) {
    const auto manifest = ManifestOf(bench.evidence, batch);
    if (manifest && manifest->file_hash == file.hash) return &batch;
  }
  return nullptr;
}

// A file that the store does not name: no command reads it, the next sweep removes it. What is past
// its day is held past its day all the same.
void CheckUnnamed(const Bench& bench, Check& check, const HeldFile& file) {
  const Day today = bench.now.day();
  for (const seal::SectionHeader& section : file.header->sections) {
    const auto epoch = bench.history.epochs.find(section.epoch);
    const bool known = epoch != bench.history.epochs.end();
    if (section.expiry < today || (known && epoch->second.created.deadline < today)) {
      check.Broken(
          fmt::format("sealed/{}: held past its day {}", file.name, section.expiry.Text()));
      return;
    }
    if (known && epoch->second.destroyed_entry) {
      check.Broken(*epoch->second.destroyed_entry,
                   fmt::format("sealed/{}: held after its epoch's destruction", file.name));
      return;
    }
  }
  check.NotProvable(fmt::format("sealed/{}: the store does not name it{}", file.name, kHint));
}

void CheckSections(const Bench& bench, Check& check, const HeldFile& file) {
  const Day today = bench.now.day();
  for (const seal::SectionHeader& section : file.header->sections) {
    const auto known = bench.history.facts.sections().find(section.section);
    if (known == bench.history.facts.sections().end() || known->second != section.epoch) {
      check.Broken(fmt::format("sealed/{}: holds what no import brought", file.name));
      return;
    }
    const auto import =
        std::find_if(bench.history.imports.begin(), bench.history.imports.end(),
                     [&](const Import& i) { return i.done.section == section.section; });
    if (import != bench.history.imports.end() && section.expiry > import->done.expiry) {
      check.Broken(import->entry, fmt::format("sealed/{}: expiry {}, its import says {}", file.name,
                                              section.expiry.Text(), import->done.expiry.Text()));
    }
    const Epoch& epoch = bench.history.epochs.at(section.epoch);
    if (section.expiry < today || epoch.created.deadline < today) {
      check.Broken(epoch.entry, fmt::format("sealed/{}: held past its day {}", file.name,
                                            section.expiry.Text()));
      return;
    }
    if (epoch.destroyed_entry) {
      check.Broken(*epoch.destroyed_entry,
                   fmt::format("sealed/{}: held after its epoch's destruction", file.name));
      return;
    }
  }
}

void CheckSealed(const Bench& bench, Part& part) {
  Check check(part, "each file in sealed/ is explained by the ledger and not past its day");
  for (const HeldFile& file : bench.home->sealed) {
    check.Count();
    if (!file.header) {
      check.Broken(fmt::format("sealed/{}: not a sealed file of its kind", file.name));
      continue;
    }
    if (!IsNamed(*bench.home, file)) {
      CheckUnnamed(bench, check, file);
      continue;
    }
    CheckSections(bench, check, file);
    if (file.header->kind != seal::SealedKind::kBatch) continue;
    const Batch* batch = BatchOfFile(bench, file);
    if (batch == nullptr) {
      check.Broken(fmt::format("sealed/{}: no manifest names this file", file.name));
    } else if (batch->Ended()) {
      check.Broken(batch->planned_entry,
                   fmt::format("sealed/{}: held after the end of its batch", file.name));
    }
  }
  for (const std::string& name : bench.home->strange) {
    if (IsTemporary(name)) {
      check.NotProvable(fmt::format("sealed/{}: half written{}", name, kHint));
    } else {
      check.Broken(fmt::format("sealed/{}: nothing in the ledger explains it", name));
    }
  }
  if (const uint64_t missing = MissingFiles(*bench.home); missing > 0) {
    check.NotProvable(
        fmt::format("{} files that the store names are not in sealed/ (run signpost "
                    "sweep, which records what is lost, then verify again)",
                    missing));
  }
  if (const size_t taken = bench.home->taken.size(); taken > 0) {
    check.NotProvable(fmt::format(
        "{} records that a plan took are not erased in their intake yet{}", taken, kHint));
  }
}

// An epoch key of which the ledger says nothing: made by a command that was ended before it wrote
// its entry, when the store does not name it either, and used for nothing.
void CheckStrayKey(const Bench& bench, Check& check, const HeldKey& key) {
  const custody::EpochFacts& facts = *key.header->epoch;
  if (facts.deadline < bench.now.day()) {
    check.Broken(
        fmt::format("keys/{}: exists past its deadline {}", key.name, facts.deadline.Text()));
  } else if (!key.live || bench.home->epoch_rows.count(facts.epoch) != 0) {
    check.Broken(fmt::format("keys/{}: nothing in the ledger explains it", key.name));
  } else {
    check.NotProvable(fmt::format("keys/{}: nothing in the ledger explains it{}", key.name, kHint));
  }
}

void CheckEpochKeys(const Bench& bench, Part& part) {
  Check check(part, "each epoch key in keys/ is explained by the ledger and not past its deadline");
  for (const HeldKey& key : bench.home->keys) {
    if (!key.header || !key.header->epoch) continue;
    check.Count();
    const custody::EpochFacts& facts = *key.header->epoch;
    const auto known = bench.history.epochs.find(facts.epoch);
    if (known == bench.history.epochs.end()) {
      CheckStrayKey(bench, check, key);
      continue;
    }
    const Epoch& epoch = known->second;
    if (Sha256(ByteView(facts.public_key)) != epoch.created.public_key_hash ||
        facts.deadline != epoch.created.deadline || facts.from != epoch.created.from) {
      check.Broken(epoch.entry, fmt::format("keys/{}: is not the key that was created", key.name));
    }
    if (epoch.destroyed_entry) {
      check.Broken(*epoch.destroyed_entry,
                   fmt::format("keys/{}: exists although it was destroyed", key.name));
    } else if (epoch.created.deadline < bench.now.day()) {
      check.Broken(epoch.entry, fmt::format("keys/{}: exists past its deadline {}", key.name,
                                            epoch.created.deadline.Text()));
    }
    if (!key.live) {
      check.Broken(epoch.entry,
                   fmt::format("keys/{}: an epoch key outside keys/live is in backups", key.name));
    }
  }
}

}  // namespace

bool IsNamed(const HomeContents& home, const HeldFile& file) {
  return file.header && home.file_rows.count({file.header->kind, file.header->file}) != 0;
}

uint64_t MissingFiles(const HomeContents& home) {
  std::set<std::pair<seal::SealedKind, FileId>> missing = home.file_rows;
  for (const HeldFile& file : home.sealed) {
    if (file.header) missing.erase({file.header->kind, file.header->file});
  }
  return missing.size();
}

void CheckFilesInHome(const Bench& bench, Part& part) {
  if (bench.home->busy) {
    part.NotProvable("a command is running on this home: its files were not compared");
    return;
  }
  CheckSealed(bench, part);
  CheckEpochKeys(bench, part);
}

void CheckKeysInHome(const Bench& bench, Part& part) {
  if (bench.home != nullptr) {
    Check check(part, "each wrapped key names this ledger, its genesis policy and its mode");
    const ledger::HomeCreated& created = bench.history.facts.home();
    for (const HeldKey& key : bench.home->keys) {
      if (!key.header) continue;
      check.Count();
      const custody::TrustRoot& trust = key.header->trust;
      if (trust.mode != created.mode || trust.genesis_policy != created.policy ||
          trust.ledger_vkey != created.ledger_vkey) {
        check.Broken(fmt::format("keys/{}: is bound to another home", key.name));
      }
    }
  }
  part.NotProvable(
      "which process can read a number follows from what each binary is linked from: see "
      "its link map; no ledger shows it");
}

void CheckOptOuts(const Bench& bench, Part& part) {
  uint64_t withheld = 0;
  size_t recorded = 0;
  {
    Check check(part, "each entry that records new opt-outs has a new hash of their log");
    const std::vector<Digest> none;
    const auto& log =
        bench.home != nullptr && bench.home->opt_out_log ? *bench.home->opt_out_log : none;
    auto reached = log.begin();
    const ledger::OptOutsRecorded* before = nullptr;
    for (uint64_t i = 0; i < bench.history.events.size(); ++i) {
      const auto& event = bench.history.events[i];
      if (!event) continue;
      const ledger::Opening* opening = bench.OpeningOf(i);
      if (opening != nullptr && std::holds_alternative<ledger::BatchRunEnded>(event->body)) {
        withheld += Get(opening->counts, "withheld.opted-out");
      }
      const auto* opt_outs = std::get_if<ledger::OptOutsRecorded>(&event->body);
      if (opt_outs == nullptr) continue;
      check.Count();
      ++recorded;
      if (opening != nullptr && Get(opening->counts, "new") > 0 && before != nullptr &&
          before->log_hash == opt_outs->log_hash) {
        check.Broken(i, "recorded opt-outs that the log did not take");
      }
      before = opt_outs;
      if (bench.home == nullptr) continue;
      const auto found = std::find(reached, log.end(), opt_outs->log_hash);
      if (found == log.end()) {
        check.Broken(i, "optouts.log no longer holds what was recorded here");
      } else {
        reached = found;  // an entry can stand for no new line
      }
    }
  }
  if (bench.home == nullptr) {
    part.NotProvable(
        "the log of opt-outs is not in published evidence: in the home its hash can be "
        "compared");
  } else if (recorded > 0) {
    part.Held("optouts.log in this home gives the hashes in the ledger, in their order");
  }
  if (withheld > 0) {
    part.Held(
        fmt::format("{} people who had said stop were withheld at the last instant", withheld));
  }
  part.Limit(
      "that every opt-out was looked up: people are told apart by tokens, which no ledger "
      "holds");
}

}  // namespace signpost::verifier
