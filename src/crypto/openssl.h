// Owners for OpenSSL's handles. Private to this module: no public header includes an OpenSSL header.
#pragma once

#include "base/result.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>

namespace sallyport::crypto {

template <auto free_function> struct Freer {
  template <class T> void operator()(T* handle) const { free_function(handle); }
};

template <class T, auto free_function> using Owned = std::unique_ptr<T, Freer<free_function>>;

using OwnedBio = Owned<BIO, BIO_free_all>;
using OwnedBignum = Owned<BIGNUM, BN_free>;
using OwnedCipherContext = Owned<EVP_CIPHER_CTX, EVP_CIPHER_CTX_free>;
using OwnedDigestContext = Owned<EVP_MD_CTX, EVP_MD_CTX_free>;
using OwnedEcdsaSig = Owned<ECDSA_SIG, ECDSA_SIG_free>;
using OwnedKey = Owned<EVP_PKEY, EVP_PKEY_free>;
using OwnedKeyContext = Owned<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;
using OwnedMacContext = Owned<EVP_MAC_CTX, EVP_MAC_CTX_free>;

} // namespace sallyport::crypto
