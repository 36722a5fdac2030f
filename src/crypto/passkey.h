// Browser passkeys (WebAuthn level 2, ES256 only) as SSH keys and SSHSIG signatures. The challenge of an
// assertion is the raw to_be_signed() blob; nothing here keeps state between challenge and answer.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/ssh_key.h"
#include "crypto/sshsig.h"

#include <cstdint>
#include <string>
#include <vector>

namespace sallyport::crypto {

// What navigator.credentials.get() answered, and what it was asked.
struct Assertion {
  PublicKey key; // sk_ecdsa_p256, as enrolled
  std::string name_space;
  HashName hash = HashName::sha512;
  Bytes authenticator_data;
  Bytes client_data;
  Bytes signature; // DER
};

// The SSHSIG blob. It checks the shapes only: whether it counts is verify_sshsig()'s answer.
Result<Bytes> wrap_assertion(const Assertion& assertion);

// What navigator.credentials.create() answered.
struct Enrolment {
  std::int64_t cose_alg = 0; // getPublicKeyAlgorithm(): -7 is taken
  Bytes spki_der;            // getPublicKey()
  Bytes authenticator_data;
  Bytes client_data;
};

struct EnrolmentPolicy {
  std::string rp_id;
  std::vector<std::string> origins; // compared exactly
  Bytes challenge;                  // the bytes that were sent
  bool allow_backup_eligible = false;
};

struct Enrolled {
  PublicKey key;       // sk_ecdsa_p256, application = rp_id
  Bytes credential_id; // for allowCredentials
  bool backup_eligible = false;
};

// There is no attestation: what this proves is that a browser on a listed page made this key for this
// challenge with the person verified.
Result<Enrolled> enrol(const Enrolment& enrolment, const EnrolmentPolicy& policy);

} // namespace sallyport::crypto
