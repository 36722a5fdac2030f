// Which record of which source an object id stands for, and which contents it has had: content
// ordinals are positions in that list. The log has ids and ordinals only; this table is what they
// mean, kept under each object's own data key.
#pragma once

#include "base/digest.h"
#include "base/id.h"
#include "base/result.h"
#include "canon/value.h"

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace sallyport::engine {

struct Object {
  std::string source;
  std::string key;
  std::vector<Digest> contents; // ordinal 1 is the first
};

class Objects {
public:
  // The id of the record, drawn by `random` where it is new.
  ObjectId obtain(const std::string& source, const std::string& key, std::uint64_t random);
  // The ordinal of a content, new where it has not been seen.
  std::uint32_t ordinal(const ObjectId& id, const Digest& content);

  const Object* find(const ObjectId& id) const;
  const ObjectId* find(const std::string& source, const std::string& key) const;

  // Ids changed since the last call: their rows are to be stored.
  std::vector<ObjectId> take_changed();

  static canon::Value to_value(const Object& object);
  Result<void> load(const ObjectId& id, const canon::Value& stored);

private:
  std::map<ObjectId, Object> by_id_;
  std::map<std::pair<std::string, std::string>, ObjectId> by_key_;
  std::vector<ObjectId> changed_;
};

} // namespace sallyport::engine
