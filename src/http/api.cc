#include "http/api.h"

#include "canon/json.h"
#include "engine/journal.h"
#include "http/api_perform.h"
#include "http/conditions.h"
#include "http/events.h"
#include "http/idempotency.h"
#include "http/mcp_tools.h"
#include "http/problem.h"
#include "http/workers.h"

#include <algorithm>
#include <cctype>
#include <chrono>

namespace sallyport::http {
namespace {

using api::Call;
using api::Outcome;
using api::Route;
using api::Takes;

constexpr std::string_view nobody = "unauthenticated";

// What came with the request; whether it counts is found out on the engine's thread.
struct Credential {
  std::optional<Sensitive<std::string>> token; // an empty one never counts
  std::optional<std::uint32_t> uid;
};

std::optional<engine::Scope> scope_of(Access access) {
  switch (access) {
  case Access::anyone:
    return std::nullopt;
  case Access::read:
    return engine::Scope::read;
  case Access::intake:
    return engine::Scope::intake;
  case Access::source:
    return engine::Scope::source;
  case Access::prepare:
    return engine::Scope::prepare;
  case Access::decide:
    return engine::Scope::decide;
  case Access::govern:
    return engine::Scope::govern;
  case Access::lane:
    return engine::Scope::lane;
  }
  return std::nullopt;
}

bool equal_ignoring_case(std::string_view text, std::string_view lower) {
  return std::ranges::equal(text, lower, [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
  });
}

// A token stands for itself: who sends one is not taken for the user of the socket besides.
Credential credential_of(const Request& request) {
  const std::string* header = request.headers.find("authorization");
  if (header == nullptr) {
    return {std::nullopt, request.peer.uid};
  }
  constexpr std::string_view scheme = "bearer ";
  const bool bearer = request.headers.count("authorization") == 1 && header->size() > scheme.size() &&
                      equal_ignoring_case(std::string_view(*header).substr(0, scheme.size()), scheme);
  return {Sensitive(bearer ? header->substr(scheme.size()) : std::string()), std::nullopt};
}

std::optional<engine::Caller> identify(const engine::Core& core, const Credential& credential) {
  if (credential.token) {
    return engine::authenticate(core, credential.token->expose(), core.now());
  }
  return credential.uid ? engine::authenticate_uid(core, *credential.uid) : std::nullopt;
}

// "application/json", with nothing or charset=utf-8 behind it (RFC 9110 section 8.3).
bool is_json(const Request& request) {
  const std::string* type = request.headers.find("content-type");
  if (type == nullptr || request.headers.count("content-type") != 1) {
    return false;
  }
  std::string text;
  std::ranges::copy_if(*type, std::back_inserter(text), [](char c) { return c != ' ' && c != '\t'; });
  return equal_ignoring_case(text, "application/json") ||
         equal_ignoring_case(text, "application/json;charset=utf-8");
}

// The body as the route takes it, null where it takes none.
Result<canon::Value> read_body(const Route& route, const Request& request) {
  if (route.takes == Takes::raw || (route.takes != Takes::json && request.body.empty())) {
    return canon::Value();
  }
  SP_TRY(canon::Value value, canon::parse(request.body, {.bytes = limits::request_bytes}));
  if (route.takes == Takes::nothing) {
    SP_CHECK(canon::Fields(value, "").done());
  }
  return value;
}

Result<void> check_query(const Route& route, const Request& request) {
  for (const auto& [name, value] : request.query) {
    if (name.empty() || std::ranges::find(route.query, name) == route.query.end()) {
      return fail(ErrorCode::malformed, "/query", "the route has no such query parameter");
    }
    if (std::ranges::count(request.query, name, &std::pair<std::string, std::string>::first) != 1) {
      return fail(ErrorCode::malformed, "/query", "a query parameter stands there once");
    }
  }
  return {};
}

std::string_view journal_code(ErrorCode code) {
  switch (code) {
  case ErrorCode::not_found:
    return "not-found";
  case ErrorCode::too_large:
    return "too-large";
  case ErrorCode::malformed:
  case ErrorCode::unsupported:
  case ErrorCode::conflict:
  case ErrorCode::denied:
    return "malformed";
  case ErrorCode::corrupt:
  case ErrorCode::unavailable:
  case ErrorCode::internal:
    break;
  }
  return "internal";
}

// The packet that the path names, for the record of a refused attempt.
std::optional<PacketId> packet_of(const Route& route, const Params& params) {
  if (route.pattern.find("{packet}") == std::string_view::npos) {
    return std::nullopt;
  }
  auto id = PacketId::parse(params.at("packet"));
  return id ? std::optional(*std::move(id)) : std::nullopt;
}

std::string scope_refusal(const engine::Core& core, const engine::Caller& caller, engine::Scope scope) {
  const bool agent = core.state().account(caller.account)->kind == "agent";
  return agent && !engine::scopes_of_kind("agent").contains(scope) ? "agent_never_decides" : "scope_missing";
}

Response too_often(std::int64_t seconds) {
  Response response = problem(429, "rate-limited", "Asked too often; nothing happened",
                              "wait as Retry-After says, then send it again");
  response.headers.add("retry-after", std::to_string(seconds));
  return response;
}

// One request on its way; the same for every job that it needs.
struct Asked {
  Credential credential;
  Request request;
  Params params;
};

// What the server keeps between requests, on the engine's thread.
struct Doorkeeper {
  const ApiOptions& options;
  Buckets& buckets;
};

// Who calls; or the answer of whoever may not go on. `again`: the request was counted when it came.
Result<std::expected<engine::Caller, Response>> admit_caller(engine::Core& core, const Doorkeeper& door,
                                                             const Credential& credential, bool again) {
  auto known = identify(core, credential);
  const std::string principal = known ? known->account.str() : std::string(nobody);
  const Rate& rate = !known                                                  ? door.options.strangers
                     : core.state().account(known->account)->kind == "agent" ? door.options.agents
                                                                             : door.options.people;
  if (const auto wait = again ? std::nullopt : door.buckets.take(principal, rate, core.now())) {
    SP_CHECK(core.tx().count_attempt(principal, core.now(), "rate-limited"));
    return std::expected<engine::Caller, Response>(std::unexpect, too_often(*wait));
  }
  if (known) {
    return std::expected<engine::Caller, Response>(*std::move(known));
  }
  SP_CHECK(core.tx().count_attempt(nobody, core.now(), nobody));
  Response response =
      problem(401, "unauthenticated", "No credential that counts",
              "send a token that is neither expired nor revoked, or use the local socket as a "
              "user who has an account");
  response.headers.add("www-authenticate", "Bearer");
  return std::expected<engine::Caller, Response>(std::unexpect, std::move(response));
}

// If-Match: the refusal of a write over a packet that is not as the caller saw it, on record; nothing where
// the write may go on.
Result<std::optional<Response>> changed_since(Call& call, const Route& route) {
  const std::string* wanted = call.request.headers.find("if-match");
  if (wanted == nullptr) {
    return std::nullopt;
  }
  const auto packet = packet_of(route, call.params);
  if (route.method == "GET" || route.pattern.find("{packet}") == std::string_view::npos) {
    return fail(ErrorCode::malformed, "/headers/if-match",
                "only a write to a packet can name the packet's tag");
  }
  if (!packet || call.state().find(*packet) == nullptr) {
    return std::nullopt; // the route says that it is not there
  }
  std::string tag = api::tag_of(call.core, *packet);
  if (names_tag(*wanted, tag)) {
    return std::nullopt;
  }
  SP_TRY(auto on_record, api::deny(call, {{"precondition", ""}}, packet));
  (void)on_record;
  Response response = problem(412, "precondition", "The packet is not as you saw it; nothing happened",
                              "read it again, and decide again");
  if (call.caller.has(engine::Scope::read)) {
    response.headers.set("etag", std::move(tag));
  }
  return response;
}

// The route's own act; a success is kept under the request's Idempotency-Key, in the batch that it is of.
Result<Outcome> act(Call& call, const Route& route, const std::string& principal) {
  SP_TRY(const std::optional<std::string> key, idempotency_key(call.request));
  const bool keeps = key && route.method != "GET" && route.keeps != api::Keeps::nothing;
  if (keeps && route.keeps == api::Keeps::secret) {
    return fail(ErrorCode::malformed, "/headers/idempotency-key",
                "this answer shows a secret once and is not kept; send no key");
  }
  if (keeps) {
    SP_TRY(auto before, answered_before(call.core, principal, *key, call.request));
    if (before) {
      return *std::move(before);
    }
  }
  SP_TRY(auto changed, changed_since(call, route));
  if (changed) {
    return *std::move(changed);
  }
  SP_TRY(Outcome outcome, route.act(call));
  if (const Response* response = std::get_if<Response>(&outcome); keeps && response != nullptr) {
    SP_CHECK(keep_answer(call.core, principal, *key, call.request, *response));
  }
  return outcome;
}

// All of one request that needs the engine, in one job: who calls, whether it may, and what it does. A
// request that was examined in between is asked all of it again.
Result<Outcome> answer_route(engine::Core& core, const Doorkeeper& door, const Route& route,
                             const Asked& asked, const api::Examined* examined) {
  const auto& [credential, request, params] = asked;
  engine::Caller caller;
  if (scope_of(route.access)) {
    SP_TRY(auto admitted, admit_caller(core, door, credential, examined != nullptr));
    if (!admitted) {
      return std::move(admitted.error());
    }
    caller = *std::move(admitted);
  }
  return api::perform(core, caller, route, request, params, {door.options.clock, examined});
}

} // namespace

namespace api {

bool may(const engine::Caller& caller, const Route& route) {
  const auto scope = scope_of(route.access);
  return !scope || caller.has(*scope);
}

namespace {

Result<Outcome> perform_once(engine::Core& core, const engine::Caller& caller, const Route& route,
                             const Request& request, const Params& params, const Surroundings& around) {
  if (const canon::Value none; !may(caller, route)) {
    const engine::Scope scope = *scope_of(route.access);
    Call call{core, caller, request, params, none, route.verb, around.clock};
    return deny(call, {{scope_refusal(core, caller, scope), std::string(engine::to_string(scope))}},
                packet_of(route, params));
  }
  const std::string principal = caller.account.empty() ? std::string(nobody) : caller.account.str();
  const auto answer_error = [&](const Error& error) -> Result<Outcome> {
    if (error.code == ErrorCode::unavailable) {
      return std::unexpected(error);
    }
    SP_CHECK(core.tx().count_attempt(principal, core.now(), journal_code(error.code)));
    return problem_of(error);
  };
  if (auto query = check_query(route, request); !query) {
    return answer_error(query.error());
  }
  const bool may_be_absent = route.takes == Takes::nothing || route.takes == Takes::maybe_json;
  if ((!may_be_absent || !request.body.empty()) && !is_json(request)) {
    SP_CHECK(core.tx().count_attempt(principal, core.now(), "media-type"));
    return problem(415, "media-type", "Not application/json", "send the body as application/json");
  }
  const auto body = read_body(route, request);
  if (!body) {
    return answer_error(body.error());
  }
  Call call{core, caller, request, params, *body, route.verb, around.clock, around.examined};
  auto outcome = act(call, route, principal);
  return outcome ? std::move(outcome) : answer_error(outcome.error());
}

// What agents ask for is counted by minute and verb, and what they are denied (M-B4). Their own door counts
// the request that a message stands for, and not the message.
Result<void> count_agents(engine::Core& core, const engine::Caller& caller, const Route& route,
                          const Outcome& outcome) {
  const gate::Account* account = core.state().account(caller.account);
  if (account == nullptr || account->kind != "agent" || route.verb == "mcp" ||
      std::holds_alternative<Examine>(outcome)) { // it comes again
    return {};
  }
  const Response* response = std::get_if<Response>(&outcome);
  const bool denied = response != nullptr && response->status == 403;
  return engine::count_request(core, caller.account, denied ? denied_request : request_name(route));
}

} // namespace

Result<Outcome> perform(engine::Core& core, const engine::Caller& caller, const Route& route,
                        const Request& request, const Params& params, const Surroundings& around) {
  SP_TRY(Outcome outcome, perform_once(core, caller, route, request, params, around));
  SP_CHECK(count_agents(core, caller, route, outcome));
  return outcome;
}

const std::vector<const Route*>& all_routes() {
  static const std::vector<const Route*> routes = [] {
    std::vector<const Route*> out;
    for (const auto table :
         {trust_routes(), roster_routes(), source_routes(), charter_routes(), packet_routes(),
          lineage_routes(), manifest_routes(), workspace_routes(), ledger_routes(), dump_routes(),
          retention_routes(), lane_routes(), log_routes(), agent_routes(), mcp_routes()}) {
      for (const Route& route : table) {
        out.push_back(&route);
      }
    }
    return out;
  }();
  return routes;
}

} // namespace api

struct Api::Shared : std::enable_shared_from_this<Api::Shared> {
  using Table = Router<Access, Credential>;

