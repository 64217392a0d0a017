// What was measured on, and by what: a figure without it says nothing.
#pragma once

#include <cstdint>
#include <string>

namespace linnet::lab {

// The processor by the name that the system gives it; without one the architecture ("aarch64").
std::string cpu_name();

// The commit of the source at configure time; "unknown" when it was no git checkout.
const char* commit();

// The most memory that this process had resident so far, in bytes.
uint64_t peak_resident_bytes();

// Now, UTC: "2026-01-31T12:00:00Z".
std::string now_text();

}  // namespace linnet::lab
