// Whether this program is built with a sanitizer: some tests then do less, since everything takes far longer.
#pragma once

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define LINNET_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define LINNET_SANITIZED 1
#endif
#endif

#if !defined(LINNET_SANITIZED)
#define LINNET_SANITIZED 0
#endif

inline constexpr bool kSanitized = LINNET_SANITIZED != 0;
