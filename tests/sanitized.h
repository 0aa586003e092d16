// Tells whether this build has the address or the thread sanitizer: as a constant, and as a macro for
// what must not be compiled there.
#pragma once

namespace signpost {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SIGNPOST_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SIGNPOST_SANITIZED 1
#endif
#endif

#ifdef SIGNPOST_SANITIZED
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

}  // namespace signpost
