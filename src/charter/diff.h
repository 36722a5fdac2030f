// Two charters compared for people.
#pragma once

#include "charter/model.h"

#include <string>
#include <vector>

namespace sallyport::charter {

// One plain sentence a change, in the order of the canonical form: "signers.valid_for changes from 4h
// to 8h." Empty iff the two have the same canonical form.
std::vector<std::string> diff_in_words(const Charter& before, const Charter& after);

} // namespace sallyport::charter
