// The envelope of everything that people sign: in-toto Statement v1 with one subject. Private to this
// module.
#pragma once

#include "base/digest.h"
#include "base/result.h"
#include "canon/value.h"

#include <string>
#include <string_view>

namespace sallyport::packet {

// predicateType is "urn:sallyport:act:<act>:v1".
canon::Value in_toto(std::string_view act, std::string subject, const Digest& digest,
                     canon::Object predicate);

struct InToto {
  const canon::Value* predicate = nullptr; // into the value that was opened
  std::string subject;
  Digest digest;
};

// Refuses another act, another number of subjects and members that in_toto() does not write.
Result<InToto> open_in_toto(const canon::Value& statement, std::string_view act);

} // namespace sallyport::packet
