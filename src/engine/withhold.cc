#include "engine/withhold.h"

#include "canon/json.h"
#include "canon/pointer.h"
#include "crypto/digest.h"

#include <algorithm>
#include <fmt/format.h>

namespace sallyport::engine {
namespace {

// Takes the bytes of parts out of the document, so that each text is scanned once and as what it is.
canon::Value without_part_bytes(const canon::Value& document) {
  canon::Value out = document;
  canon::Value* packet = out.object()->find("packet");
  canon::Value* parts = packet == nullptr ? nullptr : packet->object()->find("parts");
  if (parts == nullptr || parts->object() == nullptr) {
    return out;
  }
  canon::Object emptied;
  for (const auto& [id, part] : *parts->object()) {
    canon::Value copy = part;
    copy.object()->set("content", "");
    emptied.set(id, std::move(copy));
  }
  *parts = std::move(emptied);
  return out;
}

canon::Value* walk(canon::Value& root, const std::string& pointer) {
  return const_cast<canon::Value*>(canon::pointer_find(root, pointer));
}

// The disclosure that will hold what stands at a pointer of the document: "/packet/fields/~1operator/value"
// is "/operator", "/packet/citations/c1/key" is part of "/citations/c1/record".
std::string disclosure_at(const std::string& pointer) {
  std::vector<std::string> at;
  if (!canon::pointer_split(pointer, at) || at.size() < 3 || at[0] != "packet") {
    return pointer;
  }
  const auto form = [&](const std::string& name, std::size_t position) {
    const bool lesser = at.size() > position && (at[position] == "coarse" || at[position] == "pseudonym");
    return lesser ? name + ":" + at[position] : name;
  };
  if (at[1] == "fields") {
    return form(at[2], 3);
  }
  if (at[1] == "scope" && at.size() > 3) {
    return form("/scope/" + at[2] + "/" + at[3], 4);
  }
  if (at[1] == "citations") {
    return "/citations/" + at[2] + "/record";
  }
  if (at[1] == "parts") {
    return "/parts/" + at[2];
  }
  return pointer.substr(std::string_view("/packet").size());
}

// Where a text is asked for, the marker is a text; values of fields may be objects.
void keep_shape(canon::Value& document, const scan::Withholding& taken) {
  const bool value =
      taken.pointer.starts_with("/packet/fields/") || taken.pointer.starts_with("/packet/scope/");
  if (value) {
    return;
  }
  if (canon::Value* at = walk(document, taken.pointer)) {
    *at = "[withheld: " + taken.klass + "]";
  }
}

} // namespace

Result<CleanSubmission> withhold_secrets(const scan::Scanner& scanner, const canon::Value& document,
                                         const packet::Submission& submission, ByteView key) {
  CleanSubmission out;
  const auto add = [&](std::string at, std::string secret_class, const Digest& digest) {
    out.withheld[fmt::format("w{}", out.withheld.size() + 1)] = {std::move(at), std::move(secret_class),
                                                                 digest};
  };
  const canon::Value bare = without_part_bytes(document);
  SP_TRY(scan::Withheld clean, scan::withhold(scanner, bare, key));
  out.complete = clean.complete;
  if (clean.list.empty()) {
    out.submission = submission;
  } else {
    // Parts come back as they were; the digest of what was sent stays the one that upstream named.
    canon::Value* packet = clean.value.object()->find("packet");
    if (packet == nullptr || packet->object() == nullptr) {
      return fail(ErrorCode::denied, "", "the document as a whole is a secret");
    }
    for (const scan::Withholding& taken : clean.list) {
      keep_shape(clean.value, taken);
      add(disclosure_at(taken.pointer), taken.klass, taken.digest);
    }
    if (const canon::Value* parts = document.find("packet")->find("parts")) {
      packet->object()->set("parts", *parts);
    }
    clean.value.object()->set("upstream_digest", crypto::sha256(as_bytes(canon::write(*packet))).hex());
    auto again = packet::read_submission(clean.value);
    if (!again) {
      return fail(ErrorCode::denied, again.error().where, "a secret stands where an id or code is asked for");
    }
    out.submission = *std::move(again);
    out.submission.upstream_digest = submission.upstream_digest;
  }
  scan::Spent spent;
  for (auto& [id, part] : out.submission.parts) {
    const scan::DocumentResult found =
        scan::scan_part(scanner, as_text(part.content), part.media_type, part.file_name, spent);
    out.complete = out.complete && found.complete;
    const auto secret = std::ranges::find_if(found.findings, [](const scan::Located& located) {
      return located.finding.klass == scan::secret_class;
    });
    if (secret != found.findings.end()) {
      add("/parts/" + id, secret->finding.klass, crypto::hmac_sha256(key, part.content));
      const std::string marker = "[withheld: " + secret->finding.klass + "]\n";
      const ByteView bytes = as_bytes(marker);
      part.content.assign(bytes.begin(), bytes.end());
      part.state = "held";
      if (secret->place == scan::Place::file_name) {
        part.file_name = "withheld";
      }
    }
  }
  return out;
}

} // namespace sallyport::engine
