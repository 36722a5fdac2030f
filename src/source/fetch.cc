#include "source/fetch.h"

#include "source/probe.h"

#include <algorithm>
#include <curl/curl.h>
#include <fstream>
#include <thread>
#include <utility>

namespace sallyport::source {
namespace {

constexpr std::string_view token_where = "/auth/file";
constexpr std::size_t token_bytes_max = 8 * 1024;

struct FreeEasy {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};

struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

struct Body {
  std::string& text;
  std::size_t bytes_max;
};

std::size_t take_body(char* data, std::size_t, std::size_t bytes, void* to) {
  const auto& [text, bytes_max] = *static_cast<Body*>(to);
  if (bytes > bytes_max - text.size()) {
    return CURL_WRITEFUNC_ERROR;
  }
  text.append(data, bytes);
  return bytes;
}

Result<Sensitive<std::string>> read_token(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::string line;
  if (!in || !std::getline(in, line)) {
    return fail(ErrorCode::not_found, std::string(token_where), "cannot be read");
  }
  if (line.ends_with('\r')) {
    line.pop_back();
  }
  const bool clean = std::ranges::all_of(line, [](char c) { return c >= ' ' && c < 0x7f; });
  if (line.empty() || line.size() > token_bytes_max || !clean) {
    return fail(ErrorCode::malformed, std::string(token_where), "has no usable first line");
  }
  return Sensitive(std::move(line));
}

struct Credentials {
  std::string id;
  Sensitive<std::string> secret;
  Sensitive<std::string> session; // empty: a key of its own, which does not expire
};

// "id:secret" or "id:secret:session token". None of the three can hold a colon.
Result<Credentials> parse_credentials(std::string_view line) {
  const std::size_t first = std::min(line.find(':'), line.size());
  const std::size_t second = std::min(line.find(':', first + 1), line.size());
  if (first == 0 || second <= first + 1 || second + 1 == line.size()) {
    return fail(ErrorCode::malformed, std::string(token_where), "has no key id and secret");
  }
  const std::string_view session = second == line.size() ? "" : line.substr(second + 1);
  return Credentials{std::string(line.substr(0, first)),
                     Sensitive(std::string(line.substr(first + 1, second - first - 1))),
                     Sensitive(std::string(session))};
}

} // namespace

struct Fetcher::Impl {
  std::string base_url;
  Duration timeout;
  Duration pause;
  std::size_t bytes_max = answer_bytes_max;
  bool asked = false;
  std::chrono::steady_clock::time_point deadline;
  std::unique_ptr<CURL, FreeEasy> easy;
  std::unique_ptr<curl_slist, FreeList> headers;

  bool sign_with(const SigV4& scope, const Credentials& credentials) {
    CURL* h = easy.get();
    const std::string provider = "aws:amz:" + scope.region + ":" + scope.service;
    return curl_easy_setopt(h, CURLOPT_USERNAME, credentials.id.c_str()) == CURLE_OK &&
           curl_easy_setopt(h, CURLOPT_PASSWORD, credentials.secret.expose().c_str()) == CURLE_OK &&
           curl_easy_setopt(h, CURLOPT_AWS_SIGV4, provider.c_str()) == CURLE_OK &&
           (credentials.session.expose().empty() ||
            add_header("X-Amz-Security-Token: " + credentials.session.expose()));
  }

  bool add_header(const std::string& line) {
    curl_slist* longer = curl_slist_append(headers.get(), line.c_str());
    if (longer == nullptr) {
      return false;
    }
    static_cast<void>(headers.release());
    headers.reset(longer);
    return true;
  }