  Shared(engine::Engine& e, ApiOptions o)
      : engine(e), options(std::move(o)), router([](const Access&, const Request& request) {
          return std::expected<Credential, Response>(credential_of(request));
        }),
        events(options.events) {}

  void add_routes() {
    for (const Route* route : api::all_routes()) {
      router.add(std::string(route->method), std::string(route->pattern), route->access,
                 [this, route](Credential credential, Request request, Params params, Reply reply) {
                   run(*route, std::move(credential), std::move(request), std::move(params),
                       std::move(reply));
                 });
    }
  }

  // `route` is one of the constant tables.
  void run(const Route& route, Credential credential, Request request, Params params, Reply reply) {
    const auto started = std::chrono::steady_clock::now();
    auto say = std::make_shared<Reply>(
        [answered = options.answered, &route, started, reply = std::move(reply)](Response response) mutable {
          if (answered) {
            const auto took = std::chrono::steady_clock::now() - started;
            answered({route.method,
                      route.pattern,
                      response.status,
                      {std::chrono::duration_cast<std::chrono::milliseconds>(took).count()}});
          }
          reply(std::move(response));
        });
    auto asked =
        std::make_shared<const Asked>(Asked{std::move(credential), std::move(request), std::move(params)});
    ask(route, asked, nullptr, say);
  }

