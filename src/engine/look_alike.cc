#include "engine/look_alike.h"

#include "scan/fold.h"

namespace sallyport::engine {
namespace {

std::string folded(std::string_view text) {
  std::string out;
  scan::Folded one{};
  for (std::size_t at = 0; at < text.size(); at += one.consumed) {
    scan::fold_at(text, at, one);
    switch (one.kind) {
    case scan::FoldKind::letters:
      out.append(one.bytes, one.size);
      break;
    case scan::FoldKind::separator:
      out += out.ends_with('-') ? "" : "-"; // no blank, which would be no part of a value's end
      break;
    case scan::FoldKind::end: // stands for itself
      out.append(text.substr(at, one.consumed));
      break;
    case scan::FoldKind::nothing:
      break;
    }
  }
  return out;
}

} // namespace

std::string look_alike_ref(const Secrets& secrets, std::string_view dimension, std::string_view value) {
  const auto first = value.find_first_not_of(" \t\n");
  const auto last = value.find_last_not_of(" \t\n");
  return secrets.ref(dimension,
                     first == std::string_view::npos ? "" : folded(value.substr(first, last - first + 1)));
}

} // namespace sallyport::engine
