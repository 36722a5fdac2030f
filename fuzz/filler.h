// Fills a stored type through the very walk that writes and reads it (packet/archive.h): one of everything.
#pragma once

#include "packet/archive.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace sallyport::fuzz {

class Filler {
public:
  template <class T> void operator()(const char* /*name*/, T& member) { value(member); }

  template <class T> void operator()(T& item) { value(item); }

  void value(std::string& s) { s = "word"; }

  void value(bool& b) { b = true; }

  template <std::integral N>
    requires(!std::same_as<N, bool>)
  void value(N& n) {
    n = 7;
  }

  void value(Instant& t) { t.ms = 1'795'000'000'000; }

  void value(Duration& d) { d.ms = 600'000; }

  void value(Digest& d) { d.bytes.fill(0xAB); }

  void value(canon::Value& v) { v = canon::Object{{"text", "word"}}; }

  void value(canon::Object& o) { o.set("text", "word"); }

  template <class K> void value(Id<K>& id) { id = Id<K>::from_random(++ids_); }

  template <class T> void value(std::optional<T>& member) { value(member.emplace()); }

  template <class T> void value(std::vector<T>& items) { value(items.emplace_back()); }

  template <class K, class T> void value(std::map<K, T>& items) {
    K key;
    value(key);
    value(items[key]);
  }

  template <packet::Stored T> void value(T& t) { t.fields(*this); }

  template <packet::Row T> void value(T& t) { t.items(*this); }

private:
  std::uint64_t ids_ = 0;
};

} // namespace sallyport::fuzz
