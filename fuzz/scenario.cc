// scenario::read_script: a fault stands inside the file (a line that there is, a column at most two behind
// its end) and says something; what is read stands within its bounds, in order, and reads the same a second
// time.
#include "base/bytes.h"
#include "base/result.h"
#include "scenario/script.h"

#include <algorithm>

using namespace sallyport;

namespace {

// Every file that is named is there and says a little; so a script that uses files goes on.
Result<std::string> load(const std::string&, const std::string& name) {
  if (name.size() % 3 == 0) {
    return fail(ErrorCode::not_found, "", "no such file");
  }
  return std::string(name.size() % 3 == 1 ? "person lena\n" : "use deeper\n");
}

std::size_t line_size(std::string_view text, int line) {
  for (int at = 1; at < line; ++at) {
    const std::size_t end = text.find('\n');
    SP_ASSERT(end != std::string_view::npos);
    text.remove_prefix(end + 1);
  }
  return std::min(text.find('\n'), text.size());
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = as_text({data, size});
  const auto script = scenario::read_script("one", text, load);
  if (!script) {
    const scenario::Fault& fault = script.error();
    SP_ASSERT(!fault.text.empty() && fault.line >= 1 && fault.column >= 1);
    if (fault.file == "one") {
      SP_ASSERT(static_cast<std::size_t>(fault.column) <= line_size(text, fault.line) + 7);
    }
    return 0;
  }
  SP_ASSERT(!script->title.empty() && script->sentences.size() <= scenario::sentences_max);
  int last = 0;
  for (const scenario::Sentence& sentence : script->sentences) {
    SP_ASSERT(sentence.verb != nullptr || sentence.when.kind != scenario::When::Kind::at_once);
    SP_ASSERT(sentence.when.time.ms >= 0 && (sentence.used || sentence.line > last));
    last = sentence.used ? last : sentence.line;
  }
  const auto again = scenario::read_script("one", text, load);
  SP_ASSERT(again && again->sentences.size() == script->sentences.size() && again->tags == script->tags);
  return 0;
}
