#include "scenario/run.h"

#include <algorithm>

namespace sallyport::scenario {
namespace {

// The sentence as it is told: a value that is JSON says more to its reader in the file than in an account.
std::string in_brief(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const char quote = text.front();
    const std::size_t end = quote == '"' || quote == '\'' ? text.find(quote, 1) : std::string_view::npos;
    if (end == std::string_view::npos) {
      out += quote;
      text.remove_prefix(1);
      continue;
    }
    const std::string_view word = text.substr(0, end + 1);
    out += word.substr(1).starts_with('{') ? "{...}" : word.substr(1).starts_with('[') ? "[...]" : word;
    text.remove_prefix(end + 1);
  }
  return out;
}

class Player {
public:
  Player(const Script& script, const std::filesystem::path& folder, const Loader& load,
         const std::function<void(const Told&)>& tell)
      : script_(script), tell_(tell),
        stage_(folder, [this, load](const std::string& name) { return load(file_, name); }) {}

  Outcome run() {
    for (std::size_t i = 0; i < script_.sentences.size() && !out_.failed; ++i) {
      file_ = script_.sentences[i].file;
      if (auto done = one(i); !done) {
        fail_at(script_.sentences[i], done.error());
      }
    }
    return std::move(out_);
  }

private:
  Done one(std::size_t i) {
    const Sentence& sentence = script_.sentences[i];
    const std::optional<Sort> sort =
        sentence.verb == nullptr ? std::nullopt : std::optional(sentence.verb->sort);
    if (sort == Sort::setting) {
      if (stage_.begun() || sentence.when.kind != When::Kind::at_once) {
        return unusable("settings stand before the first event, and have no time");
      }
      return sentence.verb->act(stage_, sentence.args);
    }
    if (!stage_.begun()) {
      SP_CHECK(stage_.begin());
    }
    if (sort == Sort::expectation && sentence.when.kind == When::Kind::at_once) {
      SP_CHECK(sentence.verb->act(stage_, sentence.args));
      ++out_.expectations;
      told(sentence, sort, {});
      return {};
    }
    stage_.forget();
    SP_CHECK(pass(sentence.when));
    if (sort == Sort::event) {
      SP_CHECK(sentence.verb->act(stage_, sentence.args));
    }
    SP_CHECK(stage_.read_leaves());
    told(sentence, sort, teller_.tell(stage_));
    if (sort == Sort::expectation) {
      SP_CHECK(sentence.verb->act(stage_, sentence.args));
      ++out_.expectations;
      return {};
    }
    if (!stage_.refused().empty() && !refusal_expected(i)) {
      std::vector<std::string> reasons;
      for (const packet::Reason& reason : stage_.refused()) {
        reasons.push_back(reason.code + (reason.where.empty() ? "" : " at " + reason.where) + ": " +
                          std::string(gate::refusal_text(reason.code).text));
      }
      return unmet("this was refused, and no 'expect refused' stands below it", std::move(reasons));
    }
    return {};
  }

  Done pass(const When& when) {
    switch (when.kind) {
    case When::Kind::at_once:
      return {};
    case When::Kind::at:
      return stage_.pass_to(stage_.cast.start + when.time);
    case When::Kind::after:
      return stage_.pass(when.time);
    }
    return {};
  }

  // Among the expectations right below the sentence.
  bool refusal_expected(std::size_t i) const {
    for (std::size_t next = i + 1; next < script_.sentences.size(); ++next) {
      const Sentence& sentence = script_.sentences[next];
      if (sentence.verb == nullptr || sentence.verb->sort != Sort::expectation ||
          sentence.when.kind != When::Kind::at_once) {
        return false;
      }
      if (sentence.verb->form.starts_with("expect refused")) {
        return true;
      }
    }
    return false;
  }

  void told(const Sentence& sentence, std::optional<Sort> sort, std::vector<Came> came) {
    Told told{offset(stage_, stage_.now()), sentence.file, sentence.line,  sentence.used,
              in_brief(sentence.text),      sort,          std::move(came)};
    if (tell_) {
      tell_(told);
    }
    out_.told.push_back(std::move(told));
  }

  void fail_at(const Sentence& sentence, const Problem& problem) {
    const int column = problem.slot.empty() ? 1 : sentence.args.column(problem.slot);
    out_.failed = {
        problem.kind, {sentence.file, sentence.line, column, problem.text}, sentence.text, problem.details};
  }

  const Script& script_;
  const std::function<void(const Told&)>& tell_;
  std::string file_;
  Stage stage_;
  Teller teller_;
  Outcome out_;
};

} // namespace

Outcome run_script(const Script& script, const std::filesystem::path& folder, const Loader& load,
                   const std::function<void(const Told&)>& tell) {
  return Player(script, folder, load, tell).run();
}

} // namespace sallyport::scenario
