#include "dump/policy.h"

#include <algorithm>

namespace sallyport::dump {
namespace {

using enum RegionClass;

constexpr std::array keepings{
    KeepingRule{structure, Keeping::untouched},
    KeepingRule{registers, Keeping::pointers},   // short texts are copied through them
    KeepingRule{vector_state, Keeping::dropped}, // and longer ones through these
    KeepingRule{exception, Keeping::findings},
    KeepingRule{handles, Keeping::dropped},
    KeepingRule{thread_names, Keeping::findings},
    KeepingRule{paths, Keeping::findings},
    KeepingRule{annotations, Keeping::findings},
    KeepingRule{comments, Keeping::dropped},
    KeepingRule{environment, Keeping::dropped},
    KeepingRule{arguments, Keeping::dropped},
    KeepingRule{auxiliary_vector, Keeping::findings},
    KeepingRule{process_text, Keeping::findings},
    KeepingRule{process_parameters, Keeping::pointers}, // environment and command line of Windows
    KeepingRule{thread_local_storage, Keeping::pointers},
    KeepingRule{stack, Keeping::pointers},
    KeepingRule{below_stack, Keeping::dropped},
    KeepingRule{module_constant, Keeping::findings},
    KeepingRule{module_data, Keeping::findings},
    KeepingRule{heap, Keeping::findings},
    KeepingRule{opaque, Keeping::dropped}, // nobody can say what it would be kept for
    KeepingRule{padding, Keeping::untouched},
    KeepingRule{unaccounted, Keeping::dropped},
};
static_assert(std::ranges::is_sorted(keepings, {}, &KeepingRule::klass));
static_assert(keepings.size() == static_cast<std::size_t>(unaccounted) + 1);

} // namespace

std::span<const KeepingRule> keeping_rules() {
  return keepings;
}

Keeping least_of(RegionClass klass) {
  return keepings[static_cast<std::size_t>(klass)].keeping;
}

Keeping Policy::keeping_of(RegionClass klass) const {
  const Keeping least = least_of(klass);
  if (least == Keeping::untouched) {
    return least;
  }
  const auto asked = [&](const std::vector<RegionClass>& classes) {
    return std::ranges::find(classes, klass) != classes.end();
  };
  const Keeping more = asked(dropped)    ? Keeping::dropped
                       : asked(scrubbed) ? Keeping::pointers
                       : asked(masked)   ? Keeping::masked
                                         : least;
  return std::max(least, more);
}

std::string_view name_of(Action action) {
  switch (action) {
  case Action::mask:
    return "mask";
  case Action::token:
    return "token";
  case Action::keyed:
    return "keyed";
  case Action::zero:
    return "zero";
  case Action::deface:
    return "deface";
  }
  return {};
}

std::string_view name_of(Keeping keeping) {
  switch (keeping) {
  case Keeping::untouched:
    return "untouched";
  case Keeping::findings:
    return "findings";
  case Keeping::masked:
    return "masked";
  case Keeping::pointers:
    return "pointers";
  case Keeping::dropped:
    return "dropped";
  }
  return {};
}

std::string_view name_of(Keep keep) {
  switch (keep) {
  case Keep::code:
    return "code";
  case Keep::mapped:
    return "mapped";
  case Keep::walked:
    return "walked";
  }
  return {};
}

} // namespace sallyport::dump