  void ask(const Route& route, const std::shared_ptr<const Asked>& asked,
           std::shared_ptr<const api::Examined> examined, const std::shared_ptr<Reply>& say) {
    auto self = shared_from_this();
    engine.call<Outcome>(
        [self, &route, asked, examined = std::move(examined)](engine::Core& core) {
          return answer_route(core, {self->options, self->buckets}, route, *asked, examined.get());
        },
        [self, &route, asked, say](Result<Outcome> outcome) {
          if (!outcome) {
            (*say)(api::problem_of(outcome.error()));
          } else if (Response* response = std::get_if<Response>(&*outcome)) {
            (*say)(std::move(*response));
          } else if (api::Later* later = std::get_if<api::Later>(&*outcome)) {
            self->run_later(std::move(*later), say);
          } else if (const api::Listen* listen = std::get_if<api::Listen>(&*outcome)) {
            (*say)(self->listen(asked, *listen));
          } else {
            self->examine(route, asked, std::get<api::Examine>(*std::move(outcome)), say);
          }
        });
  }

  static void refuse_more(Reply& say) {
    say(problem(503, "unavailable", "Not now; nothing happened", "too much of this is under way"));
  }

  // A slow scan holds up its own request, and at most other scans. `this` stands as long as its threads do.
  void examine(const Route& route, const std::shared_ptr<const Asked>& asked, api::Examine work,
               const std::shared_ptr<Reply>& say) {
    const bool runs = scans.run([this, &route, asked, work = std::move(work), say]() mutable {
      ask(route, asked, std::make_shared<const api::Examined>(work(asked->request)), say);
    });
    if (!runs) {
      refuse_more(*say);
    }
  }

