#include "core/opener/messages.h"

#include <algorithm>

namespace signpost::opener {
namespace {

// What a source address looks like decides its type of number (SMPP 3.4, 5.2.5): a name, an
// international number, or a short code.
void SetSource(wire::sender::Session& session, const std::string& source) {
  const bool digits = source.find_first_not_of("0123456789") == std::string::npos;
  session.source_ton = !digits ? 5 : source.size() > 8 ? 1 : 3;
  session.source_npi = session.source_ton == 1 ? 1 : 0;
  static_assert(wire::sender::kSourceMax <= sizeof session.sender);  // longer ones were refused
  session.sender_bytes =
      static_cast<uint8_t>(std::min<size_t>(source.size(), wire::sender::kSourceMax));
  std::copy_n(source.begin(), session.sender_bytes, session.sender);
}

// How the text travels: what the approved profile says of this provider.
void SetForm(wire::sender::Session& session, const policy::Manifest& manifest) {
  const policy::GatewayProfile& profile = manifest.profile;
  session.alphabet = static_cast<sms::Alphabet>(manifest.alphabet);  // the same numbers
  session.payload = profile.payload ? 1 : 0;
  switch (manifest.alphabet) {
    case policy::ManifestAlphabet::kGsm7:
      session.packed = profile.alphabet == policy::GatewayProfile::Default::kGsm7Packed ? 1 : 0;
      break;
    case policy::ManifestAlphabet::kUcs2:
      session.data_coding = 8;
      break;
    case policy::ManifestAlphabet::kLatin1:
      session.data_coding = profile.alphabet == policy::GatewayProfile::Default::kLatin1 ? 0 : 3;
      break;
  }
  static_assert(policy::GatewayProfile::kMaxNotSent == wire::sender::kNotSentMax);
  session.not_sent_count = static_cast<uint8_t>(profile.not_sent.size());
  std::copy(profile.not_sent.begin(), profile.not_sent.end(), session.not_sent);
}

}  // namespace

void DescribeMessages(const policy::Manifest& manifest, wire::sender::Session& session) {
  SetForm(session, manifest);
  SetSource(session, manifest.sender);
}

}  // namespace signpost::opener
