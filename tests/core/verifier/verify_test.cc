#include "core/verifier/verify.h"

#include <gtest/gtest.h>

#include "tests/core/verifier/synthetic_ledger.h"

namespace signpost::verifier {
namespace {

using test::SyntheticLedger;

Report Judge(const ledger::Evidence& evidence, const SyntheticLedger& ledger,
             std::optional<Instant> now = {}) {
  VerifyOptions options;
  options.key = ledger.key();
  options.now = now.value_or(ledger.end());
  return Verify(evidence, nullptr, options).value();
}

Report Judge(const SyntheticLedger& ledger) { return Judge(ledger.Sign(), ledger); }

void ExpectBrokenAt(const Report& report, const Part& part, std::optional<uint64_t> entry) {
  EXPECT_EQ(part.verdict(), Verdict::kBroken) << ReportText(report);
  if (!entry) return;
  bool named = false;
  for (const ReportLine& line : part.lines()) {
    named = named || (line.kind == ReportLine::Kind::kBroken && line.entry == entry);
  }
  EXPECT_TRUE(named) << "entry " << *entry << " is not named\n" << ReportText(report);
}

// The signed tree is in order: an insider's lie is found in what the entries say.
void ExpectTreeHeld(const Report& report) {
  EXPECT_EQ(report.tree.verdict(), Verdict::kHeld) << ReportText(report);
  EXPECT_EQ(report.signatures.verdict(), Verdict::kHeld) << ReportText(report);
}

TEST(Verify, AnOrderlyLedgerBreaksNothing) {
  const auto ledger = SyntheticLedger::Orderly();
  Report report = Judge(ledger);
  ExpectTreeHeld(report);
  EXPECT_FALSE(report.AnyBroken()) << ReportText(report);
  EXPECT_EQ(report.once().verdict(), Verdict::kHeld) << ReportText(report);
  EXPECT_EQ(report.not_kept().verdict(), Verdict::kHeld) << ReportText(report);
  EXPECT_EQ(report.as_approved().verdict(), Verdict::kHeld) << ReportText(report);
  // What a published ledger cannot show is not called held.
  EXPECT_EQ(report.not_readable().verdict(), Verdict::kNotProvable);
  EXPECT_EQ(report.stoppable().verdict(), Verdict::kNotProvable);
}

TEST(Verify, AFlippedBitBreaksTheTree) {
  const auto ledger = SyntheticLedger::Orderly();
  for (const uint64_t index : {uint64_t{0}, ledger.Find("batch.opened")}) {
    ledger::Evidence evidence = ledger.Sign();
    std::string& entry = evidence.entries[index];
    entry[entry.find("tester")] ^= 1;
    Report report = Judge(evidence, ledger);
    ExpectBrokenAt(report, report.tree, {});
    for (const Part& part : report.promises) EXPECT_NE(part.verdict(), Verdict::kHeld);
  }
}

TEST(Verify, ADroppedEntryBreaksTheTree) {
  const auto ledger = SyntheticLedger::Orderly();
  ledger::Evidence evidence = ledger.Sign();
  evidence.entries.erase(evidence.entries.begin() + 20);
  Report report = Judge(evidence, ledger);
  ExpectBrokenAt(report, report.tree, {});
}

TEST(Verify, ReorderedEntriesBreakTheTree) {
  const auto ledger = SyntheticLedger::Orderly();
  ledger::Evidence evidence = ledger.Sign();
  std::swap(evidence.entries[5], evidence.entries[6]);
  Report report = Judge(evidence, ledger);
  ExpectBrokenAt(report, report.tree, {});
}

TEST(Verify, EntriesBehindTheCheckpointAreNotTakenAsSigned) {
  const auto ledger = SyntheticLedger::Orderly();
  ledger::Evidence evidence = ledger.Sign();
  evidence.entries.push_back(
      ledger::EncodeEvent({ledger.end(), "tester", ledger::EvidencePublished{false}}));
  Report report = Judge(evidence, ledger);
  EXPECT_EQ(report.tree.verdict(), Verdict::kNotProvable) << ReportText(report);
}

TEST(Verify, AnotherLogsSignatureIsNotTaken) {
  const auto ledger = SyntheticLedger::Orderly();
  VerifyOptions options;
  options.key = SyntheticLedger::Orderly().key();
  options.now = ledger.end();
  Report report = Verify(ledger.Sign(), nullptr, options).value();
  ExpectBrokenAt(report, report.signatures, {});
}

TEST(Verify, WithoutAKeyItSaysThatItTookTheLogsOwn) {
  const auto ledger = SyntheticLedger::Orderly();
  VerifyOptions options;
  options.now = ledger.end();
  Report report = Verify(ledger.Sign(), nullptr, options).value();
  EXPECT_FALSE(report.AnyBroken());
  EXPECT_NE(ReportText(report).find("taken from the log itself"), std::string::npos);
  EXPECT_NE(ReportText(report).find("not witnessed"), std::string::npos);
}

TEST(Verify, ARewoundLedgerDoesNotExtendWhatWasKept) {
  const auto ledger = SyntheticLedger::Orderly();
  auto rewound = ledger;
  rewound.CutAfter(15);
  VerifyOptions options{ledger.key(), ledger.Sign().checkpoint, ledger.end()};
  Report report = Verify(rewound.Sign(), nullptr, options).value();
  ExpectTreeHeld(Judge(rewound));
  ExpectBrokenAt(report, report.signatures, {});
  // The other way round it is an extension.
  options.since = rewound.Sign().checkpoint;
  Report extended = Verify(ledger.Sign(), nullptr, options).value();
  EXPECT_EQ(extended.signatures.verdict(), Verdict::kHeld) << ReportText(extended);
}

TEST(Verify, ARewrittenPastDoesNotExtendWhatWasKept) {
  const auto ledger = SyntheticLedger::Orderly();
  auto rewritten = ledger;
  rewritten.At(3).by = "nobody";
  auto kept = ledger;
  kept.CutAfter(15);
  VerifyOptions options{ledger.key(), kept.Sign().checkpoint, ledger.end()};
  Report report = Verify(rewritten.Sign(), nullptr, options).value();
  ExpectBrokenAt(report, report.signatures, {});
}

TEST(Verify, SinceThatIsNoCheckpointIsAnError) {
  const auto ledger = SyntheticLedger::Orderly();
  for (const char* text : {"hello\n", ""}) {
    const VerifyOptions options{ledger.key(), text, ledger.end()};
    EXPECT_EQ(Verify(ledger.Sign(), nullptr, options).error().code, Code::kInput) << text;
  }
  const VerifyOptions bad_key{"hello", {}, ledger.end()};
  EXPECT_EQ(Verify(ledger.Sign(), nullptr, bad_key).error().code, Code::kUsage);
}

// What an insider does, who signs afterwards.

TEST(Verify, OpeningWithoutApprovalBreaksAsApproved) {
  auto ledger = SyntheticLedger::Orderly();
  ledger.OpenWithoutApproval();
  Report report = Judge(ledger);
  ExpectTreeHeld(report);
  ExpectBrokenAt(report, report.as_approved(), ledger.Find("batch.opened"));
}

TEST(Verify, ApprovalAfterOpeningBreaksAsApproved) {
  auto ledger = SyntheticLedger::Orderly();
  ledger.SwapBodies(ledger.Find("batch.approved", 1), ledger.Find("batch.opened"));
  Report report = Judge(ledger);
  ExpectTreeHeld(report);
  ExpectBrokenAt(report, report.as_approved(), ledger.Find("batch.opened"));
}

TEST(Verify, AForgedApprovalBreaksAsApproved) {
  auto ledger = SyntheticLedger::Orderly();
  ledger.ForgeApproval();
  Report report = Judge(ledger);
  ExpectBrokenAt(report, report.as_approved(), ledger.Find("batch.opened"));
  ledger = SyntheticLedger::Orderly();
  ledger.ForgeSignatureBytes();
  report = Judge(ledger);
  ExpectBrokenAt(report, report.as_approved(), ledger.Find("batch.planned"));
}

TEST(Verify, SendingMoreThanApprovedBreaksAsApprovedAndOnce) {
  auto ledger = SyntheticLedger::Orderly();
  ledger.SendMoreThanApproved();
  Report report = Judge(ledger);
  ExpectTreeHeld(report);
  ExpectBrokenAt(report, report.as_approved(), ledger.Find("batch.run.ended"));
  ExpectBrokenAt(report, report.once(), ledger.Find("batch.finished"));
}

TEST(Verify, OpeningOutsideHoursBreaksAsApproved) {
  auto ledger = SyntheticLedger::Orderly();
  ledger.OpenOutsideHours();
  Report report = Judge(ledger);
  ExpectBrokenAt(report, report.as_approved(), ledger.Find("batch.opened"));
}

TEST(Verify, OpeningAfterExpiryBreaksAsApproved) {
  auto ledger = SyntheticLedger::Orderly();
  ledger.OpenAfterExpiry();
  Report report = Judge(ledger);
  ExpectBrokenAt(report, report.as_approved(), ledger.Find("batch.opened"));
}

TEST(Verify, ARefusedOpeningIsNoBreach) {
  auto ledger = SyntheticLedger::Orderly();
  ledger.OpenOutsideHours();
  const uint64_t ended = ledger.Find("batch.run.ended");
  ledger.BodyAt<ledger::BatchRunEnded>(ended).why = policy::Refusal::kOutsideHours;
  ledger.Recount(ended, {});
  ledger::Counts finished = {{"expired", 100}};
  ledger.Recount(ledger.Find("batch.finished"), finished);
  Report report = Judge(ledger);
  EXPECT_FALSE(report.AnyBroken()) << ReportText(report);
}

TEST(Verify, AnotherGatewayBreaksAsApproved) {
  auto ledger = SyntheticLedger::Orderly();
  ledger.SendElsewhere();
  Report report = Judge(ledger);
  ExpectBrokenAt(report, report.as_approved(), ledger.Find("batch.run.ended"));
}

TEST(Verify, AReplacedManifestBreaksAsApproved) {
  auto ledger = SyntheticLedger::Orderly();
  ledger.ReplaceManifest();
  Report report = Judge(ledger);
  ExpectBrokenAt(report, report.as_approved(), ledger.Find("batch.planned"));
}

TEST(Verify, AnotherMessageBreaksAsApproved) {
  const auto ledger = SyntheticLedger::Orderly();
  ledger::Evidence evidence = ledger.Sign();
  evidence.documents[{"message", ToHex(Sha256("message"))}] = "another message";
  Report report = Judge(evidence, ledger);
  ExpectBrokenAt(report, report.as_approved(), ledger.Find("batch.planned"));
}

TEST(Verify, AnUnsignedPolicyChangeBreaksAsApproved) {
  auto ledger = SyntheticLedger::Orderly();
  ledger.ChangePolicyUnsigned();
  Report report = Judge(ledger);
  ExpectBrokenAt(report, report.as_approved(), ledger.Find("policy.applied"));
}

TEST(Verify, APlanUnderAPolicyThatIsNotInForceBreaksAsApproved) {
  auto ledger = SyntheticLedger::Orderly();
  ledger.DropEntry(ledger.Find("policy.applied"));
  Report report = Judge(ledger);
  ExpectBrokenAt(report, report.as_approved(), ledger.Find("batch.planned", 1));
}

TEST(Verify, OpeningAgainAfterTheEndIsBroken) {
  auto ledger = SyntheticLedger::Orderly();
  ledger.SendAgainAfterTheEnd();
  Report report = Judge(ledger);
  ExpectTreeHeld(report);
  ExpectBrokenAt(report, report.as_approved(), ledger.Find("batch.opened", 1));
}

TEST(Verify, ALateDestructionBreaksNotKept) {
  auto ledger = SyntheticLedger::Orderly();
  ledger.DestroyLate(2);
  Report report = Judge(ledger);
  ExpectTreeHeld(report);
  ExpectBrokenAt(report, report.not_kept(), ledger.Find("epoch.destroyed"));
}

TEST(Verify, AMissingDestructionBreaksNotKept) {
  auto ledger = SyntheticLedger::Orderly();
  ledger.NeverDestroy();
  Report report = Judge(ledger);
  ExpectBrokenAt(report, report.not_kept(), ledger.Find("epoch.created"));
}

TEST(Verify, AnOldFolderIsNotBrokenByTheCalendar) {
  auto ledger = SyntheticLedger::Orderly();
  ledger.CutAfter(ledger.Find("batch.cancelled"));
  Report report = Judge(ledger.Sign(), ledger, *Instant::Parse("2027-11-23T09:00:00Z"));
  EXPECT_FALSE(report.AnyBroken()) << ReportText(report);
  EXPECT_EQ(report.not_kept().verdict(), Verdict::kNotProvable);
}

TEST(Verify, AHomePastItsDeadlineIsBroken) {
  auto ledger = SyntheticLedger::Orderly();
  ledger.CutAfter(ledger.Find("batch.cancelled"));
  const HomeContents home;
  const VerifyOptions options{ledger.key(), {}, *Instant::Parse("2027-11-23T09:00:00Z")};
  Report report = Verify(ledger.Sign(), &home, options).value();
  ExpectBrokenAt(report, report.not_kept(), ledger.Find("epoch.created"));
}

TEST(Verify, AStretchedExpiryBreaksNotKept) {
  auto ledger = SyntheticLedger::Orderly();
  ledger.StretchExpiry(1);
  Report report = Judge(ledger);
  ExpectBrokenAt(report, report.not_kept(), ledger.Find("import.done"));
}

TEST(Verify, AStretchedDeadlineBreaksNotKept) {
  auto ledger = SyntheticLedger::Orderly();
  ledger.StretchDeadline(1);
  Report report = Judge(ledger);
  ExpectBrokenAt(report, report.not_kept(), ledger.Find("epoch.created"));
}

TEST(Verify, OneLateSweepThatDestroysTheKeyDoesNotHideTheSilence) {
  for (const bool opened : {true, false}) {
    auto ledger = SyntheticLedger::Orderly();
    ledger.OneLateSweep();
    if (!opened) ledger.HideCounts();
    Report report = Judge(ledger);
    EXPECT_EQ(report.not_kept().verdict(), Verdict::kNotProvable) << ReportText(report);
    EXPECT_NE(ReportText(report).find("numbers were held until here"), std::string::npos)
        << ReportText(report);
  }
}

TEST(Verify, SilenceAfterEverythingWasSentIsNoFault) {
  auto ledger = SyntheticLedger::Orderly();
  ledger.SendAllAndSweepAfter(8);
  Report report = Judge(ledger);
  EXPECT_FALSE(report.AnyBroken()) << ReportText(report);
  EXPECT_EQ(report.not_kept().verdict(), Verdict::kHeld) << ReportText(report);
  // Without the counts nobody can say that nothing was held.
  ledger.HideCounts();
  report = Judge(ledger);
  EXPECT_EQ(report.not_kept().verdict(), Verdict::kNotProvable) << ReportText(report);
}

TEST(Verify, SilenceIsNotProof) {
  auto ledger = SyntheticLedger::Orderly();
  ledger.SkipSweeps();
  Report report = Judge(ledger);
  EXPECT_EQ(report.not_kept().verdict(), Verdict::kNotProvable) << ReportText(report);
  EXPECT_NE(ReportText(report).find("the first sweep in"), std::string::npos);
}

TEST(Verify, NumbersHeldPastTheirExpiryBreakNotKept) {
  auto ledger = SyntheticLedger::Orderly();
  const uint64_t last = ledger.Find("epoch.destroyed") + 1;
  for (uint64_t i = last - 7; i < last - 1; ++i) ledger.Recount(i, {{"outstanding", 15}});
  ledger.Recount(last, {{"outstanding", 0}, {"numbers.expired", 15}});
  Report report = Judge(ledger);
  ExpectBrokenAt(report, report.not_kept(), last - 2);
}

TEST(Verify, ACountThatDoesNotBalanceBreaksOnce) {
  auto ledger = SyntheticLedger::Orderly();
  ledger.LoseCount();
  Report report = Judge(ledger);
  ExpectTreeHeld(report);
  ExpectBrokenAt(report, report.once(), ledger.Find("swept", 3));
}

TEST(Verify, AnImportThatDoesNotAddUpBreaksOnce) {
  auto ledger = SyntheticLedger::Orderly();
  const uint64_t import = ledger.Find("import.done");
  ledger.Recount(import, {{"found", 131}, {"new", 120}, {"repeated", 10}});
  Report report = Judge(ledger);
  ExpectBrokenAt(report, report.once(), import);
}

TEST(Verify, ABatchMayEndWithFewerUnknownButNotWithFewerSent) {
  auto ledger = SyntheticLedger::Orderly();
  const uint64_t finished = ledger.Find("batch.finished");
  const auto end_with = [&](uint64_t sent, uint64_t unknown) {
    ledger.Recount(
        finished,
        {{"sent", sent}, {"refused", 2}, {"unknown", unknown}, {"withheld.opted-out", 5}});
    return Judge(ledger);
  };
  EXPECT_FALSE(end_with(92, 1).AnyBroken()) << "a receipt settles what was unknown";
  Report fewer = end_with(89, 4);
  ExpectBrokenAt(fewer, fewer.once(), finished);
}

TEST(Verify, AnOpeningThatWasNotCommittedToBreaksOnce) {
  auto ledger = SyntheticLedger::Orderly();
  const uint64_t ended = ledger.Find("batch.run.ended");
  ledger.ChangeOpening(ended);
  Report report = Judge(ledger);
  ExpectBrokenAt(report, report.once(), ended);
}

TEST(Verify, HiddenCountsAreNotProof) {
  auto ledger = SyntheticLedger::Orderly();
  ledger.HideCounts();
  Report report = Judge(ledger);
  EXPECT_FALSE(report.AnyBroken()) << ReportText(report);
  EXPECT_EQ(report.once().verdict(), Verdict::kNotProvable);
  EXPECT_EQ(report.as_approved().verdict(), Verdict::kNotProvable);
}

TEST(Verify, AMissingDocumentIsNotProof) {
  const auto ledger = SyntheticLedger::Orderly();
  ledger::Evidence evidence = ledger.Sign();
  evidence.documents.clear();
  Report report = Judge(evidence, ledger);
  EXPECT_FALSE(report.AnyBroken()) << ReportText(report);
  EXPECT_EQ(report.as_approved().verdict(), Verdict::kNotProvable);
  EXPECT_EQ(report.not_kept().verdict(), Verdict::kNotProvable);
}

TEST(Verify, AnEntryOfAnotherShapeBreaksNotReadable) {
  const auto ledger = SyntheticLedger::Orderly();
  ledger::Evidence evidence = ledger.Sign();
  std::string& entry = evidence.entries[3];
  entry.insert(1, "\"a\":\"x\",");
  Report report = Judge(evidence, ledger);
  ExpectBrokenAt(report, report.not_readable(), 3);
}

TEST(Verify, NoEntryIsAnError) {
  EXPECT_EQ(Verify(ledger::Evidence{}, nullptr, VerifyOptions{}).error().code, Code::kInput);
}

TEST(Verify, WhatLiesInTheEvidenceCannotMoveTheCursor) {
  const auto ledger = SyntheticLedger::Orderly();
  ledger::Evidence evidence = ledger.Sign();
  evidence.tile_faults.push_back("tile/\x1b[2J");
  const Report report = Judge(evidence, ledger);
  EXPECT_EQ(ReportText(report).find('\x1b'), std::string::npos);
  EXPECT_EQ(ReportJson(report).find('\x1b'), std::string::npos);
}

// Every event that is dropped from a signed ledger is either noticed or, when it claims nothing,
// not.
TEST(Verify, DroppingAnyEntryThatAPromiseNeedsIsNoticed) {
  const auto whole = SyntheticLedger::Orderly();
  for (const char* name :
       {"home.created", "epoch.created", "epoch.destroyed", "import.done", "batch.planned",
        "batch.approved", "batch.opened", "batch.run.ended", "policy.applied", "swept"}) {
    auto ledger = whole;
    ledger.DropEntry(ledger.Find(name));
    const Report report = Judge(ledger);
    bool held = !report.AnyBroken();
    for (const Part& part : {report.promises[0], report.promises[1], report.promises[4]}) {
      held = held && part.verdict() == Verdict::kHeld;
    }
    // A sweep less is one day of silence, which is allowed.
    EXPECT_EQ(held, std::string_view(name) == "swept") << name << "\n" << ReportText(report);
  }
}

}  // namespace
}  // namespace signpost::verifier
