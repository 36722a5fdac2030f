// Secrets out, before anything is sealed: the submission with every secret replaced, and what was.
#pragma once

#include "packet/seal.h"
#include "packet/submission.h"
#include "scan/document.h"

#include <map>
#include <string>

namespace sallyport::engine {

struct CleanSubmission {
  packet::Submission submission;
  std::map<std::string, packet::Withheld> withheld; // "w1" -> ...
  bool complete = true;                             // false: the scan was not whole (MIN.UNSCANNED)
};

// `document` has passed read_submission() as `submission`. `key` keys the digests of what is taken out.
Result<CleanSubmission> withhold_secrets(const scan::Scanner& scanner, const canon::Value& document,
                                         const packet::Submission& submission, ByteView key);

} // namespace sallyport::engine
