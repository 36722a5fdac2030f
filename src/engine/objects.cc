#include "engine/objects.h"

#include "packet/archive.h"

#include <algorithm>

namespace sallyport::engine {
namespace {

struct StoredObject {
  std::string source;
  std::string key;
  std::vector<Digest> contents;

  template <class A> void fields(A& a) {
    a("source", source);
    a("key", key);
    a("contents", contents);
  }
};

} // namespace

ObjectId Objects::obtain(const std::string& source, const std::string& key, std::uint64_t random) {
  const auto [at, is_new] = by_key_.try_emplace({source, key}, ObjectId::from_random(random));
  if (is_new) {
    by_id_[at->second] = {source, key, {}};
    changed_.push_back(at->second);
  }
  return at->second;
}

std::uint32_t Objects::ordinal(const ObjectId& id, const Digest& content) {
  std::vector<Digest>& contents = by_id_.at(id).contents;
  const auto at = std::ranges::find(contents, content);
  const auto position = static_cast<std::uint32_t>(at - contents.begin());
  if (at == contents.end()) {
    contents.push_back(content);
    changed_.push_back(id);
  }
  return position + 1;
}

const Object* Objects::find(const ObjectId& id) const {
  const auto at = by_id_.find(id);
  return at == by_id_.end() ? nullptr : &at->second;
}

const ObjectId* Objects::find(const std::string& source, const std::string& key) const {
  const auto at = by_key_.find({source, key});
  return at == by_key_.end() ? nullptr : &at->second;
}

std::vector<ObjectId> Objects::take_changed() {
  std::vector<ObjectId> out;
  std::swap(out, changed_);
  std::ranges::sort(out);
  const auto [first, last] = std::ranges::unique(out);
  out.erase(first, last);
  return out;
}

canon::Value Objects::to_value(const Object& object) {
  return packet::to_value(StoredObject{object.source, object.key, object.contents});
}

Result<void> Objects::load(const ObjectId& id, const canon::Value& stored) {
  SP_TRY(StoredObject object, packet::read<StoredObject>(stored));
  by_key_[{object.source, object.key}] = id;
  by_id_[id] = {std::move(object.source), std::move(object.key), std::move(object.contents)};
  return {};
}

} // namespace sallyport::engine
