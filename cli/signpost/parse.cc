// The only file that includes CLI11.
#include <pwd.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <iostream>

#include "cli/signpost/options.h"
#include "core/shared/formats/formats.h"
#include "crypto/base/redact.h"

namespace signpost::cli {
namespace {

std::string LoginName() {
  const passwd* entry = getpwuid(getuid());
  return entry == nullptr ? "uid-" + std::to_string(getuid()) : entry->pw_name;
}

class Parser {
 public:
  Parser() : app_("Signpost: one message to each person, and proof that nothing stayed.") {
    app_.name("signpost");
    app_.set_version_flag("--version", "signpost 0.1.0");
    app_.require_subcommand(1);
    app_.fallthrough();
    app_.add_option("--home", o_.home, "the home folder (also SIGNPOST_HOME)")
        ->envname("SIGNPOST_HOME");
    app_.add_option("--at", at_, "rehearsal homes: act as if it were TIME (2026-11-23T10:00:00Z)");
    app_.add_option("--by", o_.by, "who runs this, for the ledger (default: the login name)");
    app_.add_flag("--json", o_.json, "print results as JSON");
    AddHomeCommands();
    AddBatchCommands();
    AddListCommands();
    AddPolicyAndLedger();
    AddKeys();
  }

  Parsed Parse(int argc, char** argv) {
    Parsed parsed;
    try {
      app_.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
      if (error.get_exit_code() != 0) return Usage(Explain(error));
      app_.exit(error, std::cout, std::cerr);  // --help and --version
      return parsed;
    }
    if (!at_.empty()) {
      o_.at = Instant::Parse(at_);
      if (!o_.at) return Usage("--at wants a time like 2026-11-23T10:00:00Z");
    }
    if (const std::string option = NumberTyped(); !option.empty()) {
      return Usage(option +
                   " looks like a telephone number; it would be kept and printed as it is");
    }
    if (o_.by.empty()) o_.by = LoginName();
    if (o_.by.size() > 64) return Usage("--by is longer than 64 bytes");
    if (o_.home.empty() && needs_home_) return Usage("name the home with --home or SIGNPOST_HOME");
    parsed.command = command_;
    parsed.options = o_;
    return parsed;
  }

 private:
  // The parser's own words name what was typed; ErrorText takes numbers out of them.
  std::string Explain(const CLI::ParseError& error) const {
    std::string text = error.what();
    if (text.find("subcommand is required") != std::string::npos) {
      const std::vector<std::string> unknown = app_.remaining(true);
      if (unknown.empty()) return "name a command";
      return "there is no such command or option: " + unknown.front();
    }
    if (!text.empty() && text.front() >= 'A' && text.front() <= 'Z') text.front() += 'a' - 'A';
    return text;
  }

  // The option or argument whose value looks like a telephone number and would be written into the
  // ledger, a manifest, a key or the policy; empty when there is none.
  std::string NumberTyped() const {
    const std::pair<const char*, const std::string*> texts[] = {
        {"--case", &o_.case_ref}, {"--by", &o_.by},           {"--basis", &o_.basis},
        {"--dpia", &o_.dpia},     {"--planner", &o_.planner}, {"the approver's name", &o_.name}};
    for (const auto& [option, value] : texts) {
      if (LooksLikeNumber(*value)) return option;
    }
    for (const std::string& approver : o_.approvers) {
      const size_t equals = approver.rfind('=');
      if (equals != std::string::npos && LooksLikeNumber(approver.substr(equals))) {
        return "the role in --approver";
      }
    }
    return {};
  }

  static Parsed Usage(const std::string& message) {
    std::cerr << ErrorText("signpost", {Code::kUsage, message, {}, "signpost --help"});
    Parsed parsed;
    parsed.exit_code = ExitCode(Code::kUsage);
    return parsed;
  }

  CLI::App* Add(CLI::App& parent, const char* name, const char* what, Command command,
                bool needs_home = true) {
    CLI::App* sub = parent.add_subcommand(name, what);
    sub->fallthrough();
    sub->callback([this, command, needs_home] {
      command_ = command;
      needs_home_ = needs_home;
    });
    return sub;
  }

  CLI::App* Group(const char* name, const char* what) {
    CLI::App* group = app_.add_subcommand(name, what);
    group->require_subcommand(1);
    group->fallthrough();
    return group;
  }

  void AddHomeCommands() {
    CLI::App* init =
        Add(app_, "init", "a new home: keys, policy, store, first ledger entry", RunInit);
    init->add_flag("--rehearsal", o_.rehearsal, "fictional numbers only; the clock can be moved");
    init->add_option("--policy", o_.policy_file,
                     "the policy to begin with (default: the shipped one)");
    init->add_option("--approver", o_.approvers, "FILE or FILE=ROLE: an approver's public key");
    init->add_option("--planner", o_.planner, "the planner key's name (default: the login name)");
    init->add_option("--passphrase-file", o_.passphrase_file,
                     "opens the keys; required for live homes");
    init->add_option("--key-cost", o_.key_cost, "minimal (rehearsals), moderate or sensitive")
        ->check(CLI::IsMember({"minimal", "moderate", "sensitive"}));
    init->add_option("--gateway-port", o_.gateway_port,
                     "rehearsals: where signpost-carrier listens");

    CLI::App* import = Add(app_, "import", "take the numbers from extractions", RunImport);
    import->add_option("file", o_.files, "exports, or folders of them; - is standard input")
        ->required();
    import->add_option("--case", o_.case_ref, "the investigation's reference; required");
    import->add_flag("--explain", o_.explain,
                     "say what would be read and left out; change nothing");
    import->add_option("--region", o_.region,
                       "how national numbers are read (default: the policy's first)");
    import->add_option("--format", o_.format, "auto, csv, vcard or list")
        ->check(CLI::IsMember(formats::NamesForImport()))
        ->default_str("auto");
    Add(app_, "formats", "what can be imported; needs no home", RunFormats, false);
    Add(app_, "sweep", "the retention run", RunSweep);
    Add(app_, "status", "what is held, how much of it, and when it will be gone", RunStatus);
    Add(app_, "doctor", "what of the sealing holds on this machine; the home is optional",
        RunDoctor, false);
  }

