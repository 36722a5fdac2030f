// source::parse_config: whatever it takes asks only where a configuration may send a request, with one
// place for the key in each path and body, and finds for each key the shape with the longest prefix.
#include "source/config.h"

#include "base/bytes.h"
#include "canon/pointer.h"

#include <algorithm>
#include <cctype>

using namespace sallyport;
using namespace sallyport::source;

namespace {

// A path keeps to one line of ASCII: nothing in it can begin another header.
bool is_path(std::string_view path) {
  return path.starts_with('/') && path.find_first_of("\r\n \t#") == std::string_view::npos;
}

// Scheme and host are the same in upper case (RFC 3986 section 6.2.2.1).
bool is_guarded(std::string url) {
  std::ranges::transform(url, url.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return url.starts_with("https://") || url.starts_with("http://127.0.0.1") ||
         url.starts_with("http://localhost") || url.starts_with("http://[::1]");
}

void check_shapes(const Config& config, const std::vector<Shape>& shapes) {
  SP_ASSERT(!shapes.empty());
  for (const Shape& shape : shapes) {
    const std::string asked = shape.path + shape.post;
    const std::size_t at = asked.find("{key}");
    SP_ASSERT(is_path(shape.path) && at != std::string::npos &&
              asked.find("{key}", at + 1) == std::string::npos);
    SP_ASSERT(canon::is_pointer(shape.record) && canon::is_pointer(shape.map.key));
    SP_ASSERT(!shape.map.content.empty());
    const Shape* found = find_shape(config, shape.prefix + "1");
    SP_ASSERT(found != nullptr && found->prefix.size() >= shape.prefix.size());
  }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto config = parse_config(as_text({data, size}));
  if (!config) {
    return 0;
  }
  SP_ASSERT(is_guarded(config->base_url));
  SP_ASSERT(config->base_url.find_first_of("@?# \r\n") == std::string::npos);
  SP_ASSERT(config->timeout.ms > 0 && config->timeout.ms <= config->deadline.ms);
  SP_ASSERT(is_path(config->watermark.path));
  if (const auto* shapes = std::get_if<std::vector<Shape>>(&config->shape)) {
    check_shapes(*config, *shapes);
  } else {
    SP_ASSERT(find_shape(*config, "1") == nullptr);
  }
  return 0;
}
