#include "scan/patterns.h"

#include "base/result.h"
#include "scan/credential.h"
#include "scan/literals.h"

#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <vector>

namespace sallyport::scan {
namespace {

// Where a match begins, seen from its literal.
enum class Begin {
  at_literal,    // there
  at_edge,       // there, and no letter or digit stands before it
  at_tag,        // at the '<' of the tag's name
  at_local_part, // at the first character of a mail address
  at_path,       // at the first character of the path
};

// What must also hold for a match. The value is the last group of the expression.
enum class Check {
  none,
  token,    // a fixed alphabet: only placeholders are refused
  opaque,   // is_opaque_token, and the key (first group) is not about a credential
  password, // is_password, likewise
  loose,    // is_loose_token, and no fingerprint or public key
  url_password,
  jwt,
  aws_secret,
  cookie,      // the value of a session cookie
  cookie_line, // one of the pairs is a session cookie
  mail,
};

constexpr std::size_t literals_max = 16;

struct Pattern {
  Rule rule;
  Confidence confidence;
  std::array<std::string_view, literals_max> literals; // lower case
  Begin begin;
  std::size_t window;
  Check check;
  const char* expression;
};

#define SP_KEY_IS R"(([\w.\-]{0,24})["'\\]{0,3}\s{0,4}(?:=>|:=|==?|:)\s{0,4})"
#define SP_EDGE R"((?:[^A-Za-z0-9_\-]|\z))"

constexpr auto secret = Detector::secret_or_token;
constexpr auto privileged = Detector::privileged_path;
constexpr auto pattern = RuleKind::pattern;

// By id. Expressions are RE2, over bytes, anchored at the beginning of the match; the window is what bounds
// their open repeats.
constexpr Pattern patterns[] = {
    {{"location.coordinates", Detector::person_identifier, "location", pattern},
     Confidence::medium,
     {"lat"},
     Begin::at_edge,
     120,
     Check::none,
     R"((?i)(lat(?:itude)?["']?\s*[:=]\s*["']?-?\d{1,2}\.\d{4,12}[^\r\n]{0,20}?lon(?:g|gitude)?["']?\s*[:=]\s*["']?-?\d{1,3}\.\d{4,12}))"},
    {{"path.kube", privileged, "privileged_path", pattern},
     Confidence::high,
     {".kube/", "/etc/kubernetes/", "/kubernetes.io/", "/kubelet/"},
     Begin::at_path,
     400,
     Check::none,
     R"(([\w.~/\-]*(?:\.kube/config|/etc/kubernetes/(?:pki|admin\.conf|[\w.\-]+\.conf)|/secrets/kubernetes\.io/|/kubelet/(?:pki|pods))[\w.~/\-]*))"},
    {{"path.process", privileged, "privileged_path", pattern},
     Confidence::medium,
     {"/proc/"},
     Begin::at_path,
     200,
     Check::none,
     R"((/proc/(?:\d{1,10}|self)/(?:environ|mem|maps|root|cwd|fd|auxv)(?:/[\w.~/\-]*)?))"},
    {{"path.root_home", privileged, "privileged_path", pattern},
     Confidence::high,
     {"/root/"},
     Begin::at_path,
     400,
     Check::none,
     R"(/{0,2}(/root/[\w.~\-][\w.~/\-]*))"},
    {{"path.secrets", privileged, "privileged_path", pattern},
     Confidence::high,
     {"/secret"},
     Begin::at_path,
     400,
     Check::none,
     R"((/(?:var/lib|var/run|run|etc|mnt|opt|srv)/(?:[\w.~\-]+/){0,8}secrets?(?:/[\w.~/\-]*)?)(?:[^\w\-]|\z))"},
    {{"path.service_root", privileged, "privileged_path", pattern},
     Confidence::high,
     {"/root/"},
     Begin::at_path,
     400,
     Check::none,
     R"((/?(?:[\w.~\-]+/){0,8}svc/[\w.~\-]+/(?:[\w.~\-]+/){0,12}root/[\w.~/\-]*))"},
    {{"path.ssh", privileged, "privileged_path", pattern},
     Confidence::high,
     {"/.ssh/", "/ssh_host_", "id_rsa", "id_ed25519", "id_ecdsa"},
     Begin::at_path,
     400,
     Check::none,
     R"(([\w.~/\-]*(?:/\.ssh/[\w.\-]+|/ssh_host_\w+_key|id_(?:rsa|ed25519|ecdsa)))(?:[^\w]|\z))"},
    {{"path.system", privileged, "privileged_path", pattern},
     Confidence::high,
     {"/etc/", "/.aws/", "/.gnupg/", "\\system32\\config"},
     Begin::at_path,
     400,
     Check::none,
     R"(((?:[\w.~\-]*/)*etc/(?:shadow|gshadow|sudoers|krb5\.keytab|ssl/private|master\.passwd)[\w.~/\-]*|[\w.~/\-]*/\.aws/credentials|[\w.~/\-]*/\.gnupg/[\w.~/\-]*|[A-Za-z]:\\{1,2}[Ww]indows\\{1,2}[Ss]ystem32\\{1,2}config\\{1,2}(?:SAM|SYSTEM|SECURITY)))"},
    {{"person.email", Detector::person_identifier, "person_identity", pattern},
     Confidence::high,
     {"@"},
     Begin::at_local_part,
     400,
     Check::mail,
     R"(([A-Za-z0-9._%+\-]+@(?:[A-Za-z0-9\-]{1,63}\.){1,8}[A-Za-z]{2,24})(?:[^A-Za-z0-9_@\-]|\z))"},
    {{"person.home_path", Detector::person_identifier, "person_identity", pattern},
     Confidence::medium,
     {"/home/", "users/", "users\\"},
     Begin::at_path,
     200,
     Check::none,
     R"(((?:/home/|/Users/|[A-Za-z]:[\\/]{1,4}[Uu]sers[\\/]{1,4})[^\\/\s"'<>:;,]+)[\\/])"},
    {{"secret.assigned_password", secret, "secret", pattern},
     Confidence::medium,
     {"password", "passwd", "passphrase", "passcode", "pwd"},
     Begin::at_literal,
     280,
     Check::password,
     R"((?i)(?:password|passwd|passphrase|passcode|pwd))" SP_KEY_IS
     R"((?:\\?"([^"\r\n\\]{4,})|'([^'\r\n]{4,})|([^\s"'<>,;]{4,})))"},
    {{"secret.assigned_token", secret, "secret", pattern},
     Confidence::medium,
     {"token", "secret", "apikey", "api_key", "api-key", "access_key", "accesskey", "private_key",
      "privatekey", "session_key", "sessionkey", "credential", "session_cookie", "auth_key"},
     Begin::at_literal,
     1200,
     Check::opaque,
     R"((?i)(?:token|secret|api[_-]?key|access_?key|private_?key|session_?key|credential|session_cookie|auth_key))" SP_KEY_IS
     R"(\\?["']?(?:bearer\s)?([A-Za-z0-9._~+/=%:\-]{12,}))"},
    {{"secret.aws_key_id", secret, "secret", pattern},
     Confidence::high,
     {"akia", "asia"},
     Begin::at_edge,
     24,
     Check::token,
     R"(((?:AKIA|ASIA)[A-Z2-7]{16})(?:[^A-Za-z0-9]|\z))"},
    {{"secret.aws_secret", secret, "secret", pattern},
     Confidence::high,
     {"secret_access_key", "secretaccesskey", "aws_secret", "secretkey", "aws_sk"},
     Begin::at_literal,
     120,
     Check::aws_secret,
     R"((?i)(?:secret_?access_?key|aws_secret\w{0,16}|secretkey|aws_sk)["'\\]{0,3}\s{0,4}(?:=>|:=|[:=])\s{0,4}\\?["']?([A-Za-z0-9+/]{40})(?:[^A-Za-z0-9+/]|\z))"},
    {{"secret.basic_auth", secret, "secret", pattern},
     Confidence::high,
     {"://"},
     Begin::at_literal,
     500,
     Check::url_password,
     R"(://[^\s/:@"'<>\\]*:([^\s/@"'<>\\]+)@[A-Za-z0-9\[])"},
    {{"secret.bearer", secret, "secret", pattern},
     Confidence::high,
     {"bearer ", "ssws ", "basic ", "negotiate ", "token "},
     Begin::at_edge,
     2100,
     Check::opaque,
     R"((?i)(?:bearer|ssws|basic|negotiate|token)() {1,4}([A-Za-z0-9._~+/\-]{16,}={0,2}))"},
    {{"secret.cookie", secret, "secret", pattern},
     Confidence::high,
     {"cookie"},
     Begin::at_literal,
     4200,
     Check::cookie_line,
     R"((?i)cookie["'\\]{0,3}\s{0,4}[:=]\s{0,4}\\?["']?([^\r\n"]{9,}))"},
    {{"secret.github", secret, "secret", pattern},
     Confidence::high,
     {"ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"},
     Begin::at_edge,
     280,
     Check::token,
     R"((gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{22,}))"},
    {{"secret.gitlab", secret, "secret", pattern},
     Confidence::high,
     {"glpat-", "gldt-", "glrt-", "glcbt-", "glptt-"},
     Begin::at_edge,
     80,
     Check::token,
     R"((gl(?:pat|dt|rt|cbt|ptt)-[A-Za-z0-9_\-]{20,}))"},
    {{"secret.google", secret, "secret", pattern},
     Confidence::high,
     {"aiza", "ya29.", "gocspx-"},
     Begin::at_edge,
     400,
     Check::token,
     R"((AIza[0-9A-Za-z_\-]{35}|ya29\.[0-9A-Za-z_\-]{20,}|GOCSPX-[0-9A-Za-z_\-]{20,40}))" SP_EDGE},
    {{"secret.jwt", secret, "secret", pattern},
     Confidence::high,
     {"eyj"},
     Begin::at_edge,
     8192,
     Check::jwt,
     R"((eyJ[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]{4,}\.[A-Za-z0-9_\-]*))"},
    {{"secret.near_context", secret, "secret", pattern},
     Confidence::low,
     {"token", "secret", "credential", "cookie", "bearer", "api key", "apikey"},
     Begin::at_edge,
     280,
     Check::loose,
     R"((?i)(?:token|secret|credential|cookie|bearer|api ?key)[^\r\n]{0,40}?[^A-Za-z0-9_+/=.\-]([A-Za-z0-9_+/=.\-]{24,}))"},
    {{"secret.npm", secret, "secret", pattern},
     Confidence::high,
     {"npm_"},
     Begin::at_edge,
     48,
     Check::token,
     R"((npm_[A-Za-z0-9]{36})(?:[^A-Za-z0-9]|\z))"},
    {{"secret.okta", secret, "secret", pattern},
     Confidence::high,
     {"okta", "ssws"},
     Begin::at_literal,
     160,
     Check::token,
     R"((?i)(?:okta|ssws)(?:[^\r\n]{0,60}?[^A-Za-z0-9_\-])(00[A-Za-z0-9_\-]{40}))" SP_EDGE},
    {{"secret.okta_session", secret, "secret", pattern},
     Confidence::medium,
     {"sid"},
     Begin::at_edge,
     80,
     Check::token,
     R"((?i)sid["'\\]{0,3}\s{0,2}[:=]\s{0,2}\\?["']?(10[0-9][A-Za-z0-9_\-]{17,40}))" SP_EDGE},
    {{"secret.private_key", secret, "secret", pattern},
     Confidence::high,
     {"-----begin ", "putty-user-key-file-", "age-secret-key-1", "openssh-key-v1"},
     Begin::at_literal,
     120,
     Check::none,
     R"((-----BEGIN (?:[A-Z0-9]{1,16} ){0,3}PRIVATE KEY(?: BLOCK)?-----|PuTTY-User-Key-File-\d|AGE-SECRET-KEY-1[A-Z0-9]{20,}|openssh-key-v1\x00))"},
    {{"secret.sallyport", secret, "secret", pattern}, // our own bearer tokens
     Confidence::high,
     {"sp_"},
     Begin::at_edge,
     64,
     Check::token,
     R"((sp_[a-z2-7]{10}_[A-Za-z0-9_\-]{43})(?:[^A-Za-z0-9_\-]|\z))"},
    {{"secret.saml", secret, "secret", pattern},
     Confidence::high,
     {"assertion"},
     Begin::at_tag,
     600,
     Check::none,
     R"((?i)(<(?:[\w.\-]{1,20}:)?(?:Encrypted)?Assertion(?:\s[^<>]*)?>))"},
    {{"secret.session_pair", secret, "secret", pattern},
     Confidence::high,
     {"jsessionid=", "phpsessid=", "connect.sid=", "sessionid=", "_session=", "__host-", "__secure-"},
     Begin::at_literal,
     500,
     Check::cookie,
     R"((?i)(?:jsessionid|phpsessid|connect\.sid|sessionid|_session|__(?:host|secure)-[\w\-]{1,40})=([^\s;,"'&]{8,}))"},
    {{"secret.slack", secret, "secret", pattern},
     Confidence::high,
     {"xoxa-", "xoxb-", "xoxe-", "xoxo-", "xoxp-", "xoxr-", "xoxs-", "hooks.slack.com/services/"},
     Begin::at_edge,
     280,
     Check::token,
     R"((xox[abeoprs]-[A-Za-z0-9\-]{10,}|hooks\.slack\.com/services/T\w{6,12}/B\w{6,12}/\w{16,40}))"},
    {{"secret.stripe", secret, "secret", pattern},
     Confidence::high,
     {"sk_live_", "sk_test_", "rk_live_", "rk_test_", "whsec_"},
     Begin::at_edge,
     280,
     Check::token,
     R"(((?:sk|rk)_(?:live|test)_[A-Za-z0-9]{16,}|whsec_[A-Za-z0-9+/]{24,}))"},
    {{"secret.teleport", secret, "secret", pattern},
     Confidence::high,
     {"teleport"},
     Begin::at_literal,
     240,
     Check::token,
     R"((?i)teleport[^\r\n]*?(?:token|session|cookie|invite)["']?[^\r\n0-9a-z]{1,12}([0-9a-f]{32,})(?:[^0-9A-Za-z]|\z))"},
};
#undef SP_KEY_IS
#undef SP_EDGE

static_assert(std::ranges::is_sorted(patterns, {}, [](const Pattern& p) { return p.rule.id; }));

constexpr std::size_t groups_max = 5;

struct Compiled {
  std::vector<std::unique_ptr<const re2::RE2>> expressions; // by index in `patterns`
  std::vector<std::string> words;
  std::vector<std::vector<std::size_t>> users; // patterns of a word
  Literals literals;
  std::vector<Rule> rules;
};

const Compiled& compiled() {
  static const Compiled instance = [] {
    re2::RE2::Options options;
    options.set_encoding(re2::RE2::Options::EncodingLatin1);
    options.set_log_errors(false);
    std::vector<std::unique_ptr<const re2::RE2>> expressions;
    std::map<std::string, std::vector<std::size_t>> users;
    std::vector<Rule> rules;
    for (const Pattern& p : patterns) {
      for (const std::string_view literal : p.literals) {
        if (!literal.empty()) {
          users[std::string(literal)].push_back(expressions.size());
        }
      }
      expressions.push_back(std::make_unique<const re2::RE2>(p.expression, options));
      SP_ASSERT(expressions.back()->ok() &&
                expressions.back()->NumberOfCapturingGroups() < static_cast<int>(groups_max));
      rules.push_back(p.rule);
    }
    std::vector<std::string> literals;
    std::vector<std::vector<std::size_t>> by_literal;
    for (auto& [literal, of] : users) {
      literals.push_back(literal);
      by_literal.push_back(of);
    }
    Literals finder(literals);
    return Compiled{std::move(expressions), std::move(literals), std::move(by_literal), std::move(finder),
                    std::move(rules)};
  }();
  return instance;
}

bool is_alnum(char c) {
  const char letter = static_cast<char>(c | 0x20);
  return (letter >= 'a' && letter <= 'z') || (c >= '0' && c <= '9');
}

// Goes back from `at` over characters of a kind, at most `most`.
template <class F> std::size_t back(std::string_view text, std::size_t at, std::size_t most, F&& belongs) {
  const std::size_t least = at - std::min(at, most);
  while (at > least && belongs(text[at - 1])) {
    --at;
  }
  return at;
}

constexpr std::size_t nowhere = std::string_view::npos;

std::size_t begin_of(Begin begin, std::string_view text, std::size_t literal) {
  switch (begin) {
  case Begin::at_literal:
    return literal;
  case Begin::at_edge:
    return literal > 0 && is_alnum(text[literal - 1]) ? nowhere : literal;
  case Begin::at_tag: {
    const std::size_t name =
        back(text, literal, 32, [](char c) { return is_alnum(c) || c == ':' || c == '_'; });
    return name > 0 && text[name - 1] == '<' ? name - 1 : nowhere;
  }
  case Begin::at_local_part: {
    const std::size_t local = back(text, literal, 64, [](char c) {
      return is_alnum(c) || c == '.' || c == '_' || c == '%' || c == '+' || c == '-';
    });
    return local == literal ? nowhere : local;
  }
  case Begin::at_path: {
    const std::size_t path = back(text, literal, 128, [](char c) {
      return is_alnum(c) || std::string_view("./\\_-~").find(c) != std::string_view::npos;
    });
    const bool drive = path >= 2 && text[path - 1] == ':' && is_alnum(text[path - 2]) &&
                       (path == 2 || !is_alnum(text[path - 3]));
    return drive ? path - 2 : path;
  }
  }
  return nowhere;
}

// The value of the first session cookie of a Cookie or Set-Cookie line; empty where there is none.
std::string_view session_value(std::string_view line) {
  for (std::size_t at = 0; at < line.size();) {
    const std::size_t end = std::min(line.size(), line.find(';', at));
    std::string_view pair = line.substr(at, end - at);
    pair.remove_prefix(std::min(pair.size(), pair.find_first_not_of(' ')));
    const std::size_t equals = pair.find('=');
    if (equals != std::string_view::npos && is_session_name(pair.substr(0, equals))) {
      const std::string_view value = pair.substr(equals + 1);
      if (value.size() >= 8 && !is_placeholder(value) && entropy(value) >= 2.5) {
        return value;
      }
    }
    at = end + 1;
  }
  return {};
}

bool is_public(std::string_view window, std::string_view value) {
  const std::string_view before = window.substr(0, static_cast<std::size_t>(value.data() - window.data()));
  return value.starts_with("AAAA") || before.ends_with("SHA256:") || before.ends_with("sha256:") ||
         before.ends_with("sha256-");
}

// The credential inside a match; empty where the match does not count.
std::string_view value_of(Check check, std::string_view window, std::span<const re2::StringPiece> groups) {
  std::string_view value;
  for (const re2::StringPiece& group : groups.subspan(1)) {
    if (group.data() != nullptr && (!group.empty() || value.empty())) {
      value = {group.data(), group.size()};
    }
  }
  const std::string_view key = groups.size() > 2 ? std::string_view(groups[1].data(), groups[1].size()) : "";
  const auto only_if = [&](bool holds) { return holds ? value : std::string_view(); };
  switch (check) {
  case Check::none:
    return value;
  case Check::token:
    return only_if(!is_token_placeholder(value));
  case Check::opaque:
    return only_if(!is_about_credential(key) && is_opaque_token(value));
  case Check::password: {
    const bool quoted = value.data() > window.data() && (value.data()[-1] == '"' || value.data()[-1] == '\'');
    const bool equals = value.data() > window.data() && value.data()[-1] == '=';
    return only_if(!is_about_credential(key) && is_password(value, quoted || equals));
  }
  case Check::loose:
    return only_if(is_loose_token(value) && !is_public(window, value));
  case Check::url_password:
    return only_if(!is_placeholder(value));
  case Check::jwt:
    return only_if(is_jwt(value));
  case Check::aws_secret:
    return only_if(is_aws_secret(value));
  case Check::cookie:
    return only_if(!is_placeholder(value) && entropy(value) >= 2.5);
  case Check::cookie_line:
    return session_value(value);
  case Check::mail:
    return only_if(!value.starts_with("git@"));
  }
  return {};
}

// To the end of the armour, where one follows; the header alone is a finding too.
std::size_t end_of_block(std::string_view text, std::size_t until, std::string_view end_sign) {
  constexpr std::size_t block_max = 16 * 1024;
  const std::string_view rest = text.substr(until, block_max);
  const std::size_t sign = rest.find(end_sign);
  return sign == std::string_view::npos ? until : until + sign + end_sign.size();
}

class Finder {
public:
  Finder(std::string_view text, const Budgets& budgets, Spent& spent, const TakeMatch& take)
      : text_(text), budgets_(budgets), spent_(spent), take_(take) {}

  void run(void (Literals::*find)(std::string_view, const Literals::Hit&) const) {
    const Compiled& all = compiled();
    (all.literals.*find)(text_, [&](std::size_t word, std::size_t until) {
      for (const std::size_t index : all.users[word]) {
        verify(index, until - all.words[word].size());
      }
      return !spent_.matching_ended;
    });
  }

private:
  void verify(std::size_t index, std::size_t literal) {
    const Pattern& p = patterns[index];
    const std::size_t from = begin_of(p.begin, text_, literal);
    if (from == nowhere) {
      return;
    }
    const std::string_view window = text_.substr(from, p.window);
    spent_.matched_bytes += window.size();
    if (spent_.matched_bytes > budgets_.matched_bytes) {
      spent_.matching_ended = true;
      return;
    }
    const re2::RE2& expression = *compiled().expressions[index];
    std::array<re2::StringPiece, groups_max> groups;
    const auto count = static_cast<std::size_t>(expression.NumberOfCapturingGroups()) + 1;
    if (!expression.Match(re2::StringPiece(window.data(), window.size()), 0, window.size(),
                          re2::RE2::ANCHOR_START, groups.data(), static_cast<int>(count))) {
      return;
    }
    const std::string_view value = value_of(p.check, window, std::span(groups).first(count));
    if (value.empty()) {
      return;
    }
    const auto begin = static_cast<std::size_t>(value.data() - text_.data());
    std::size_t until = begin + value.size();
    if (p.rule.id == "secret.private_key" && value.starts_with("-----")) {
      until = end_of_block(text_, end_of_block(text_, until, "-----END "), "-----");
    }
    take_({.rule = &p.rule, .from = begin, .until = until, .confidence = p.confidence});
  }

  std::string_view text_;
  const Budgets& budgets_;
  Spent& spent_;
  const TakeMatch& take_;
};

} // namespace

void find_patterns(std::string_view text, const Budgets& budgets, Spent& spent, const TakeMatch& take) {
  if (!spent.matching_ended) {
    Finder(text, budgets, spent, take).run(&Literals::find);
  }
}

void find_patterns_by_byte(std::string_view text, const Budgets& budgets, Spent& spent,
                           const TakeMatch& take) {
  Finder(text, budgets, spent, take).run(&Literals::find_by_byte);
}

std::string describe_patterns() {
  std::string out;
  for (const Pattern& p : patterns) {
    out += std::string(p.rule.id) + "\n" + std::string(to_string(p.confidence)) + "\n" + p.expression + "\n" +
           std::to_string(static_cast<int>(p.begin)) + " " + std::to_string(p.window) + " " +
           std::to_string(static_cast<int>(p.check));
    for (const std::string_view literal : p.literals) {
      out += literal.empty() ? "" : "\n" + std::string(literal);
    }
    out += "\n\n";
  }
  return out;
}

std::span<const Rule> pattern_rules() {
  return compiled().rules;
}

bool names_a_credential(std::string_view name) {
  static const re2::RE2 credential(
      R"((?i)(?:password|passwd|passphrase|passcode|pwd|token|secret|api[_-]?key|access_?key|private_?key|session_?key|credential|session_cookie|cookie|sid|auth_key|authorization|okta|teleport))");
  return re2::RE2::PartialMatch(re2::StringPiece(name.data(), name.size()), credential);
}

} // namespace sallyport::scan
