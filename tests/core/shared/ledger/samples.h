// One event of each kind.
#pragma once

#include <vector>

#include "core/shared/ledger/event.h"

namespace signpost::testing {

inline std::vector<Event> OneOfEach() {
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
  const std::vector<EventBody> bodies = {
      HomeCreated{Mode::kRehearsal, digest, "signpost-test+00000000+AQ==", "signpost 0.1.0"},
      EpochCreated{epoch, digest, day, day + 36},
      ImportDone{import, section, epoch, day + 30, "libphonenumber 8.12.57", digest},
      OptOutsRecorded{"operator", digest, digest},
      ProtectedRecorded{digest},
      BatchPlanned{batch, digest, digest, {section}, at + 86400, digest},
      BatchApproved{batch, digest, "ann"},
      ApprovalWithdrawn{batch, "ann"},
      BatchOpened{batch, run},
      BatchRunEnded{batch, run, "done", "carrier 127.0.0.1", digest},
      OutcomesChanged{batch, digest},
      BatchCancelled{batch, digest},
      Swept{digest, {epoch}},
      RecordsLost{digest},
      PolicyApplied{digest, Sha256("y"), {"ann", "bob"}},
      EpochDestroyed{epoch},
      EvidencePublished{true},
      BatchFinished{batch, true, digest},
  };
  std::vector<Event> events;
  for (const EventBody& body : bodies) events.push_back({at, "tester", body});
  return events;
}

}  // namespace signpost::testing
