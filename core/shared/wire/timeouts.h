// Sets how long a process may take for a message, the same on every boundary.
//
//   a message that has begun       is through within kMessageSeconds, or its sender has stalled
//   a peer that does not read      is given up after kMessageSeconds, but for numbers on their way
//                                  from the opener to the sender, which go at the approved pace
//   an answer that signpost waits  begins within kAnswerSeconds: a key from a costly passphrase, a
//   for                            long ledger, a range
//   a last word                    begins within kEndSeconds after signpost asked for it
//   a sealed process that waits    waits for ever: signpost's end, also by kill -9, ends the wait
//   for signpost
//   a sender with records in       is heard within kAnswerSeconds, the gateway's time-out and the
//   flight, or that waits for      time that it may wait for receipts; dispatch adds them
//   receipts
//
// Whoever is too late is treated as one who broke the table: signpost gives the job up and kills
// it.
#pragma once

namespace signpost::wire {

constexpr int kMessageSeconds = 120;
constexpr int kAnswerSeconds = 600;
constexpr int kEndSeconds = 5;
constexpr int kTickSeconds = 1;  // how often a waiting process looks at the time

}  // namespace signpost::wire
