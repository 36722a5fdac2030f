#include "http/problem.h"

#include "canon/json.h"

namespace sallyport::http {

Response problem(int status, std::string_view type_slug, std::string_view title, std::string_view detail,
                 canon::Object extensions) {
  extensions.set("type", "urn:sallyport:problem:" + std::string(type_slug));
  extensions.set("title", title);
  extensions.set("status", status);
  extensions.erase("detail");
  if (!detail.empty()) {
    extensions.set("detail", detail);
  }
  Response response{.status = status, .headers = {}, .body = canon::write(std::move(extensions))};
  response.headers.add("content-type", "application/problem+json");
  response.headers.add("cache-control", "no-store");
  return response;
}

} // namespace sallyport::http
