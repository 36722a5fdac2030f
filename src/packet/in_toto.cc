#include "packet/in_toto.h"

#include "canon/fields.h"

namespace sallyport::packet {
namespace {

constexpr std::string_view statement_type = "https://in-toto.io/Statement/v1";

std::string predicate_type(std::string_view act) {
  return "urn:sallyport:act:" + std::string(act) + ":v1";
}

} // namespace

canon::Value in_toto(std::string_view act, std::string subject, const Digest& digest,
                     canon::Object predicate) {
  return canon::Object{
      {"_type", statement_type},
      {"predicateType", predicate_type(act)},
      {"subject", canon::Array{canon::Object{{"name", std::move(subject)},
                                             {"digest", canon::Object{{"sha256", digest.hex()}}}}}},
      {"predicate", std::move(predicate)},
  };
}

Result<InToto> open_in_toto(const canon::Value& statement, std::string_view act) {
  InToto out;
  canon::Fields top(statement, "");
  if (top.string("_type") != statement_type) {
    top.fault("_type", "is not an in-toto Statement of version 1", ErrorCode::unsupported);
  }
  if (top.string("predicateType") != predicate_type(act)) {
    top.fault("predicateType", "is not the act that is expected here", ErrorCode::denied);
  }
  const canon::Array& subjects = top.array("subject");
  if (subjects.size() != 1) {
    top.fault("subject", "must be exactly one");
  }
  out.predicate = &top.any("predicate");
  SP_CHECK(top.done());

  canon::Fields subject(subjects.front(), "/subject/0");
  out.subject = subject.string("name");
  const canon::Value& digests = subject.any("digest");
  SP_CHECK(subject.done());
  canon::Fields digest(digests, "/subject/0/digest");
  out.digest = digest.digest("sha256");
  SP_CHECK(digest.done());
  return out;
}

} // namespace sallyport::packet
