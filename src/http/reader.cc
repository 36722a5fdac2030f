#include "http/reader.h"

#include "http/percent.h"
#include "http/problem.h"

#define BOOST_ASIO_SEPARATE_COMPILATION
#define BOOST_BEAST_SEPARATE_COMPILATION
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <algorithm>
#include <cstring>
#include <functional>
#include <optional>
#include <vector>

namespace sallyport::http {

namespace beast = boost::beast;

namespace {

using Parser = beast::http::request_parser<beast::http::string_body>;

Response malformed(std::string_view detail) {
  return problem(400, "malformed", "The request is malformed", detail);
}

// What the parser leaves to us, checked when the head is whole. Everything doubtful about where the
// request ends is refused, because another server in front may read it differently (RFC 9112 section
// 11.2).
std::optional<Response> refuse_head(const Request& head, unsigned version) {
  const auto& headers = head.headers;
  const std::string* coding = headers.find("transfer-encoding");
  if (headers.count("content-length") > 1 || headers.count("transfer-encoding") > 1 ||
      (coding != nullptr && (headers.find("content-length") != nullptr || version < 11))) {
    return malformed("the length of the body is given in more than one way");
  }
  const std::string* length = headers.find("content-length");
  if (length != nullptr && length->find_first_not_of("0123456789") != std::string::npos) {
    return malformed("the length of the body is no number");
  }
  if (coding != nullptr && !beast::iequals(*coding, "chunked")) {
    return problem(501, "unsupported", "This transfer coding is not supported", "only chunked is");
  }
  if (const std::size_t hosts = headers.count("host"); hosts > 1 || (hosts == 0 && version >= 11)) {
    return malformed("a request names exactly one host");
  }
  if (const std::string* expect = headers.find("expect");
      expect != nullptr && !beast::iequals(*expect, "100-continue")) {
    return problem(417, "unsupported", "This expectation is not supported");
  }
  const auto is_visible = [](char c) { return c > 0x20 && c < 0x7F && c != '#'; };
  if (!head.target.starts_with('/') || !std::ranges::all_of(head.target, is_visible)) {
    return malformed("the request target is no path");
  }
  return std::nullopt;
}

// A field that goes on in the next line (RFC 9112 section 5.2): the parser joins the lines, and another
// server in front may not.
bool is_folded(std::string_view lines) {
  return lines.find("\r\n ") != std::string_view::npos || lines.find("\r\n\t") != std::string_view::npos;
}

} // namespace

struct Reader::Impl {
  explicit Impl(const ServerOptions& o) : options(o), buffer(o.header_bytes_max + 4096) { restart(); }

  void restart();
  State parse();
  std::size_t put(boost::system::error_code& error);
  bool lacks_behind_an_extension() const;
  std::optional<Response> finish_head();
  Response refusal_of(const boost::system::error_code& error) const;

  State fail_with(Response response) {
    failure = std::move(response);
    return State::failed;
  }

