#include "policy/decision.h"

#include <fmt/format.h>

#include <set>

namespace signpost::policy {
namespace {

constexpr int64_t kSecondsPerDay = 86400;

bool Contains(std::span<const std::string> names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// An address that cannot leave the machine, as a literal: a name other than "localhost" is whatever
// a resolver says, so it does not count.
bool IsLoopback(std::string_view host) {
  if (host == "localhost" || host == "::1") return true;
  int parts = 0;
  int first = -1;
  while (true) {
    const size_t dot = host.find('.');
    const std::string_view part = host.substr(0, dot);
    if (part.empty() || part.size() > 3 || (part.size() > 1 && part[0] == '0') ||
        part.find_first_not_of("0123456789") != part.npos) {
      return false;
    }
    int value = 0;
    for (const char c : part) value = value * 10 + (c - '0');
    if (value > 255) return false;
    if (parts++ == 0) first = value;
    if (dot == host.npos) break;
    host.remove_prefix(dot + 1);
  }
  return parts == 4 && first == 127;
}

bool GatewayAllowed(const Manifest& m) {
  if (m.gateway.tls_name == "-" && m.gateway.tls_pin != "-") return false;  // pins nothing
  return m.mode != Mode::kRehearsal ||
         (IsLoopback(m.gateway.host) &&
          std::all_of(m.failover.begin(), m.failover.end(),
                      [](const ManifestGateway& other) { return IsLoopback(other.host); }));
}

bool WithinLimits(const Policy& policy, const Manifest& m, const OpenFacts& facts) {
  const auto at_most = [](uint32_t value, int limit) {
    return static_cast<int64_t>(value) <= static_cast<int64_t>(limit);
  };
  const uint64_t needed = static_cast<uint64_t>(m.records) * m.segments;
  return at_most(m.records, policy.batches.max_records) && m.records == facts.records_in_file &&
         at_most(m.segments, policy.batches.max_segments) &&
         at_most(m.pace, policy.sending.messages_per_second) &&
         at_most(m.range, policy.sending.range_records) && m.budget >= needed &&
         m.expires <= m.planned + policy.sending.batch_expiry_days * kSecondsPerDay &&
         m.expires <= Instant::StartOf(facts.earliest_deadline + 1);
}

bool Approved(const Policy& policy, const Manifest& m, const OpenFacts& facts) {
  const auto standing = StandingApprovals(facts.batch.approvals, facts.approver_signatures);
  return MissingApprovals(policy, m.planner, standing).Enough();
}

bool WithinHours(const Manifest& m, Instant now) {
  return std::any_of(m.hours.begin(), m.hours.end(),
                     [&](const Interval& interval) { return interval.Contains(now); });
}

}  // namespace

Eligibility MayAdmit(const ContactFacts& facts) {
  if (facts.opted_out) return Eligibility::kOptedOut;
  if (facts.is_protected) return Eligibility::kProtected;
  if (facts.messaged) return Eligibility::kAlreadyMessaged;
  if (facts.held) return Eligibility::kAlreadyHeld;
  return Eligibility::kEligible;
}

Eligibility MayPlan(const ContactFacts& facts, const ContactRules& rules, Day today) {
  if (const Eligibility reason = MayAttempt(facts, today); reason != Eligibility::kEligible)
    return reason;
  // A number whose last use is not known is not called unused.
  if (rules.last_contact_days > 0 && facts.last_contact &&
      LastDay(*facts.last_contact, rules.last_contact_days) < today) {
    return Eligibility::kUnusedTooLong;
  }
  if (rules.in_traffic_only && !facts.in_traffic) return Eligibility::kNotInTraffic;
  return Eligibility::kEligible;
}

Eligibility MayAttempt(const ContactFacts& facts, Day today) {
  if (facts.opted_out) return Eligibility::kOptedOut;
  if (facts.is_protected) return Eligibility::kProtected;
  if (facts.messaged) return Eligibility::kAlreadyMessaged;
  if (facts.expiry < today) return Eligibility::kExpired;
  return Eligibility::kEligible;
}

Refusal MayOpen(const Policy& policy, const Manifest& manifest, const OpenFacts& facts,
                Instant now) {
  if (facts.policy_in_force != manifest.policy_hash) return Refusal::kPolicyChanged;
  if (facts.manifest_hash != facts.batch.manifest_hash) return Refusal::kManifest;
  if (facts.keys_mode != manifest.mode) return Refusal::kMode;
  const bool known_planner =
      std::any_of(policy.planners.begin(), policy.planners.end(),
                  [&](const Planner& planner) { return planner.name == manifest.planner; });
  if (!facts.planner_signed || !known_planner) return Refusal::kPlanner;
  if (!Approved(policy, manifest, facts)) return Refusal::kNotApproved;
  if (facts.batch.cancelled) return Refusal::kWithdrawn;
  if (facts.file_hash != manifest.file_hash) return Refusal::kFileChanged;
  if (facts.message_hash != manifest.message_hash) return Refusal::kTextChanged;
  if (!GatewayAllowed(manifest)) return Refusal::kGateway;
  if (!WithinLimits(policy, manifest, facts)) return Refusal::kOverLimits;
  if (facts.batch.times_opened == 0) return Refusal::kNotOpenedInLedger;
  if (now >= manifest.expires) return Refusal::kExpired;
  if (!WithinHours(manifest, now)) return Refusal::kOutsideHours;
  if (facts.batch.finished) return Refusal::kOpenedFurther;
  if (now + kClockSlackSeconds < facts.last_entry_time) return Refusal::kClock;
  return Refusal::kNone;
}

bool LeavesInTheClear(const Manifest& manifest) {
  const auto outside = [](const ManifestGateway& gateway) { return !IsLoopback(gateway.host); };
  return manifest.gateway.tls_name == "-" &&
         (outside(manifest.gateway) ||
          std::any_of(manifest.failover.begin(), manifest.failover.end(), outside));
}

uint32_t SecondsLeft(const Manifest& manifest, Instant now) {
  Instant end = now;
  for (const Interval& interval : manifest.hours) {  // ascending; they may touch
    if (interval.Contains(end)) end = interval.until;
  }
  end = std::min(end, manifest.expires);
  return static_cast<uint32_t>(std::clamp<int64_t>(end.seconds - now.seconds, 0, UINT32_MAX));
}

Refusal MaySend(const Manifest& manifest, uint64_t segments_so_far, uint32_t records_next,
                Instant now) {
  const uint64_t next = static_cast<uint64_t>(records_next) * manifest.segments;
  if (records_next > manifest.range || segments_so_far > manifest.budget ||
      next > manifest.budget - segments_so_far) {
    return Refusal::kOverLimits;
  }
  if (now >= manifest.expires) return Refusal::kExpired;
  if (!WithinHours(manifest, now)) return Refusal::kOutsideHours;
  return Refusal::kNone;
}

bool IsTooFewToTell(uint64_t count, int smallest_reported) {
  return smallest_reported > 1 && count < static_cast<uint64_t>(smallest_reported);
}

std::string ReportedCount(uint64_t count, int smallest_reported) {
  return IsTooFewToTell(count, smallest_reported) ? fmt::format("fewer than {}", smallest_reported)
                                                  : std::to_string(count);
}

std::vector<std::string> StandingApprovals(std::span<const std::string> in_ledger,
                                           std::span<const std::string> signatures) {
  std::vector<std::string> standing;
  for (const std::string& name : in_ledger) {
    if (Contains(signatures, name)) standing.push_back(name);
  }
  return standing;
}

ApprovalGap MissingApprovals(const Policy& policy, std::string_view planner,
                             std::span<const std::string> approvals) {
  std::set<std::string_view> counted;
  std::set<std::string_view> roles;
  for (const Approver& approver : policy.approvers) {
    if (approver.name == planner || !Contains(approvals, approver.name)) continue;
    counted.insert(approver.name);
    if (!approver.role.empty()) roles.insert(approver.role);
  }
  ApprovalGap gap;
  gap.missing = std::max(0, policy.approvals.needed - static_cast<int>(counted.size()));
  for (const std::string& role : policy.approvals.roles) {
    if (roles.count(role) == 0) gap.roles.push_back(role);
  }
  return gap;
}

std::string PolicyChangeText(const Digest& previous, const Digest& next) {
  return fmt::format("signpost-policy/v1\nprevious {}\nnext {}\n", ToHex(previous), ToHex(next));
}

Day LastDay(Day made, int retention_days) { return made + retention_days; }

Day EpochDeadline(const Policy& policy, Day from) {
  const Day last_sealing_day = from + (policy.epochs.length_days - 1);
  return LastDay(last_sealing_day, policy.retention.sealed_number_days);
}

}  // namespace signpost::policy
