// One event of each kind.
#pragma once

#include <vector>

#include "core/shared/ledger/event.h"

namespace signpost::test {

inline std::vector<ledger::Event> OneOfEach() {
  const Digest digest = Sha256("x");
  BatchId batch;
  batch.bytes.fill(0xb1);
  EpochId epoch;
  epoch.bytes.fill(0xe1);
  SectionId section;
  section.bytes.fill(0x51);
  ImportId import;
  import.bytes.fill(0x1a);
  RunId run;
  run.bytes.fill(0x21);
  const Instant at = *Instant::Parse("2026-11-23T09:00:00Z");
  const Day day = at.day();
  const std::vector<ledger::EventBody> bodies = {
      ledger::HomeCreated{Mode::kRehearsal, digest,
                          "signpost-test+00000000+AQ==", "signpost 0.1.0"},
      ledger::EpochCreated{epoch, digest, day, day + 36},
      ledger::ImportDone{import, section, epoch, day + 30, "libphonenumber 8.12.57", digest},
      ledger::OptOutsRecorded{"operator", digest, digest},
      ledger::ProtectedRecorded{digest},
      ledger::BatchPlanned{batch, digest, digest, {section}, at + 86400, digest},
      ledger::BatchApproved{batch, digest, "ann"},
      ledger::ApprovalWithdrawn{batch, "ann"},
      ledger::BatchOpened{batch, run},
      ledger::BatchRunEnded{batch, run, ledger::RunEnd::kDone, "carrier 127.0.0.1", digest},
      ledger::OutcomesChanged{batch, digest},
      ledger::BatchCancelled{batch, digest},
      ledger::Swept{digest, {epoch}},
      ledger::RecordsLost{digest},
      ledger::PolicyApplied{digest, Sha256("y"), {"ann", "bob"}},
      ledger::EpochDestroyed{epoch},
      ledger::EvidencePublished{true},
      ledger::BatchFinished{batch, true, digest},
  };
  std::vector<ledger::Event> events;
  for (const ledger::EventBody& body : bodies) events.push_back({at, "tester", body});
  return events;
}

}  // namespace signpost::test