  // Nobody sends extensions, and servers differ in where one ends, so none is taken (RFC 9112 section 7.1.1).
  // The parser keeps a reference.
  std::function<void(std::uint64_t, beast::string_view, boost::system::error_code&)> no_extensions =
      [](std::uint64_t, beast::string_view extensions, boost::system::error_code& error) {
        if (!extensions.empty()) {
          error = beast::http::error::bad_chunk_extension;
        }
      };
  const ServerOptions& options;
  std::vector<char> buffer; // received and not yet parsed: [begin, end)
  std::size_t begin = 0;
  std::size_t end = 0;
  std::optional<Parser> parser; // one per request: it cannot be used twice
  Request request;              // filled when the head is whole, so trailers never become headers
  std::size_t head_bytes = 0;   // counted here: the parser's own limit forgets what it has consumed
  bool body_begun = false;
  bool expects_continue = false;
  Response failure;
};

void Reader::Impl::restart() {
  parser.emplace();
  parser->header_limit(static_cast<std::uint32_t>(options.header_bytes_max));
  parser->body_limit(options.body_bytes_max);
  parser->on_chunk_header(no_extensions);
  parser->eager(false); // stop behind the head, so that it can be refused before its body is read
  request = {};
  head_bytes = 0;
  body_begun = false;
  expects_continue = false;
}

// Parses on until it lacks bytes.
Reader::State Reader::Impl::parse() {
  while (!parser->is_done() && begin < end) {
    const bool in_head = !parser->is_header_done();
    // The parser asserts that a chunked body has its five bytes ("0\r\n\r\n") when it looks twice.
    if (!in_head && !body_begun && parser->chunked() && end - begin < 5) {
      break;
    }
    boost::system::error_code error;
    const std::string_view received(buffer.data() + begin, end - begin);
    const std::size_t used = put(error);
    const bool lacking = error == beast::http::error::need_more;
    if (error && !lacking) {
      return fail_with(refusal_of(error));
    }
    if (in_head) {
      head_bytes += used;
      const std::size_t unread = lacking ? end - begin : 0;
      if (head_bytes + unread > options.header_bytes_max) {
        return fail_with(refusal_of(beast::http::error::header_limit));
      }
      if (is_folded(received.substr(0, used))) {
        return fail_with(malformed("a header field goes over two lines"));
      }
    } else {
      body_begun = body_begun || used > 0;
    }
    if (lacking && !in_head && lacks_behind_an_extension()) {
      return fail_with(refusal_of(beast::http::error::bad_chunk_extension));
    }
    if (lacking) {
      break;
    }
    if (in_head && parser->is_header_done()) {
      if (auto refused = finish_head()) {
        return fail_with(*std::move(refused));
      }
    }
  }
  if (parser->is_done()) {
    request.body = std::move(parser->get().body());
    return State::complete;
  }
  std::memmove(buffer.data(), buffer.data() + begin, end - begin);
  end -= begin;
  begin = 0;
  if (end == buffer.size()) { // only a chunk's extensions or the trailers can be that long
    return fail_with(malformed("a chunk's header is too long"));
  }
  return State::more;
}

std::size_t Reader::Impl::put(boost::system::error_code& error) {
  const std::size_t used = parser->put({buffer.data() + begin, end - begin}, error);
  begin += used;
  return used;
}

// In an extension's quoted value the parser reads on behind the line's end, where more arrives at once.
bool Reader::Impl::lacks_behind_an_extension() const {
  std::string_view rest(buffer.data() + begin, end - begin);
  if (rest.starts_with("\r\n")) { // of the chunk before
    rest.remove_prefix(2);
  }
  const std::size_t line = rest.find("\r\n");
  return line != std::string_view::npos && rest.substr(0, line).find(';') != std::string_view::npos;
}

std::optional<Response> Reader::Impl::finish_head() {
  const auto& head = parser->get();
  request.method = head.method_string();
  request.target = head.target();
  for (const auto& field : head) {
    request.headers.add(std::string_view(field.name_string()), std::string(field.value()));
  }
  if (auto refused = refuse_head(request, head.version())) {
    return refused;
  }
  const std::size_t question = std::min(request.target.find('?'), request.target.size());
  request.path = request.target.substr(0, question);
  auto query =
      parse_query(std::string_view(request.target).substr(std::min(question + 1, request.target.size())));
  if (!query) {
    return malformed("the query is no percent-encoded UTF-8");
  }
  request.query = *std::move(query);
  expects_continue = request.headers.find("expect") != nullptr && head.version() >= 11 && !parser->is_done();
  parser->eager(true);
  return std::nullopt;
}

Response Reader::Impl::refusal_of(const boost::system::error_code& error) const {
  if (error == beast::http::error::header_limit) {
    canon::Object limit{{"limit_bytes", options.header_bytes_max}};
    return problem(431, "too-large", "The request is too large", "its header fields pass the limit", limit);
  }
  if (error == beast::http::error::body_limit) {
    canon::Object limit{{"limit_bytes", options.body_bytes_max}};
    return problem(413, "too-large", "The request is too large", "its body passes the limit", limit);
  }
  if (error == beast::http::error::bad_version) {
    return problem(505, "unsupported", "This version of HTTP is not supported",
                   "the request line does not end in HTTP/1.1 or HTTP/1.0");
  }
  return malformed("this is no HTTP/1.1 request");
}

Reader::Reader(const ServerOptions& options) : impl_(std::make_unique<Impl>(options)) {
}

Reader::~Reader() = default;

std::span<char> Reader::room() {
  return std::span(impl_->buffer).subspan(impl_->end);
}

Reader::State Reader::received(std::size_t bytes) {
  SP_ASSERT(bytes <= impl_->buffer.size() - impl_->end);
  impl_->end += bytes;
  return impl_->parse();
}

Reader::State Reader::next() {
  impl_->restart();
  return impl_->parse();
}

bool Reader::started() const {
  return impl_->head_bytes > 0 || has_rest();
}

bool Reader::has_rest() const {
  return impl_->begin < impl_->end;
}

bool Reader::take_expectation() {
  return std::exchange(impl_->expects_continue, false) && !impl_->body_begun;
}

Request Reader::take() {
  return std::move(impl_->request);
}

bool Reader::keep_alive() const {
  return impl_->parser->get().version() >= 11 && impl_->parser->keep_alive();
}

Response Reader::refusal() const {
  return impl_->failure;
}

} // namespace sallyport::http
