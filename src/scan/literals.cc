#include "scan/literals.h"

#include "base/result.h"

#include <hs.h>

#include <vector>

namespace sallyport::scan {
namespace {

std::shared_ptr<const hs_database> compile(std::span<const std::string> words) {
  if (hs_valid_platform() != HS_SUCCESS) {
    return nullptr;
  }
  std::vector<const char*> texts;
  std::vector<std::size_t> sizes;
  std::vector<unsigned> ids;
  for (const std::string& word : words) {
    texts.push_back(word.c_str());
    sizes.push_back(word.size());
    ids.push_back(static_cast<unsigned>(ids.size()));
  }
  const std::vector<unsigned> flags(words.size(), HS_FLAG_CASELESS);
  hs_database_t* database = nullptr;
  hs_compile_error_t* error = nullptr;
  const auto status =
      hs_compile_lit_multi(texts.data(), flags.data(), ids.data(), sizes.data(),
                           static_cast<unsigned>(words.size()), HS_MODE_BLOCK, nullptr, &database, &error);
  hs_free_compile_error(error);
  SP_ASSERT(status == HS_SUCCESS);
  return {database, [](const hs_database_t* it) { hs_free_database(const_cast<hs_database_t*>(it)); }};
}

// What one search writes to; a thread has one at a time.
class Scratch {
public:
  Scratch() = default;
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  ~Scratch() { hs_free_scratch(scratch_); }

  hs_scratch_t* large_enough_for(const hs_database_t* database) {
    SP_ASSERT(hs_alloc_scratch(database, &scratch_) == HS_SUCCESS);
    return scratch_;
  }

private:
  hs_scratch_t* scratch_ = nullptr;
};

int pass_on(unsigned id, unsigned long long, unsigned long long until, unsigned, void* hit) {
  return (*static_cast<const Literals::Hit*>(hit))(id, static_cast<std::size_t>(until)) ? 0 : 1;
}

} // namespace

Literals::Literals(std::span<const std::string> words)
    : automaton_(words, Automaton::Case::ascii_folded), database_(compile(words)) {
}

void Literals::find_by_byte(std::string_view text, const Hit& hit) const {
  Automaton::State state = Automaton::start;
  bool go_on = true;
  for (std::size_t at = 0; at < text.size() && go_on; ++at) {
    state = automaton_.step(state, static_cast<unsigned char>(text[at]));
    if (Automaton::accepts(state)) [[unlikely]] {
      automaton_.words(state, [&](std::size_t word) { go_on = go_on && hit(word, at + 1); });
    }
  }
}

void Literals::find(std::string_view text, const Hit& hit) const {
  if (database_ == nullptr) {
    return find_by_byte(text, hit);
  }
  thread_local Scratch scratch;
  const auto status = hs_scan(database_.get(), text.data(), static_cast<unsigned>(text.size()), 0,
                              scratch.large_enough_for(database_.get()), pass_on, const_cast<Hit*>(&hit));
  SP_ASSERT(status == HS_SUCCESS || status == HS_SCAN_TERMINATED);
}

} // namespace sallyport::scan