  // Whoever listens is looked at again before each piece: a token that was revoked hears nothing more.
  Response listen(const std::shared_ptr<const Asked>& asked, const api::Listen& wanted) {
    return events.listen(
        {[credential = asked->credential](const engine::Core& core) { return identify(core, credential); },
         wanted.account, wanted.packet, wanted.next});
  }

  // A turn of the engine's thread, at whose end everybody is told what is new.
  void take_turn() {
    engine.post([](engine::Core&) { return Result<void>(); }, [](Result<void>) {});
  }

  void tell_listeners() {
    std::weak_ptr<Shared> weak = weak_from_this();
    events.on_taken([weak] {
      if (const auto self = weak.lock()) {
        self->take_turn();
      }
    });
    engine.after_each_turn([weak](const engine::Core& core) {
      if (const auto self = weak.lock(); self != nullptr && self->events.tell(core)) {
        self->take_turn();
      }
    });
  }

  // The task holds nothing of the Shared: the last owner of its threads must not be one of them.
  void run_later(api::Later work, const std::shared_ptr<Reply>& say) {
    const bool runs = workers.run([work = std::move(work), say]() mutable {
      auto response = work();
      (*say)(response ? *std::move(response) : api::problem_of(response.error()));
    });
    if (!runs) {
      refuse_more(*say);
    }
  }

  engine::Engine& engine;
  ApiOptions options;
  Table router;
  Buckets buckets; // the engine's thread
  Events events;   // the engine's thread
  Workers workers{16};
  Workers scans{256}; // submissions; more connections than that are not held open by many
};

Api::Api(engine::Engine& engine, ApiOptions options)
    : shared_(std::make_shared<Shared>(engine, std::move(options))) {
  shared_->add_routes();
  shared_->tell_listeners();
}

Api::~Api() {
  stop();
}

Handler Api::handler() const {
  return [shared = shared_](Request request, Reply reply) {
    shared->router(std::move(request), std::move(reply));
  };
}

std::vector<RouteInfo> Api::routes() const {
  std::vector<RouteInfo> out;
  for (const auto& route : shared_->router.routes()) {
    out.push_back({route.method, route.pattern, route.access});
  }
  return out;
}

void Api::stop() {
  shared_->scans.stop();
  shared_->workers.stop();
}

} // namespace sallyport::http
