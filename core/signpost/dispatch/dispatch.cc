#include "core/signpost/dispatch/dispatch.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

#include "core/signpost/dispatch/dial.h"
#include "core/signpost/dispatch/run.h"
#include "crypto/base/file.h"

namespace signpost::dispatch {
namespace {

constexpr std::string_view kStateFile = "keys/live/opener.state";

Result<process::SealedProcess> StartOpener(const home::Home& home,
                                           std::vector<OwnedFd> to_senders) {
  TRY_ASSIGN(OwnedFd passphrase, home.OpenPassphrase());
  const std::string state_path = home.Path(kStateFile);
  OwnedFd state(open(state_path.c_str(), O_RDWR | O_CLOEXEC));
  if (!state) return FailErrno("open", state_path);
  process::ChildFds others;
  others.Put(wire::opener::kPassphraseFd, std::move(passphrase));
  others.Put(wire::opener::kStateFd, std::move(state));
  to_senders.resize(std::size(wire::opener::kSenderFds));  // /dev/null where there are fewer
  for (size_t i = 0; i < to_senders.size(); ++i) {
    others.Put(wire::opener::kSenderFds[i], std::move(to_senders[i]));
  }
  return process::StartSealed("signpost-opener", wire::opener::kToOpener, wire::opener::kFromOpener,
                              std::move(others));
}

Result<process::SealedProcess> StartSealer(const home::Home& home, OwnedFd from_sender) {
  TRY_ASSIGN(OwnedFd passphrase, home.OpenPassphrase());
  process::ChildFds others;
  others.Put(wire::sealer::kNumbersFd, std::move(from_sender));
  others.Put(wire::sealer::kPassphraseFd, std::move(passphrase));
  TRY_ASSIGN(process::SealedProcess sealer,
             process::StartSealed("signpost-sealer", wire::sealer::kToSealer,
                                  wire::sealer::kFromSealer, std::move(others)));
  wire::sealer::Start start{};
  start.job = wire::sealer::Job::kListen;
  TRY(sealer.control.SendOne(wire::sealer::kStart, start));
  TRY_ASSIGN(const std::string key_file,
             ReadFile(home.Path("keys/opt-out-token.key"), wire::sealer::kKeyFileMax));
  Result<void> ready = sealer.control.SendText(wire::sealer::kKeyFile, key_file);
  if (ready) {
    if (const Result<wire::Frames> heard = sealer.control.Expect(wire::sealer::kReady); !heard) {
      ready = tl::unexpected(heard.error());
    }
  }
  if (!ready) return process::WhyItEnded(sealer, ready.error());
  return sealer;
}

Result<OwnedFd> OpenOfSite(const home::Home& home, const std::string& file) {
  return OpenRead(file.starts_with('/') ? file : home.Path(file));
}

Result<process::SealedProcess> StartSender(const home::Home& home,
                                           const home::GatewayConfig& gateway, bool tls,
                                           OwnedFd from_opener, OwnedFd to_sealer) {
  TRY_ASSIGN(OwnedFd credentials, OpenOfSite(home, gateway.credentials_file));
  OwnedFd trust;
  if (tls) {
    TRY_ASSIGN(trust, OpenOfSite(home, home.site.ca_file));
  }
  process::ChildFds others;
  others.Put(wire::sender::kOpenerFd, std::move(from_opener));
  others.Put(wire::sender::kSealerFd, std::move(to_sealer));
  others.Put(wire::sender::kCredentialsFd, std::move(credentials));
  others.Put(wire::sender::kTrustFd, std::move(trust));
  TRY_ASSIGN(process::SealedProcess sender,
             process::StartSealed("signpost-sender", wire::sender::kToSender,
                                  wire::sender::kFromSender, std::move(others)));
  TRY(sender.control.SendEmpty(wire::sender::kStart));
  return sender;
}

wire::opener::Start StartOf(const home::Home& home, const DispatchRequest& request,
                            const RunId& run, const home::GatewayConfig& gateway, size_t senders,
                            uint32_t next_position) {
  wire::opener::Start start{};
  start.clock_shift_seconds = home.clock.shift_seconds();
  start.job = wire::opener::Job::kDispatch;
  start.want_receipts = gateway.receipts ? 1 : 0;
  start.senders = static_cast<uint8_t>(senders);
  start.next_position = next_position;
  start.batch = request.batch;
  start.run = run;
  start.response_timeout_ms = gateway.response_timeout_seconds * 1000;
  start.enquire_link_ms = gateway.enquire_link_seconds * 1000;
  start.receipt_wait_ms = gateway.receipt_wait_seconds * 1000;
  return start;
}

std::string TlsFailure(wire::sender::TlsFault fault) {
  switch (fault) {
    case wire::sender::TlsFault::kName:
      return "the gateway's certificate does not fit the name in the manifest";
    case wire::sender::TlsFault::kUntrusted:
      return "nobody in ca_file vouches for the gateway's certificate";
    case wire::sender::TlsFault::kExpired:
      return "the gateway's certificate has expired, or is not valid yet";
    case wire::sender::TlsFault::kPin:
      return "the gateway's key does not fit the pin in the manifest";
    case wire::sender::TlsFault::kTrust:
      return "ca_file holds no certificates in PEM form, or more than 1 MiB";
    case wire::sender::TlsFault::kNone:
    case wire::sender::TlsFault::kHandshake:
      break;
  }
  return "the manifest asks for TLS, and what answers there speaks none that is good enough";
}

constexpr std::string_view kUnreachable = "the gateway cannot be reached";

std::string SmppFailure(const wire::sender::Failed& failed) {
  switch (failed.failure) {
    case wire::sender::Failure::kCredentials:
      return "the credentials file is not two lines, a system id (15 characters at most) and a "
             "password (8 at most)";
    case wire::sender::Failure::kBindRefused:
      return "the gateway refused the bind, status " + std::to_string(failed.status) +
             ": wrong system id or password?";
    case wire::sender::Failure::kProtocol:
      return "what answers there does not speak SMPP 3.4";
    default:
      return std::string(kUnreachable);
  }
}

// In the words of the gateway's kind.
std::string GatewayFailure(GatewayKind kind, const wire::sender::Failed& failed) {
  if (failed.failure == wire::sender::Failure::kTls) return TlsFailure(failed.tls_fault);
  switch (kind) {
    case GatewayKind::kSmpp:
      return SmppFailure(failed);
  }
  return std::string(kUnreachable);
}

// One dispatch: everything between `batch opened` and `run ended`.
class Dispatcher {
 public:
  Dispatcher(home::Home& home, const DispatchRequest& request, BatchDocuments documents)
      : home_(home), request_(request), documents_(std::move(documents)) {}

