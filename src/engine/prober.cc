#include "engine/prober.h"

#include "engine/dossier.h"
#include "gate/scope.h"

#include <algorithm>
#include <set>

namespace sallyport::engine {

Prober::Prober(source::Clock clock, Answered answered, std::size_t threads)
    : clock_(std::move(clock)), answered_(std::move(answered)) {
  for (std::size_t i = 0; i < threads; ++i) {
    threads_.emplace_back([this] { loop(); });
  }
}

Prober::~Prober() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) {
    thread.join();
  }
}

void Prober::ask(Question question) {
  {
    const std::lock_guard lock(mutex_);
    if (!question.recheck && !waiting_.insert(question.config.source).second) {
      return;
    }
    // A recheck has a deadline; it goes first.
    question.recheck ? queue_.push_front(std::move(question)) : queue_.push_back(std::move(question));
  }
  wake_.notify_one();
}

void Prober::loop() {
  for (;;) {
    Question question;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
      if (stopping_) {
        return;
      }
      question = std::move(queue_.front());
      queue_.pop_front();
      if (!question.recheck) {
        waiting_.erase(question.config.source);
      }
    }
    const bool directory = std::holds_alternative<source::DirectoryShape>(question.config.shape);
    auto answer =
        source::probe(question.config, directory ? std::vector<std::string>{} : question.keys, clock_);
    answered_(std::move(question), std::move(answer));
  }
}

namespace {

bool is_directory(const source::Config& config) {
  return std::holds_alternative<source::DirectoryShape>(config.shape);
}

std::vector<std::string> lanes_of_directory(const Core& core, const std::string& source) {
  std::vector<std::string> lanes;
  for (const auto& [lane, state] : core.state().lanes) {
    const charter::Charter* charter = core.world().active_charter(lane);
    if (charter != nullptr && charter::roster_source(*charter) == source) {
      lanes.push_back(lane);
    }
  }
  return lanes;
}

} // namespace

std::vector<Question> questions_of(const Core& core, const gate::Recheck& recheck) {
  std::vector<Question> out;
  for (const packet::NeededAnswer& needed : recheck.needed) {
    const auto config = core.sources().find(needed.source);
    if (config == core.sources().end()) {
      continue; // nobody to ask: the recheck runs out and says which source
    }
    Question question{config->second, {}, {}, recheck.id};
    question.config.terms.reset(); // names are looked for when a revision comes, not when one leaves
    if (is_directory(config->second)) {
      question.lanes = lanes_of_directory(core, needed.source);
    }
    for (const ObjectId& object : needed.objects) {
      if (const Object* known = core.objects().find(object)) {
        question.keys.push_back(known->key);
      }
    }
    out.push_back(std::move(question));
  }
  return out;
}

std::optional<Question> question_about(const Core& core, const std::string& source) {
  const auto config = core.sources().find(source);
  if (config == core.sources().end()) {
    return std::nullopt;
  }
  Question question{config->second, {}, {}, std::nullopt};
  if (is_directory(config->second)) {
    question.lanes = lanes_of_directory(core, source);
    return question.lanes.empty() ? std::nullopt : std::optional(question);
  }
  for (const auto& [object, packets] : core.state().citing) {
    if (const Object* known = core.objects().find(object); known != nullptr && known->source == source) {
      question.keys.push_back(known->key);
    }
  }
  return question;
}

