#include "dump/survey.h"

#include "dump/classify.h"
#include "dump/limits.h"

#include <fmt/format.h>

namespace sallyport::dump {
namespace {

constexpr std::string_view beyond_limit = "is more than the limit allows, and was not read beyond it";

} // namespace

std::string Where::text() const {
  std::string out = fmt::format("/{}", list);
  if (index != no_index) {
    out += fmt::format("/{}", index);
  }
  return member.empty() ? out : out + fmt::format("/{}", member);
}

bool Survey::add(Range range, RegionClass klass, std::uint32_t owner, Origin origin, Where where) {
  const Range inside = common(range, {0, file_.size()});
  if (!inside.empty() && has_room(claims_.size(), limits::claims_max, {"claims"})) {
    claims_.push_back({inside, klass, owner, origin});
  }
  return has_bytes(range, where);
}

bool Survey::claim(Range range, RegionClass klass, Where where, std::uint32_t owner) {
  return add(range, klass, owner, Origin::file, where);
}

bool Survey::claim_memory(std::uint64_t address, Range range, Where where) {
  const bool whole = add(range, RegionClass::heap, nobody, Origin::memory, where);
  const Range inside = common(range, {0, file_.size()});
  if (!inside.empty() && has_room(dump.memory.size(), limits::ranges_max, {"memory"})) {
    dump.memory.push_back({address, inside});
  }
  return whole;
}

void Survey::hold(Where where, std::string_view why, Cause cause) {
  if (held_.size() > limits::reasons_max) {
    return;
  }
  std::string place = where.text();
  if (!held_.empty() && held_.back().where == place && held_.back().why == why) {
    return; // said already
  }
  if (held_.size() < limits::reasons_max) {
    held_.push_back({cause, std::move(place), std::string(why)});
  } else {
    held_.push_back({Cause::budget, "/held", "there are more reasons than are listed"});
  }
}

bool Survey::has_bytes(Range range, Where where) {
  if (Range(0, file_.size()).contains(range)) {
    return true;
  }
  hold(where, "reaches behind the end of the file");
  return false;
}

bool Survey::has_room(std::size_t have, std::size_t limit, Where where) {
  if (have < limit) {
    return true;
  }
  hold(where, beyond_limit, Cause::budget);
  return false;
}

std::uint64_t Survey::countable(Range range, std::uint64_t count, std::uint64_t size, std::size_t limit,
                                Where where) {
  const std::uint64_t fitting = common(range, {0, file_.size()}).size() / size;
  if (count > fitting) {
    hold(where, "promises more records than it has bytes for");
    count = fitting;
  }
  if (count > limit) {
    hold(where, beyond_limit, Cause::budget);
    count = limit;
  }
  return count;
}

bool Survey::may_read_record() {
  return has_room(records_++, limits::records_max, {"records"});
}

Text Survey::text_until_nul(Range range, RegionClass klass, Where where) {
  const ByteView bytes = slice(file_, range.part(0, limits::path_bytes_max));
  const auto length = static_cast<std::uint64_t>(std::ranges::find(bytes, 0) - bytes.begin());
  claim(range.part(0, length + 1), klass, where);
  if (length == bytes.size()) {
    hold(where, "has a text that does not end");
  }
  return {range.part(0, length), Encoding::utf8};
}

// Where modules are nearly everywhere, every word of a stack would be an address of one.
void Survey::check_modules() {
  constexpr std::uint64_t half = std::uint64_t{1} << 31;
  std::uint64_t covered = 0;
  for (const Module& module : dump.modules) {
    covered += std::min(module.addresses.size(), half);
  }
  if (dump.word == 4 && covered >= half) {
    hold({"modules"}, "cover half of all addresses");
  }
}

Reading Survey::finish() && {
  dump.order = order;
  check_modules();
  std::ranges::sort(dump.memory, {}, [](const Memory& m) { return std::pair(m.address, m.range.from()); });
  std::vector<Claim> labels = labels_of(dump, file_, order);
  if (!project(partition_addresses(std::move(labels)), dump.memory, limits::claims_max, claims_)) {
    hold({"claims"}, beyond_limit, Cause::budget);
  }
  Partition map = partition(std::move(claims_), file_);
  if (map.contested) {
    hold({"regions"}, "claims bytes to be two things at once", Cause::contested);
  }
  return {std::move(dump), std::move(map.regions), std::move(held_)};
}

} // namespace sallyport::dump
