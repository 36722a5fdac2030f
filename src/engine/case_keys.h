// The case keys of a charter as the gate compares them: for each row the tuples of refs that its names take.
#pragma once

#include "charter/model.h"
#include "gate/world.h"

#include <functional>
#include <string>
#include <vector>

namespace sallyport::engine {

// `refs` answers one ref per value of a key's name, which stands at these places.
gate::CaseTuples case_tuples(
    const charter::Charter& charter,
    const std::function<std::vector<std::string>(const std::string& name, const charter::Names& places)>&
        refs);

} // namespace sallyport::engine