namespace {

std::optional<gate::Directory> directory_of(const source::Directory& answered) {
  gate::Directory directory{answered.version, {}, {}};
  for (const std::string& member : answered.members) {
    auto person = PersonId::parse(member);
    if (!person) {
      return std::nullopt; // a member that nobody knows: the directory as a whole is not known
    }
    directory.members.insert(*std::move(person));
  }
  return directory;
}

// The dimensions of that name whose values stand in clear, in the charters that read the source.
std::vector<const charter::Dimension*> clear_dimensions(const Core& core, const std::string& source,
                                                        const std::string& dimension) {
  std::vector<const charter::Dimension*> out;
  for (const auto& [lane, state] : core.state().lanes) {
    if (const charter::Charter* charter = core.world().active_charter(lane)) {
      const auto rule = charter->scope.find(dimension);
      const bool clear = rule != charter->scope.end() && (gate::stands_in_clear(rule->second.type) ||
                                                          rule->second.type == charter::ScopeType::parts);
      if (clear && charter->sources.contains(source)) {
        out.push_back(&rule->second);
      }
    }
  }
  return out;
}

// What the object touches of such a dimension: each text that is a value, and an empty one where some is not.
void add_stated(const std::vector<const charter::Dimension*>& dimensions,
                const std::vector<std::string>& values, std::vector<std::string>& stated) {
  std::set<std::string> texts;
  for (const std::string& value : values) {
    const bool is_value = std::ranges::any_of(
        dimensions, [&](const auto* rule) { return gate::stated_value(*rule, value).has_value(); });
    texts.insert(is_value ? value : "");
  }
  stated.assign(texts.begin(), texts.end());
}

// The dimensions that are snapshots of the source's objects, in the charters that read it.
std::set<std::string> snapshots_of(const Core& core, const std::string& source) {
  std::set<std::string> out;
  for (const auto& [lane, state] : core.state().lanes) {
    const charter::Charter* charter = core.world().active_charter(lane);
    if (charter == nullptr) {
      continue;
    }
    for (const auto& [name, rule] : charter->scope) {
      if (rule.type == charter::ScopeType::snapshot && rule.source == source) {
        out.insert(name);
      }
    }
  }
  return out;
}

// When the object's content became other than it was: the instant that its record says, where that lies after
// the last look, at which it was still as before. Of several objects the earliest.
void note_change(const gate::State& state, const ObjectId& id, Instant occurred, gate::Observe& event) {
  const auto known = state.objects.find(id);
  const bool since = known != state.objects.end() && known->second.observed &&
                     occurred > known->second.observed_at && occurred <= event.observed_at;
  if (since && (!event.changed_at || occurred < *event.changed_at)) {
    event.changed_at = occurred;
  }
}

// One answered object: its content becomes an ordinal, what it touches becomes refs, or stays where it may.
void add_object(Core& core, const source::ObjectAnswer& object, gate::Observe& event) {
  const ObjectId id = core.objects().obtain(event.source, object.key, core.random());
  const auto known = core.state().objects.find(id);
  const std::uint32_t last = known == core.state().objects.end() ? 0 : known->second.ordinal;
  switch (object.status) {
  case source::ObjectStatus::found: {
    const std::uint32_t ordinal = core.objects().ordinal(id, object.content);
    event.objects.push_back({id, ordinal == last ? "same" : "changed", ordinal});
    if (ordinal != last) {
      note_change(core.state(), id, object.occurred_at, event);
    }
    gate::ObjectFacts& facts = event.facts[id];
    facts.attrs = object.attrs;
    facts.key = core.secrets().ref("object", object.key);
    for (const auto& [dimension, values] : object.touches) {
      if (const auto clear = clear_dimensions(core, event.source, dimension); !clear.empty()) {
        add_stated(clear, values, facts.stated[dimension]);
      }
      for (const std::string& value : values) {
        facts.touches[dimension].push_back(core.secrets().ref("scope/" + dimension, value));
      }
    }
    for (const std::string& dimension : snapshots_of(core, event.source)) { // its own content, nothing else
      facts.touches[dimension] = {core.secrets().ref("scope/" + dimension, object.content.hex())};
    }
    break;
  }
  case source::ObjectStatus::gone:
    event.objects.push_back({id, "gone", last});
    break;
  case source::ObjectStatus::unknown:
    event.objects.push_back({id, "unknown", last});
    break;
  }
}

} // namespace

Result<void> record_answer(Core& core, const Question& question, const Result<source::Answer>& answer) {
  const std::string& source = question.config.source;
  if (!core.state().sources.contains(source)) {
    return {};
  }
  const auto failed = [&]() -> Result<void> {
    SP_TRY(const gate::Step step, core.apply(gate::SourceFailed{source, question.recheck}));
    (void)step;
    return {};
  };
  if (!answer) {
    return failed();
  }
  if (answer->terms) {
    SP_CHECK(core.remember_terms(source, {*answer->terms, answer->observed_at}));
  }
  gate::Observe event;
  event.source = source;
  event.observed_at = answer->observed_at;
  event.complete_through = answer->complete_through;
  event.recheck = question.recheck;
  const auto flush = [&]() -> Result<void> {
    const bool said = event.objects.empty() || std::ranges::any_of(event.objects, [](const auto& object) {
                        return object.status != "unknown";
                      });
    if (!said && !question.recheck) {
      event.objects.clear(); // the contact counts; what was not said is no record
    }
    event.body = observation_body({event.facts, event.directory, event.lanes});
    SP_TRY(const gate::Step step, core.apply(event));
    (void)step;
    event.objects.clear();
    event.facts.clear();
    event.changed_at.reset();
    return {};
  };
  for (const source::ObjectAnswer& object : answer->objects) {
    if (event.objects.size() == gate::objects_per_observation) {
      SP_CHECK(flush());
    }
    add_object(core, object, event);
  }
  if (!answer->directory) {
    return flush();
  }
  event.directory = directory_of(*answer->directory);
  event.lanes = question.lanes;
  return event.directory ? flush() : failed();
}

} // namespace sallyport::engine
