#include "http/client.h"

#include <curl/curl.h>

#include <algorithm>
#include <memory>
#include <string_view>

namespace sallyport::http {
namespace {

struct FreeEasy {
  void operator()(CURL* curl) const { curl_easy_cleanup(curl); }
};

struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

using Easy = std::unique_ptr<CURL, FreeEasy>;
using HeaderList = std::unique_ptr<curl_slist, FreeList>;

struct Receiver {
  Response response;
  std::size_t body_bytes_max = 0;
  std::size_t header_bytes = 0;
  bool too_large = false;
  const std::function<bool(std::string_view)>* take = nullptr;
  CURL* curl = nullptr;
  bool had_enough = false;
};

long status_of(CURL* curl) {
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  return status;
}

// The callbacks answer less than they were given to end the transfer.
std::size_t on_body(const char* data, std::size_t, std::size_t size, void* context) {
  auto& receiver = *static_cast<Receiver*>(context);
  if (receiver.take != nullptr && status_of(receiver.curl) == 200) {
    receiver.had_enough = !(*receiver.take)({data, size});
    return receiver.had_enough ? 0 : size;
  }
  if (size > receiver.body_bytes_max - receiver.response.body.size()) {
    receiver.too_large = true;
    return 0;
  }
  receiver.response.body.append(data, size);
  return size;
}

std::size_t on_header(const char* data, std::size_t, std::size_t size, void* context) {
  auto& receiver = *static_cast<Receiver*>(context);
  receiver.header_bytes += size;
  if (receiver.header_bytes > limits::header_bytes) {
    receiver.too_large = true;
    return 0;
  }
  std::string_view line(data, size);
  if (line.starts_with("HTTP/")) {
    receiver.response.headers = {}; // an interim answer came before
    return size;
  }
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) {
    return size;
  }
  std::string_view value = line.substr(colon + 1);
  value.remove_prefix(std::min(value.find_first_not_of(" \t"), value.size()));
  value = value.substr(0, value.find_last_not_of(" \t\r\n") + 1);
  receiver.response.headers.add(line.substr(0, colon), std::string(value));
  return size;
}

// A line break in a field would start another one.
bool is_line(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) == text.npos;
}

Result<HeaderList> header_list(const Headers& headers) {
  HeaderList list;
  const auto append = [&list](const std::string& line) {
    curl_slist* longer = curl_slist_append(list.get(), line.c_str());
    SP_ASSERT(longer != nullptr);
    (void)list.release();
    list.reset(longer);
  };
  // To curl "name:" means "leave out what you would send", and "name;" an empty value.
  append("Expect:");
  if (headers.find("content-type") == nullptr) {
    append("Content-Type:");
  }
  for (const auto& [name, value] : headers) {
    if (!is_line(name) || !is_line(value)) {
      return fail(ErrorCode::malformed, "", "a line break in a header field of the request");
    }
    append(value.empty() ? name + ";" : name + ": " + value);
  }
  return list;
}

Error error_of(CURLcode code, const Receiver& receiver, std::string where) {
  if (receiver.too_large) {
    return {ErrorCode::too_large, std::move(where), "the answer is larger than this client takes"};
  }
  switch (code) {
  case CURLE_COULDNT_CONNECT:
  case CURLE_COULDNT_RESOLVE_HOST:
    return {ErrorCode::unavailable, std::move(where), nobody_there};
  case CURLE_OPERATION_TIMEDOUT:
    return {ErrorCode::unavailable, std::move(where), "no answer came in time"};
  case CURLE_URL_MALFORMAT:
  case CURLE_UNSUPPORTED_PROTOCOL:
    return {ErrorCode::malformed, std::move(where), "this is no http address"};
  default:
    return {ErrorCode::unavailable, std::move(where), "the connection ended before a whole answer"};
  }
}

void set_method(CURL* curl, const Request& request) {
  if (request.method == "HEAD") {
    curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
    return;
  }
  if (!request.body.empty() || request.method == "POST" || request.method == "PUT" ||
      request.method == "PATCH") {
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request.body.c_str());
  }
  curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request.method.c_str());
}

using Take = std::function<bool(std::string_view)>;

// `take`: null where the body is collected.
Result<Response> exchange(const ClientOptions& options, const Request& request, const Take* take) {
  static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
  const Easy easy(ready == CURLE_OK ? curl_easy_init() : nullptr);
  CURL* curl = easy.get();
  if (curl == nullptr) {
    return fail(ErrorCode::internal, "", "the HTTP client did not start");
  }
  const std::string where = options.unix_socket.empty() ? options.origin : options.unix_socket.string();
  if (!request.target.starts_with('/')) {
    return fail(ErrorCode::malformed, where, "a request target starts with a slash");
  }
  SP_TRY(const HeaderList headers, header_list(request.headers));
  const std::string url = options.origin + request.target;
  Receiver receiver{.response = {}, .body_bytes_max = options.body_bytes_max, .take = take, .curl = curl};

  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http");
  curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(curl, CURLOPT_PROXY, "");
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options.connect_timeout.ms));
  if (take == nullptr) {
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(options.timeout.ms));
  } else {
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, static_cast<long>(options.timeout.ms / 1'000));
  }
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &receiver);
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, &receiver);
  if (!options.unix_socket.empty()) {
    curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, options.unix_socket.c_str());
  }
  set_method(curl, request);

  if (const CURLcode code = curl_easy_perform(curl); code != CURLE_OK && !receiver.had_enough) {
    return std::unexpected(error_of(code, receiver, where));
  }
  receiver.response.status = static_cast<int>(status_of(curl));
  return std::move(receiver.response);
}

} // namespace

Result<Response> fetch(const ClientOptions& options, const Request& request) {
  return exchange(options, request, nullptr);
}

Result<Response> follow(const ClientOptions& options, const Request& request, const Take& take) {
  return exchange(options, request, &take);
}

} // namespace sallyport::http