  Result<DispatchReport> Dispatch();

 private:
  Result<void> Prepare();
  Result<bool> AskOpener();  // false: it refused
  bool RefusedWith(policy::Refusal refusal);
  Result<std::vector<Lane>> StartLanes();
  Result<void> RunToTheEnd();
  Result<void> Close(const Result<void>& outcome);

  home::Home& home_;
  DispatchRequest request_;
  DispatchReport report_;
  BatchDocuments documents_;
  const home::GatewayConfig* gateway_ = nullptr;
  uint32_t first_ = 0;
  std::optional<process::SealedProcess> opener_;
  std::vector<OwnedFd> numbers_;       // the senders' ends of what the opener writes to
  std::optional<ledger::RunEnd> end_;  // none: nothing has ended it yet
  bool attempted_all_ = false;
};

Result<void> Dispatcher::Prepare() {
  gateway_ = home_.site.FindGateway(documents_.paper.manifest.gateway.name);
  if (gateway_ == nullptr) {
    return Fail(Code::kRefused, "the manifest's gateway is not in signpost.toml",
                documents_.paper.manifest.gateway.name,
                "add it again as it was, or cancel the batch");
  }
  TRY_ASSIGN(const store::ResumePoint resume, batch::CloseCrashedRun(home_, documents_.paper));
  first_ = resume.next_position;
  request_.gateway_ms =
      int64_t{1000} * (gateway_->response_timeout_seconds + gateway_->receipt_wait_seconds +
                       gateway_->enquire_link_seconds);
  report_.closed_crashed_run_unknown = resume.became_unknown;
  report_.batch = request_.batch;
  report_.run = RunId::Random();
  const ledger::BatchOpened opened{request_.batch, report_.run};
  return home_.store->BeginRun(request_.batch, report_.run,
                               store::NewEntry{home_.Now(opened), std::nullopt});
}

bool Dispatcher::RefusedWith(policy::Refusal refusal) {
  report_.refusal = refusal;
  end_ = refusal;
  return false;
}

Result<bool> Dispatcher::AskOpener() {
  // The opener would say the same of a state that is not there; it cannot be started without one.
  if (access(home_.Path(kStateFile).c_str(), F_OK) != 0)
    return RefusedWith(policy::Refusal::kState);
  const Result<std::vector<std::string>> key_files = LoadKeyFiles(home_);
  if (!key_files && key_files.error().code == Code::kNotFound)
    return RefusedWith(policy::Refusal::kKey);
  TRY(key_files);
  std::vector<OwnedFd> to_senders;
  const uint32_t senders = std::min(gateway_->binds, documents_.paper.manifest.pace);
  for (uint32_t i = 0; i < senders; ++i) {
    TRY_ASSIGN(wire::SocketPair numbers, wire::MakeSocketPair(wire::PeerReads::kAtItsPace));
    to_senders.push_back(std::move(numbers.ours));
    numbers_.push_back(std::move(numbers.theirs));
  }
  TRY_ASSIGN(opener_, StartOpener(home_, std::move(to_senders)));
  opener_->control.SetLimits(request_.answer_ms);
  Result<void> shown = opener_->control.SendOne(
      wire::opener::kStart, StartOf(home_, request_, report_.run, *gateway_, senders, first_));
  if (shown) shown = SendEvidence(home_, *key_files, documents_, opener_->control);
  if (!shown) return process::WhyItEnded(*opener_, shown.error(), request_.end_ms);
  Result<std::optional<wire::Frames>> answer = opener_->control.Receive();
  if (!answer) return process::WhyItEnded(*opener_, answer.error(), request_.end_ms);
  if (!*answer) {
    return process::WhyItEnded(*opener_,
                               {Code::kInternal, "ended before it answered", "signpost-opener", {}},
                               request_.end_ms);
  }
  if ((*answer)->kind == wire::opener::kAccepted) return true;
  if ((*answer)->kind != wire::opener::kRefused) {  // of another job
    return Fail(Code::kCorrupt, "sent another message than due", "signpost-opener");
  }
  TRY_ASSIGN(const policy::Refusal refusal, RefusalIn(**answer));
  return RefusedWith(refusal);
}

Result<std::vector<Lane>> Dispatcher::StartLanes() {
  const bool tls = documents_.paper.manifest.gateway.tls_name != "-";
  std::vector<Lane> lanes;
  for (OwnedFd& numbers : numbers_) {
    TRY_ASSIGN(wire::SocketPair replies, wire::MakeSocketPair());
    TRY_ASSIGN(process::SealedProcess sealer, StartSealer(home_, std::move(replies.theirs)));
    Result<process::SealedProcess> sender =
        StartSender(home_, *gateway_, tls, std::move(numbers), std::move(replies.ours));
    if (!sender) {  // its credentials, most likely: nobody was attempted
      end_ = ledger::RunEnd::kGateway;
      return tl::unexpected(sender.error());
    }
    lanes.push_back({*std::move(sender), std::move(sealer)});
  }
  return lanes;
}

Result<void> Dispatcher::RunToTheEnd() {
  TRY_ASSIGN(std::vector<Lane> lanes, StartLanes());
  DispatchRun run(home_, request_, documents_, *std::move(opener_), std::move(lanes), first_);
  const Result<void> ran = run.Run();
  end_ = ran ? run.why() : ledger::RunEnd::kCrashed;
  report_.refusal = run.refusal();
  report_.opt_outs_by_reply = run.opt_outs();
  attempted_all_ = run.attempted_all();
  TRY(ran);
  // Somebody else at the other end is said even when it happened after a bind.
  const wire::sender::Failed failed = run.sender_failed();
  const bool impostor = failed.failure == wire::sender::Failure::kTls;
  if (end_ == ledger::RunEnd::kGateway && !attempted_all_ && (!run.bound() || impostor)) {
    return Fail(
        failed.failure == wire::sender::Failure::kCredentials ? Code::kInput : Code::kGateway,
        GatewayFailure(documents_.paper.manifest.kind, failed),
        documents_.paper.manifest.gateway.name,
        run.bound() ? "the link before it was in order; signpost show tells what it sent"
                    : "nothing was sent in this run");
  }
  return {};
}

// Ends the run in the store and the ledger, whatever came of it; finishes the batch when all its
// records were attempted or withheld.
Result<void> Dispatcher::Close(const Result<void>& outcome) {
  if (!outcome && outcome.error().code == Code::kStorage) return {};  // the next Resume closes it
  const bool gateway = !outcome && outcome.error().code == Code::kGateway;
  report_.why = end_.value_or(gateway ? ledger::RunEnd::kGateway : ledger::RunEnd::kCrashed);
  if (!outcome && !gateway) {
    // What is still attempting becomes unknown, and the run's entry is appended there.
    TRY(batch::CloseCrashedRun(home_, documents_.paper, report_.why));
    return {};
  }
  TRY_ASSIGN(report_.counts, home_.store->CountsOfRun(report_.run));
  std::vector<store::NewEntry> notes;
  notes.push_back(
      batch::RunEnded(home_, documents_.paper, report_.run, report_.why, report_.counts));
  report_.finished = attempted_all_;
  if (report_.finished) {
    TRY_ASSIGN(const store::BatchCounts all, home_.store->CountsOf(request_.batch));
    notes.push_back(home_.Counted(ledger::BatchFinished{request_.batch, false, {}},
                                  batch::LedgerCounts(all.counts)));
  }
  TRY(home_.store->EndRun(request_.batch, report_.run, report_.finished, notes));
  if (report_.finished)
    TRY(RemoveFile(home_.SealedPath(documents_.paper.row.file, seal::SealedKind::kBatch)));
  return {};
}

Result<DispatchReport> Dispatcher::Dispatch() {
  TRY(Prepare());
  Result<bool> accepted = AskOpener();
  Result<void> outcome;
  if (!accepted) {
    outcome = tl::unexpected(accepted.error());
  } else if (*accepted) {
    outcome = RunToTheEnd();
  }
  TRY(Close(outcome));
  TRY(outcome);
  if (!*accepted) {
    return Fail(Code::kRefused, "the opener refuses: " + std::string(report_.why.Name()),
                request_.batch.Hex(), std::string(policy::RefusalHint(report_.refusal)));
  }
  return std::move(report_);
}

}  // namespace

Result<DispatchReport> DispatchBatch(home::Home& home, const DispatchRequest& request) {
  TRY_ASSIGN(BatchDocuments documents, LoadBatchDocuments(home, request.batch));
  return Dispatcher(home, request, std::move(documents)).Dispatch();
}

}  // namespace signpost::dispatch
