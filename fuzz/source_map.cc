// Records of other systems, read by the examples' configurations: what is found has the key that was asked
// for, only attributes that the map names, touched values sorted and distinct, and the content digest of its
// own pointers. The people of a directory are sorted and distinct.
//
// Input: which configuration (1 byte), then the record as JSON.
#include "source/map.h"

#include "base/bytes.h"
#include "canon/json.h"
#include "source/select.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

using namespace sallyport;
using namespace sallyport::source;

namespace {

std::vector<Config> read_examples() {
  std::vector<std::filesystem::path> files;
  for (const auto& file :
       std::filesystem::recursive_directory_iterator(SALLYPORT_SOURCE_DIR "/examples/sources")) {
    if (file.path().extension() == ".json") {
      files.push_back(file.path());
    }
  }
  std::ranges::sort(files);
  std::vector<Config> configs;
  for (const auto& path : files) {
    std::ifstream in(path, std::ios::binary);
    configs.push_back(parse_config(std::string{std::istreambuf_iterator<char>(in), {}}).value());
  }
  SP_ASSERT(!configs.empty());
  return configs;
}

bool is_set(const std::vector<std::string>& values) {
  return std::ranges::adjacent_find(values, std::ranges::greater_equal{}) == values.end();
}

// What the record says its key is; any other key must be refused.
std::string key_of(const Map& map, const canon::Value& record) {
  const canon::Value* value = source::select(record, map.key).value_or(nullptr);
  if (value != nullptr && value->integer() != nullptr) {
    return std::to_string(*value->integer());
  }
  return value != nullptr && value->string() != nullptr ? *value->string() : "none";
}

void check_map(const Map& map, const canon::Value& record) {
  const std::string key = key_of(map, record);
  const auto answer = map_record(map, key, record);
  SP_ASSERT(!map_record(map, key + "x", record));
  if (!answer) {
    return;
  }
  SP_ASSERT(answer->key == key && (answer->status == ObjectStatus::unknown) == answer->fault.has_value());
  if (answer->status != ObjectStatus::found) {
    return;
  }
  SP_ASSERT(content_digest(map.content, record) == answer->content);
  for (const auto& [name, value] : answer->attrs) {
    SP_ASSERT(map.attrs.contains(name));
  }
  for (const auto& [dimension, values] : answer->touches) {
    SP_ASSERT(map.touches.contains(dimension) && is_set(values));
  }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::vector<Config> configs = read_examples();
  if (size == 0) {
    return 0;
  }
  const auto record = canon::parse_foreign(as_text({data + 1, size - 1}));
  if (!record) {
    return 0;
  }
  const Config& config = configs[data[0] % configs.size()];
  if (const auto* directory = std::get_if<DirectoryShape>(&config.shape)) {
    if (const auto people = map_directory(*directory, *record)) {
      SP_ASSERT(is_set(people->members));
    }
    return 0;
  }
  for (const Shape& shape : std::get<std::vector<Shape>>(config.shape)) {
    if (const auto found = source::select(*record, shape.record); found && *found != nullptr) {
      check_map(shape.map, **found);
    }
    check_map(shape.map, *record);
  }
  return 0;
}
