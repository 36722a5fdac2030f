// What makes a signed act one act: what was said, and the use of the key that said it. Keys made of files
// sign the same bytes in the same way for ever, so that whoever saw a signature could bring it again after
// it fell; an act whose use is on record already says nothing new.
#pragma once

#include "base/digest.h"
#include "packet/record.h"

#include <string_view>

namespace sallyport::gate {

// `said`: the digest of the signed bytes; `sig`: base64 of the SSHSIG blob.
Digest use_of_act(const Digest& said, std::string_view sig);
// Of an act with one signature.
Digest use_of_act(const packet::SignedStatement& act);

} // namespace sallyport::gate
