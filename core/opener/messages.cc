#include "core/opener/messages.h"

#include <algorithm>

namespace signpost::opener {
namespace {

// What a source address looks like decides its type of number (SMPP 3.4, 5.2.5): a name, an
// international number, or a short code.
void SetSource(wire::sender::Smpp& smpp, std::string_view source) {
  const bool digits = source.find_first_not_of("0123456789") == source.npos;
  smpp.source_ton = !digits ? 5 : source.size() > 8 ? 1 : 3;
  smpp.source_npi = smpp.source_ton == 1 ? 1 : 0;
}

// How the text travels: what the approved profile says of this provider.
void SetForm(wire::sender::Smpp& smpp, const policy::Manifest& manifest) {
  const policy::SmppProfile& profile = manifest.profile;
  smpp.payload = profile.payload ? 1 : 0;
  switch (manifest.alphabet) {
    case policy::ManifestAlphabet::kGsm7:
      smpp.packed = profile.alphabet == policy::SmppProfile::Default::kGsm7Packed ? 1 : 0;
      break;
    case policy::ManifestAlphabet::kUcs2:
      smpp.data_coding = 8;
      break;
    case policy::ManifestAlphabet::kLatin1:
      smpp.data_coding = profile.alphabet == policy::SmppProfile::Default::kLatin1 ? 0 : 3;
      break;
  }
  static_assert(policy::SmppProfile::kMaxNotSent == wire::sender::kNotSentMax);
  smpp.not_sent_count = static_cast<uint8_t>(profile.not_sent.size());
  std::copy(profile.not_sent.begin(), profile.not_sent.end(), smpp.not_sent);
}

}  // namespace

void DescribeMessages(const policy::Manifest& manifest, wire::sender::Session& session) {
  session.alphabet = static_cast<sms::Alphabet>(manifest.alphabet);
  session.sender_bytes =  // longer ones were refused
      static_cast<uint8_t>(std::min(manifest.sender.size(), sizeof session.sender));
  std::copy_n(manifest.sender.begin(), session.sender_bytes, session.sender);
  session.kind = manifest.kind;
  switch (manifest.kind) {
    case GatewayKind::kSmpp:
      SetForm(session.smpp, manifest);
      SetSource(session.smpp, manifest.sender);
      return;
  }
}

}  // namespace signpost::opener