  void AddBatchCommands() {
    CLI::App* plan = Add(app_, "plan", "make a batch and its manifest", RunPlan);
    plan->add_option("--message", o_.message_file, "the text, one for all")->required();
    plan->add_option("--limit", o_.limit, "at most so many people");
    plan->add_option("--gateway", o_.gateway, "a gateway of signpost.toml (default: its default)");
    plan->add_option("--basis", o_.basis, "the lawful basis, for the manifest");
    plan->add_option("--dpia", o_.dpia, "the DPIA's reference, for the manifest");
    plan->add_option("--key", o_.key_file, "the planner's key (default: keys/planner.key)");

    CLI::App* show =
        Add(app_, "show", "a manifest, its approvals, its state; or the list", RunShow);
    show->add_option("batch", o_.batches, "the batch id, or its first digits")->expected(0, 1);
    show->add_option("--out", o_.out, "write the manifest here, to be signed elsewhere");

    CLI::App* approve = Add(app_, "approve", "add or withdraw an approval", RunApprove);
    approve->add_option("batch", o_.batches, "the batch id, or its first digits")
        ->required()
        ->expected(1);
    approve->add_option("--key", o_.key_file, "the approver's private key");
    approve->add_option("--import", o_.import_file,
                        "a manifest that was signed on another machine");
    approve->add_flag("--withdraw", o_.withdraw, "take the approval back (with --key)");

    CLI::App* sign =
        Add(app_, "sign", "sign a manifest or policy statement; needs no home", RunSign, false);
    sign->add_option("file", o_.files, "what `show --out` or `policy statement` wrote")
        ->required()
        ->expected(1);
    sign->add_option("--key", o_.key_file, "the approver's private key")->required();
    sign->add_option("--out", o_.out, "where to write the signed note")->required();

    CLI::App* dispatch = Add(app_, "dispatch", "send what is approved and due", RunDispatch);
    dispatch->add_option("batch", o_.batches, "without a name: all that are approved and due");
    CLI::App* cancel = Add(app_, "cancel", "its people become eligible again", RunCancel);
    cancel->add_option("batch", o_.batches, "the batch id, or its first digits")
        ->required()
        ->expected(1);
  }

  void AddListCommands() {
    CLI::App* optout = Group("optout", "people who said stop");
    Add(*optout, "add", "numbers, one a line, into tokens and nothing else", RunOptOutAdd)
        ->add_option("file", o_.files, "a list; - is standard input")
        ->required()
        ->expected(1);
    CLI::App* protect = Group("protect", "numbers that must never be texted");
    Add(*protect, "add", "numbers, one a line, into tokens and nothing else", RunProtectAdd)
        ->add_option("file", o_.files, "a list; - is standard input")
        ->required()
        ->expected(1);
  }

  void AddPolicyAndLedger() {
    CLI::App* policy = Group("policy", "what this site has promised, as a file");
    Add(*policy, "check", "parse a policy and say what it means; needs no home", RunPolicyCheck,
        false)
        ->add_option("file", o_.files)
        ->required()
        ->expected(1);
    CLI::App* statement =
        Add(*policy, "statement", "what approvers sign to change the policy", RunPolicyStatement);
    statement->add_option("file", o_.files)->required()->expected(1);
    statement->add_option("--out", o_.out, "where to write it (default: standard output)");
    CLI::App* apply =
        Add(*policy, "apply", "a new policy, signed under the one in force", RunPolicyApply);
    apply->add_option("file", o_.files)->required()->expected(1);
    apply->add_option("--key", o_.key_files, "an approver's private key; again for each");
    apply->add_option("--import", o_.import_files,
                      "a statement that was signed elsewhere; again for each");

    CLI::App* ledger = Group("ledger", "what happened, for an auditor");
    Add(*ledger, "checkpoint", "the signed tree head", RunLedgerCheckpoint);
    Add(*ledger, "prove", "an inclusion proof", RunLedgerProve)
        ->add_option("entry", o_.entry, "the entry's number, from 0")
        ->required();
    CLI::App* publish = Add(*ledger, "publish", "the whole ledger into a folder", RunLedgerPublish);
    publish->add_option("folder", o_.out, "a new or existing folder")->required();
    publish->add_flag("--public", o_.public_only, "without the openings of counts: for anyone");
  }

  void AddKeys() {
    CLI::App* keys = Group("keys", "signing keys, and what keys a home has");
    CLI::App* approver = Add(*keys, "new-approver", "make an approver's key pair; needs no home",
                             RunKeysNewApprover, false);
    approver->add_option("name", o_.name)->required();
    approver->add_option("--out", o_.out, "the private key; the public one goes to FILE.pub")
        ->required();
    Add(*keys, "list", "the home's keys and epochs", RunKeysList);
  }

  CLI::App app_;
  Options o_;
  std::string at_;
  Command command_ = nullptr;
  bool needs_home_ = true;
};

}  // namespace

Parsed ParseCommandLine(int argc, char** argv) { return Parser().Parse(argc, argv); }

}  // namespace signpost::cli
