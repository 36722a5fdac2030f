// SHA-2 and HMAC (FIPS 180-4, RFC 2104), from OpenSSL.
#pragma once

#include "base/bytes.h"
#include "base/digest.h"

#include <memory>

struct evp_md_ctx_st;

namespace sallyport::crypto {

// Hashing many short messages is the ledger's inner loop: the algorithm is looked up once per process
// and the context kept per thread.
Digest sha256(ByteView message);
Digest sha256(std::string_view text);
Bytes sha512(ByteView message); // 64 bytes
Digest hmac_sha256(ByteView key, ByteView message);

// SHA-256 of a message that comes in pieces. finish() once; then the object is spent.
class Sha256 {
public:
  Sha256();
  Sha256& update(ByteView piece);
  Digest finish();

private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const;
  };

  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

} // namespace sallyport::crypto
