// Every limit on untrusted input, in one place. Passing one is a refusal that names the limit.
#pragma once

#include <cstddef>

namespace sallyport::limits {

inline constexpr std::size_t json_depth = 32;
inline constexpr std::size_t leaf_bytes = 4 * 1024;
inline constexpr std::size_t signed_leaf_bytes = 16 * 1024; // a leaf that holds a signed statement
inline constexpr std::size_t body_bytes = 1024 * 1024;
inline constexpr std::size_t request_bytes = 8 * 1024 * 1024; // one HTTP request body, parts included
inline constexpr std::size_t header_bytes = 16 * 1024;
inline constexpr std::size_t connections = 1024;         // HTTP connections at once
inline constexpr std::size_t path_parameter_bytes = 200; // one decoded parameter of a route
inline constexpr std::size_t part_bytes = 4 * 1024 * 1024;
inline constexpr std::size_t value_bytes = 64 * 1024; // one submitted value, as canonical JSON
inline constexpr std::size_t charter_bytes = 256 * 1024;
inline constexpr std::size_t signature_bytes = 16 * 1024; // one armored SSHSIG
inline constexpr std::size_t collection_items = 256;      // claims, caveats, scope elements ... of one packet
inline constexpr std::size_t citations = 24;              // of one packet: they stand in one leaf of 4 KiB
inline constexpr std::size_t parts = 16;
inline constexpr std::size_t reasons_inline = 32; // in a refusal leaf; beyond: a count
inline constexpr std::size_t proof_hashes = 63;
inline constexpr std::size_t bundle_file_bytes = 8 * 1024 * 1024;
inline constexpr std::size_t bundle_files = 4096;

} // namespace sallyport::limits
