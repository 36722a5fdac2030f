#include "http/testing/crowd.h"

#include "canon/json.h"
#include "engine/people.h"
#include "engine/testing/crash_office.h"
#include "gate/state.h"
#include "http/api.h"
#include "http/client.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <map>
#include <mutex>
#include <random>
#include <set>
#include <thread>

#include <fmt/format.h>

namespace sallyport::http::testing {
namespace {

using Clock = std::chrono::steady_clock;
using engine::testing::CrashOffice;

constexpr std::size_t places = 24; // of the narrative, in turn of each section
constexpr std::array<const char*, 3> sections{"dumps", "privacy", "runtime"};

std::string place(std::size_t i) {
  return fmt::format("/narrative/b{}", i);
}

const char* section_of(std::size_t place) {
  return sections[place % sections.size()];
}

struct Writer {
  std::string name;
  std::string token;
  std::string owns; // a section, or nothing
  bool agent = false;
};

struct Ground {
  std::vector<Writer> writers; // the owners of the sections first, then people, then agents
  Writer watcher;
  std::map<std::string, std::string> owners; // persons by section
  std::string origin;
};

Ground found(const CrowdOptions& options) {
  // The charter's notice of a day passes while the office is founded.
  const Instant past = engine::system_now() - Duration{25 * 3'600'000};
  const std::filesystem::path dir = options.folder / "data";
  CrashOffice::found(dir, Instant{past.ms - past.ms % 1'000});
  CrashOffice office(dir);
  Ground out;
  out.origin = office.core->state().origin;
  using engine::Scope;
  const auto token = [&](const AccountId& account, const std::set<Scope>& scopes) {
    std::string secret;
    office.batch([&]() -> Result<void> {
      SP_TRY(const engine::IssuedToken issued, engine::issue_token(*office.core, office.gail.account, account,
                                                                   scopes, Duration{100 * 3'600'000}));
      SP_ASSERT(issued.refused.empty());
      secret = issued.secret.expose();
      return {};
    });
    return secret;
  };
  const auto add = [&](const char* kind, const std::string& name, std::optional<PersonId> answers) {
    engine::AddedPrincipal added;
    office.batch([&]() -> Result<void> {
      SP_TRY(added, engine::add_principal(*office.core, office.gail.account,
                                          {kind, name, std::nullopt, std::move(answers), std::nullopt}));
      SP_ASSERT(added.refused.empty());
      return {};
    });
    return added;
  };
  const std::set<Scope> people{Scope::read, Scope::prepare, Scope::decide};
  for (const auto& [section, member] : {std::pair{"dumps", &office.mara}, std::pair{"privacy", &office.piet},
                                        std::pair{"runtime", &office.tomo}}) {
    out.owners[section] = member->person.str();
    out.writers.push_back({section, token(member->account, people), section});
  }
  out.watcher = {"watcher", token(office.rhea.account, people), ""};
  std::vector<PersonId> editors;
  for (std::size_t i = sections.size(); i < options.editors; ++i) {
    const std::string name = fmt::format("Editor {} Example", i);
    const engine::AddedPrincipal added = add("person", name, std::nullopt);
    editors.push_back(*added.person);
    out.writers.push_back({name, token(added.account, people), ""});
  }
  office.grant(editors, "production-reliability");
  for (std::size_t i = 0; i < options.agents; ++i) {
    const std::string name = fmt::format("agent-{}", i);
    const engine::AddedPrincipal added = add("agent", name, office.mara.person);
    out.writers.push_back({name, token(added.account, {Scope::read, Scope::prepare}), "", true});
  }
  return out;
}

struct Service {
  std::unique_ptr<engine::Engine> engine;
  std::unique_ptr<Api> api;
  std::unique_ptr<Server> server;

  Service(const std::filesystem::path& dir, const std::string& origin) {
    auto opened = engine::Engine::open(
        {.core = {.dir = dir, .origin = origin, .vfs = ""}, .clock = engine::system_now, .say = {}});
    SP_ASSERT(opened);
    engine = *std::move(opened);
    ApiOptions options;
    options.people = options.agents = {100'000, 100'000}; // the gate's own bound on agents stays
    api = std::make_unique<Api>(*engine, options);
    server = std::make_unique<Server>(api->handler());
    SP_ASSERT(server->listen_tcp("127.0.0.1", 0));
    engine->start();
    SP_ASSERT(server->start());
  }

  ~Service() {
    server.reset();
    engine->stop();
    api.reset();
  }
};

struct Heard {
  int status = 0;
  canon::Value value;
  double ms = 0;

  std::string text(std::string_view name) const {
    const canon::Value* found = value.find(name);
    return found == nullptr || found->string() == nullptr ? "" : *found->string();
  }

  std::string reason() const {
    const canon::Value* reasons = value.find("reasons");
    const bool some = reasons != nullptr && reasons->array() != nullptr && !reasons->array()->empty();
    const canon::Value* code = some ? reasons->array()->front().find("code") : nullptr;
    return code == nullptr ? text("code") : *code->string();
  }
};

// What everybody shares: where the service is, and what was said to whom.
class Room {
public:
  Room(const Service& service, std::string packet)
      : origin_("http://127.0.0.1:" + std::to_string(service.server->port())), packet_(std::move(packet)) {}

  Heard ask(const Writer& who, const std::string& method, const std::string& target,
            const canon::Value& body = {}) const {
    ClientOptions options;
    options.origin = origin_;
    Request request;
    request.method = method;
    request.target = target;
    request.headers.add("authorization", "Bearer " + who.token);
    if (!body.is_null()) {
      request.body = canon::write(body);
      request.headers.add("content-type", "application/json");
    }
    const auto begin = Clock::now();
    const auto response = fetch(options, request);
    Heard out;
    out.ms = std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
    if (response) {
      out.status = response->status;
      if (auto value = canon::parse(response->body, {.bytes = limits::request_bytes})) {
        out.value = *std::move(value);
      }
    }
    return out;
  }

  Heard of_packet(const Writer& who, const std::string& method, const std::string& below,
                  const canon::Value& body = {}) const {
    return ask(who, method, "/v1/packets/" + packet_ + below, body);
  }

  // An agent's call; its answer as the route would have given it.
  Heard tool(const Writer& who, const std::string& name, canon::Object arguments) const {
    arguments.set("packet", packet_);
    Heard out = ask(who, "POST", "/mcp",
                    canon::Object{{"jsonrpc", "2.0"},
                                  {"id", 1},
                                  {"method", "tools/call"},
                                  {"params", canon::Object{{"name", name}, {"arguments", arguments}}}});
    const canon::Value* result = out.value.find("result");
    const canon::Value* content = result == nullptr ? nullptr : result->find("structuredContent");
    const canon::Value* failed = result == nullptr ? nullptr : result->find("isError");
    if (out.status == 200 && (result == nullptr || (failed != nullptr && *failed->boolean()))) {
      out.status = 409;
    } else if (out.status == 200) {
      out.status = 201;
    }
    out.value = content == nullptr ? canon::Value() : canon::Value(*content);
    return out;
  }

  void note(const Writer& who, std::string verb, std::string id, const Heard& heard, std::string sent = "") {
    const std::lock_guard lock(mutex_);
    if (heard.status < 200 || heard.status >= 500) {
      faults_.push_back(fmt::format("{} of {} was answered with {}", verb, who.name, heard.status));
    }
    acts_.push_back({who.name, std::move(verb), std::move(id), std::move(sent), heard.status,
                     heard.status < 400 ? "" : heard.reason(), heard.ms});
  }

  void raised(std::string item) {
    const std::lock_guard lock(mutex_);
    items_.push_back(std::move(item));
  }

  // Any item that somebody raised; "" where there is none yet.
  std::string some_item(std::uint64_t draw) {
    const std::lock_guard lock(mutex_);
    return items_.empty() ? "" : items_[draw % items_.size()];
  }

  std::vector<Act> take_acts() { return std::move(acts_); }

  std::vector<std::string> take_faults() { return std::move(faults_); }

private:
  std::string origin_;
  std::string packet_;
  std::mutex mutex_;
  std::vector<Act> acts_;
  std::vector<std::string> items_;
  std::vector<std::string> faults_;
};

// One of them, with a will of its own.
class Will {
public:
  Will(Room& room, const Writer& who, const CrowdOptions& options, std::size_t number)
      : room_(room), who_(who), options_(options), random_(options.seed * 1'000 + number) {}

  void live(const std::atomic<std::size_t>& at_work) {
    if (who_.owns.empty()) {
      for (std::size_t i = 0; i < options_.acts; ++i) {
        act(i);
        rest();
      }
      return;
    }
    for (std::size_t i = 0; i < options_.acts; ++i) { // an owner writes like all others, and decides
      act(i);
      decide();
      rest();
    }
    while (at_work > 0) {
      decide();
      std::this_thread::sleep_for(std::chrono::milliseconds(std::max<std::int64_t>(20, options_.pause.ms)));
    }
  }

private:
  std::size_t below(std::size_t n) { return static_cast<std::size_t>(random_() % n); }

  void rest() {
    const auto pause = options_.pause.ms;
    if (pause > 0) {
      std::this_thread::sleep_for(std::chrono::milliseconds(below(static_cast<std::size_t>(2 * pause))));
    }
  }

  void act(std::size_t number) {
    const std::size_t draw = below(100);
    if (who_.agent) {
      return draw < 70 ? propose(number) : flag();
    }
    if (draw < 60) {
      propose(number);
    } else if (draw < 74) {
      object();
    } else if (draw < 82) {
      answer();
    } else if (draw < 90 && !mine_.empty()) {
      withdraw();
    } else {
      instruct();
    }
  }

  // The version as it was some acts ago: others have written since.
  std::int64_t base_of(const std::string& section) {
    const auto known = versions_.find(section);
    if (known != versions_.end() && below(3) != 0) {
      return known->second;
    }
    const Heard heard = who_.agent ? room_.tool(who_, "read_section", {{"section", section}})
                                   : room_.of_packet(who_, "GET", "/sections/" + section);
    room_.note(who_, "read", "", heard);
    const canon::Value* version = heard.value.find("version");
    versions_[section] = version == nullptr ? 0 : *version->integer();
    return versions_[section];
  }

  void propose(std::size_t number) {
    const std::size_t at = below(places);
    // Now and then in the name of another section than the place is of.
    const std::string section = below(8) == 0 ? sections[below(sections.size())] : section_of(at);
    const std::string text = fmt::format("Sentence {} of {}.", number, who_.name);
    canon::Object op =
        below(2) == 0 ? canon::Object{{"op", "put"},
                                      {"at", place(at)},
                                      {"value", canon::Object{{"section", section_of(at)}, {"text", text}}}}
                      : canon::Object{{"op", "put"}, {"at", place(at) + "/text"}, {"value", text}};
    const canon::Array ops{canon::Value(std::move(op))};
    canon::Object body{{"section", section}, {"base", base_of(section)}, {"ops", ops}};
    const Heard heard = who_.agent ? room_.tool(who_, "propose_edit", std::move(body))
                                   : room_.of_packet(who_, "POST", "/edits", std::move(body));
    room_.note(who_, "propose", heard.text("edit"), heard, canon::write(canon::Value(ops)));
  }

  void flag() {
    const Heard heard = room_.tool(
        who_, "flag_mismatch",
        {{"subject", place(below(places))}, {"category", "memory_region"}, {"text", "It does not fit."}});
    room_.note(who_, "flag", "", heard);
  }

  void object() {
    const Heard heard = room_.of_packet(who_, "POST", "/objections",
                                        canon::Object{{"category", "memory_region"},
                                                      {"subject", place(below(places))},
                                                      {"text", "Which one was it?"}});
    const std::string item = heard.text("item");
    if (!item.empty()) {
      mine_.push_back(item);
      room_.raised(item);
    }
    room_.note(who_, "object", item, heard);
  }

  void answer() {
    const std::string item = room_.some_item(random_());
    if (!item.empty()) {
      room_.note(who_, "answer", item,
                 room_.of_packet(who_, "POST", "/objections/" + item + "/answer",
                                 canon::Object{{"text", "The second."}}));
    }
  }

  void withdraw() {
    const std::string item = mine_.back();
    mine_.pop_back();
    room_.note(who_, "withdraw", item, room_.of_packet(who_, "POST", "/objections/" + item + "/withdraw"));
  }

  void instruct() {
    const Heard heard = room_.of_packet(who_, "POST", "/instructions",
                                        canon::Object{{"subject", place(below(6))},
                                                      {"stance", below(2) == 0 ? "include" : "exclude"},
                                                      {"category", "memory_region"},
                                                      {"text", "So it should be."}});
    room_.note(who_, "instruct", "", heard);
  }

  // Looks at the section once, and then decides about what waited there, one after another, as people do who
  // have it on screen: some of it is overtaken by then.
  void decide() {
    constexpr std::size_t at_once = 12;
    const Heard heard = room_.of_packet(who_, "GET", "/sections/" + who_.owns);
    room_.note(who_, "read", "", heard);
    const canon::Value* pending = heard.value.find("pending");
    if (pending == nullptr || pending->array() == nullptr) {
      return;
    }
    std::size_t decided = 0;
    for (const canon::Value& row : *pending->array()) {
      if (++decided > at_once) {
        return;
      }
      const std::string edit = *row.find("edit")->string();
      const std::string at = "/edits/" + edit;
      if (below(5) == 0) {
        room_.note(who_, "reject", edit,
                   room_.of_packet(who_, "POST", at + "/reject", canon::Object{{"code", "wrong"}}));
        continue;
      }
      const Heard taken = room_.of_packet(who_, "POST", at + "/accept");
      room_.note(who_, "accept", edit, taken);
      if (taken.status == 409 && taken.reason() == "edit_overtaken") {
        room_.note(
            who_, "reject", edit,
            room_.of_packet(who_, "POST", at + "/reject", canon::Object{{"code", "conflict_not_chosen"}}));
      }
    }
  }

  Room& room_;
  const Writer& who_;
  const CrowdOptions& options_;
  std::mt19937_64 random_;
  std::map<std::string, std::int64_t> versions_;
  std::vector<std::string> mine_; // objections
};

std::vector<std::string> items_of(const Heard& ledger) {
  std::vector<std::string> out;
  const canon::Value* items = ledger.value.find("items");
  if (items != nullptr && items->object() != nullptr) {
    for (const auto& [id, item] : *items->object()) {
      out.push_back(id);
    }
  }
  return out;
}

std::string open_packet(const Service& service, const Ground& ground) {
  canon::Object owners;
  for (const auto& [section, person] : ground.owners) {
    owners.set(section, person);
  }
  const Heard opened =
      Room(service, "")
          .ask(ground.writers.front(), "POST", "/v1/workspaces",
               canon::Object{{"lane", engine::testing::crash_lane},
                             {"title", "A crash of the checkout"},
                             {"sections", std::move(owners)},
                             {"case", canon::Object{{"crash_group", canon::Array{"G-17"}}}}});
  SP_ASSERT(opened.status == 201);
  return opened.text("packet");
}

// Each owner writes what the others then quarrel about.
void lay_out(Room& room, const Ground& ground) {
  for (std::size_t owner = 0; owner < sections.size(); ++owner) {
    const Writer& who = ground.writers[owner];
    canon::Array ops;
    for (std::size_t i = owner; i < places; i += sections.size()) {
      ops.push_back(canon::Object{
          {"op", "put"}, {"at", place(i)}, {"value", canon::Object{{"section", who.owns}, {"text", "?"}}}});
    }
    const Heard section = room.of_packet(who, "GET", "/sections/" + who.owns);
    canon::Object body{{"section", who.owns}, {"base", *section.value.find("version")}, {"ops", ops}};
    const Heard edit = room.of_packet(who, "POST", "/edits", std::move(body));
    room.note(who, "propose", edit.text("edit"), edit, canon::write(canon::Value(std::move(ops))));
    room.note(who, "accept", edit.text("edit"),
              room.of_packet(who, "POST", "/edits/" + edit.text("edit") + "/accept"));
  }
}

} // namespace

CrowdRun run_crowd(const CrowdOptions& options) {
  const Ground ground = found(options);
  const Service service(options.folder / "data", ground.origin);
  CrowdRun out;
  out.packet = open_packet(service, ground);
  Room room(service, out.packet);
  lay_out(room, ground);

  std::atomic<std::size_t> at_work = ground.writers.size() - sections.size();
  std::atomic<bool> done = false;
  const auto begin = Clock::now();
  {
    std::jthread watcher([&] {
      while (!done) {
        out.ledgers.push_back(items_of(room.of_packet(ground.watcher, "GET", "/ledger")));
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
      }
    });
    {
      std::vector<std::jthread> threads;
      for (std::size_t i = 0; i < ground.writers.size(); ++i) {
        threads.emplace_back([&, i] {
          Will(room, ground.writers[i], options, i).live(at_work);
          if (ground.writers[i].owns.empty()) {
            --at_work;
          }
        });
      }
    }
    done = true;
  }
  out.seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  out.ledgers.push_back(items_of(room.of_packet(ground.watcher, "GET", "/ledger")));
  const Heard last = room.of_packet(ground.watcher, "GET", "/workspace");
  const canon::Value* content = last.value.find("content");
  const canon::Value* narrative = content == nullptr ? nullptr : content->find("narrative");
  out.narrative = narrative == nullptr ? "" : canon::write(*narrative);
  const auto state = service.engine->wait<Digest>(
      [](engine::Core& core) -> Result<Digest> { return gate::state_digest(core.state()); });
  SP_ASSERT(state);
  out.state = *state;
  out.acts = room.take_acts();
  out.faults = room.take_faults();
  return out;
}

} // namespace sallyport::http::testing