  void set_options() const {
    CURL* h = easy.get();
    curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(h, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(h, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(h, CURLOPT_SSL_VERIFYHOST, 2L);
    curl_easy_setopt(h, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    curl_easy_setopt(h, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    curl_easy_setopt(h, CURLOPT_HTTP09_ALLOWED, 0L);
    curl_easy_setopt(h, CURLOPT_PROXY, "");
    curl_easy_setopt(h, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(h, CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(bytes_max));
    curl_easy_setopt(h, CURLOPT_USERAGENT, "sallyport");
    curl_easy_setopt(h, CURLOPT_HTTPHEADER, headers.get());
    curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, &take_body);
  }
};

Fetcher::Fetcher(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {
}

Fetcher::Fetcher(Fetcher&&) noexcept = default;
Fetcher::~Fetcher() = default;

Result<Fetcher> Fetcher::open(const Config& config, std::size_t bytes_max) {
  static const CURLcode global = curl_global_init(CURL_GLOBAL_DEFAULT);
  auto impl = std::make_unique<Impl>();
  impl->easy.reset(global == CURLE_OK ? curl_easy_init() : nullptr);
  impl->base_url = config.base_url;
  impl->bytes_max = bytes_max;
  impl->timeout = config.timeout;
  impl->pause = config.pause;
  impl->deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(config.deadline.ms);
  bool ready = impl->easy != nullptr && impl->add_header("Accept: application/json");
  for (const auto& [name, value] : config.headers) {
    ready = ready && impl->add_header(name + ": " + value);
  }
  if (ready && config.auth) {
    SP_TRY(const Sensitive<std::string> token, read_token(config.auth->file));
    if (config.auth->sigv4) {
      SP_TRY(const Credentials credentials, parse_credentials(token.expose()));
      ready = impl->sign_with(*config.auth->sigv4, credentials);
    } else {
      ready = impl->add_header(config.auth->header + ": " + token.expose());
    }
  }
  if (!ready) {
    return fail(ErrorCode::unavailable, "", "the HTTP client could not be set up");
  }
  impl->set_options();
  return Fetcher(std::move(impl));
}

Result<Fetched> Fetcher::ask(std::string_view target, std::string_view post) {
  const auto time_left = [&] {
    return std::chrono::duration_cast<std::chrono::milliseconds>(impl_->deadline -
                                                                 std::chrono::steady_clock::now());
  };
  if (impl_->asked) {
    std::this_thread::sleep_for(std::min(std::chrono::milliseconds(impl_->pause.ms), time_left()));
  }
  impl_->asked = true;
  const auto left = time_left();
  if (left.count() <= 0) {
    return fail(ErrorCode::unavailable, "", "the time for this source was used up");
  }
  CURL* h = impl_->easy.get();
  Fetched out;
  const std::string url = impl_->base_url + std::string(target);
  curl_easy_setopt(h, CURLOPT_URL, url.c_str());
  curl_easy_setopt(h, CURLOPT_TIMEOUT_MS,
                   static_cast<long>(std::min<std::int64_t>(impl_->timeout.ms, left.count())));
  Body body{out.body, impl_->bytes_max};
  curl_easy_setopt(h, CURLOPT_WRITEDATA, &body);
  if (post.empty()) {
    curl_easy_setopt(h, CURLOPT_HTTPGET, 1L);
  } else {
    curl_easy_setopt(h, CURLOPT_POSTFIELDSIZE, static_cast<long>(post.size()));
    curl_easy_setopt(h, CURLOPT_COPYPOSTFIELDS, post.data());
  }
  const CURLcode code = curl_easy_perform(h);
  if (code == CURLE_FILESIZE_EXCEEDED || code == CURLE_WRITE_ERROR) {
    return fail(ErrorCode::too_large, "", "the answer is longer than the limit");
  }
  if (code != CURLE_OK) {
    return fail(ErrorCode::unavailable, "", std::string("no answer: ") + curl_easy_strerror(code));
  }
  long status = 0;
  curl_easy_getinfo(h, CURLINFO_RESPONSE_CODE, &status);
  out.status = static_cast<int>(status);
  curl_header* field = nullptr;
  if (curl_easy_header(h, "Date", 0, CURLH_HEADER, -1, &field) == CURLHE_OK) {
    if (const time_t seconds = curl_getdate(field->value, nullptr); seconds >= 0) {
      out.date = Instant{static_cast<std::int64_t>(seconds) * 1000};
    }
  }
  return out;
}

std::string percent_encode(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const bool unreserved = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                            c == '-' || c == '.' || c == '_' || c == '~';
    if (unreserved) {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += {'%', digits[byte >> 4], digits[byte & 15]};
    }
  }
  return out;
}

} // namespace sallyport::source
